SELECT *
FROM ops.pause
WHERE paused_until IS null OR paused_until > now();
