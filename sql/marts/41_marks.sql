-- Finished months also depend on dimensions. Each trigger notes the months that a change of a dimension touches; the changes
-- of facts, and of the versions they point to, are noted by the load.

-- An incident is no fact: it counts by what dim_issue says of it.
CREATE OR REPLACE FUNCTION ops.mark_incidents() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    incident_types text [] := ops.setting_words('incident_types', 'incident');
    zone text := ops.business_zone();
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM ops.mark_dirty(
            'mart_dora',
            array_agg(DISTINCT ops.month_of((moment.at AT TIME ZONE zone)::date))
        )
        FROM old_issue AS before
        INNER JOIN new_issue AS after ON before.issue_key = after.issue_key
        CROSS JOIN LATERAL unnest(
            ARRAY[
                before.source_created_at, before.source_closed_at, after.source_created_at, after.source_closed_at
            ]
        ) AS moment (at)
        WHERE
            (before.issue_type = ANY(incident_types) OR after.issue_type = ANY(incident_types))
            AND (before.issue_type, before.repository, before.source_created_at, before.source_closed_at, before.is_current)
            IS DISTINCT FROM (after.issue_type, after.repository, after.source_created_at, after.source_closed_at, after.is_current);
    ELSE
        PERFORM ops.mark_dirty(
            'mart_dora',
            array_agg(DISTINCT ops.month_of((moment.at AT TIME ZONE zone)::date))
        )
        FROM new_issue AS added
        CROSS JOIN LATERAL unnest(ARRAY[added.source_created_at, added.source_closed_at]) AS moment (at)
        WHERE added.is_current AND added.issue_type = ANY(incident_types);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mark_incidents IS 'Marks the months in which a changed incident was filed or closed.';

DROP TRIGGER IF EXISTS mart_marks_insert ON dim_issue;
CREATE TRIGGER mart_marks_insert AFTER INSERT ON dim_issue
REFERENCING NEW TABLE AS new_issue
FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_incidents();
DROP TRIGGER IF EXISTS mart_marks_update ON dim_issue;
CREATE TRIGGER mart_marks_update AFTER UPDATE ON dim_issue
REFERENCING OLD TABLE AS old_issue NEW TABLE AS new_issue
FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_incidents();

CREATE OR REPLACE FUNCTION ops.mark_agent_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM ops.mark_dirty('mart_agent_performance', ARRAY(
        SELECT closed.month_key
        FROM mart_agent_performance_closed AS closed
        WHERE closed.agent_name = old.agent_name
        UNION ALL
        SELECT state.open_from FROM ops.mart_state AS state WHERE state.mart = 'mart_agent_performance'
    ));
    IF old.agent_type IS DISTINCT FROM new.agent_type THEN
        PERFORM ops.mark_dirty('mart_development_performance', ARRAY(
            SELECT closed.month_key
            FROM mart_development_performance_closed AS closed
            WHERE closed.agent_type = COALESCE(old.agent_type, '(unknown)')
            UNION ALL
            SELECT state.open_from FROM ops.mart_state AS state WHERE state.mart = 'mart_development_performance'
        ));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mark_agent_change IS 'Marks the months whose marts show an agent that was corrected.';

DROP TRIGGER IF EXISTS mart_marks_update ON dim_agent;
CREATE TRIGGER mart_marks_update AFTER UPDATE ON dim_agent
FOR EACH ROW
WHEN ((old.agent_name, old.agent_type, old.ai_model) IS DISTINCT FROM (new.agent_name, new.agent_type, new.ai_model))
EXECUTE FUNCTION ops.mark_agent_change();

CREATE OR REPLACE FUNCTION ops.mark_infrastructure_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM ops.mark_dirty('mart_infrastructure_cost', ARRAY(
        SELECT closed.month_key
        FROM mart_infrastructure_cost_closed AS closed
        WHERE
            closed.cloud_provider = COALESCE(old.cloud_provider, '(unknown)')
            AND closed.region = COALESCE(old.region, '(unknown)')
            AND closed.resource_type = COALESCE(old.resource_type, '(unknown)')
            AND closed.instance_type = COALESCE(old.instance_type, '(unknown)')
        UNION ALL
        SELECT state.open_from FROM ops.mart_state AS state WHERE state.mart = 'mart_infrastructure_cost'
    ));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mark_infrastructure_change IS 'Marks the months whose marts show a resource that was corrected.';

DROP TRIGGER IF EXISTS mart_marks_update ON dim_infrastructure;
CREATE TRIGGER mart_marks_update AFTER UPDATE ON dim_infrastructure
FOR EACH ROW
WHEN (
    (old.cloud_provider, old.region, old.resource_type, old.instance_type)
    IS DISTINCT FROM (new.cloud_provider, new.region, new.resource_type, new.instance_type)
)
EXECUTE FUNCTION ops.mark_infrastructure_change();

-- Archiving changes no mart row: a month leaves the facts only after each mart computed from it has finished with it.
CREATE OR REPLACE FUNCTION ops.refuse_archiving_unpublished() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM ops.mart_source AS source
        INNER JOIN ops.mart_state AS state ON source.mart = state.mart
        WHERE
            source.subject = new.fact_table
            AND (
                state.open_from <= new.month_key
                OR EXISTS (
                    SELECT 1
                    FROM ops.dirty_month AS mark
                    WHERE mark.month_key = new.month_key AND mark.subject IN (source.mart, source.subject)
                )
            )
    ) THEN
        RAISE EXCEPTION 'month % of % cannot be archived before the marts are published', new.month_key, new.fact_table
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Publish the marts first.';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION ops.refuse_archiving_unpublished IS 'Refuses to archive a month that a mart still computes from its facts.';

DROP TRIGGER IF EXISTS marts_are_published ON ops.archived_month;
CREATE TRIGGER marts_are_published BEFORE INSERT OR UPDATE OF state ON ops.archived_month
FOR EACH ROW
WHEN (new.state = 'archived')
EXECUTE FUNCTION ops.refuse_archiving_unpublished();
