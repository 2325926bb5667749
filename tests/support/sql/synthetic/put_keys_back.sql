DO $$
DECLARE
    command text;
BEGIN
    FOR command IN SELECT held.command FROM put_back AS held ORDER BY held.step LOOP
        EXECUTE command;
    END LOOP;
END;
$$;
DROP TABLE put_back;
