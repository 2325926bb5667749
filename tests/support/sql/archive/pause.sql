INSERT INTO ops.pause (pipeline, paused_by, why) VALUES (%(pipeline)s, 'etl', %(why)s);
