-- On an unchanged day little is made and nothing is looked at that only writing changes.
-- What a load does not make, because nothing asks for it, is found empty like a source table that its pipeline does not read.
CREATE TABLE unread.raw_issues (id bigint);
CREATE TABLE unread.wanted_issue (issue_id bigint, action text);
CREATE TABLE unread.new_version (issue_id bigint, issue_key bigint, from_key integer);
CREATE TABLE unread.new_fact_code_generation (code_generation_id bigint, time_key integer);
CREATE TABLE unread.new_fact_deployment (deployment_id bigint, time_key integer);
CREATE TABLE unread.new_fact_code_change (commit_sha text, time_key integer);
CREATE TABLE unread.new_fact_issue_processing (issue_id bigint, time_key integer);

COMMENT ON SCHEMA unread IS
'Empty batches, which stand for source tables that a pipeline does not read and for tables that a load had no need to make.';

CREATE OR REPLACE FUNCTION ops.keep_statistics(target regclass, written bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $function$
DECLARE
    outdated regclass;
BEGIN
    IF written = 0 THEN
        RETURN;
    END IF;
    FOR outdated IN
        SELECT known.oid FROM pg_class AS known
        WHERE known.oid = target AND known.relkind = 'r' AND written > 500 + 0.2 * known.reltuples
        UNION ALL
        SELECT child.oid FROM pg_inherits AS link INNER JOIN pg_class AS child ON link.inhrelid = child.oid
        WHERE link.inhparent = target AND child.reltuples < 0 AND pg_relation_size(child.oid) > 0
    LOOP
        EXECUTE format('ANALYZE %s', outdated);
    END LOOP;
END
$function$;
