-- How the server would run a statement whose parameters are not known; PostgreSQL 16 or later.
EXPLAIN (GENERIC_PLAN, FORMAT JSON) -- noqa: PRS
/* query */
