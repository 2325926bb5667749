-- One snapshot for all tables of a run.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; -- noqa: PRS
