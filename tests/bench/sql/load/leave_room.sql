-- Identifiers of what follows lie beyond those of the history.
INSERT INTO agent_execution_logs (id, agent_id, started_at) VALUES (%(last_id)s, 'CodeGen', '2020-01-01');
