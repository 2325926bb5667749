DELETE FROM ops.check_result
WHERE run_id = %(run_id)s AND suite = ANY(%(suites)s);
