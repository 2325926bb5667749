-- The rows of a fact on the days of the run's slice.
SELECT *
FROM {fact} AS fact
WHERE fact.time_key BETWEEN %(first_day)s AND %(last_day)s
