-- One writer of a page at a time, from reading what it shows to putting it in place.
SELECT pg_advisory_xact_lock(hashtext('archive page'), hashtext(%(page)s));
