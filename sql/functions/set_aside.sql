-- needs: dependents_of
-- Before one of our views is dropped to be made again, what others have built on it is written down and dropped in its turn;
-- when all is made it is made again too, by whoever owned it, in the same transaction. Nothing is ever dropped by CASCADE.
-- What cannot be made again stops the upgrade: error MDW01 names the object and says what to do as its hint.

-- What others may do with a relation, its columns or a function; its owner is left out.
CREATE OR REPLACE FUNCTION ops.access_of(class oid, object oid)
RETURNS TABLE (target text, privilege text, grantee text, is_grantable boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
WITH granted AS (
    SELECT
        format('TABLE %s', relation.oid::regclass) AS target,
        entry.privilege_type AS privilege,
        entry.grantee,
        entry.is_grantable,
        relation.relowner AS owner
    FROM pg_class AS relation
    CROSS JOIN LATERAL aclexplode(relation.relacl) AS entry
    WHERE class = 'pg_class'::regclass AND relation.oid = object
    UNION ALL
    SELECT
        format('TABLE %s', relation.oid::regclass),
        format('%s (%I)', entry.privilege_type, attribute.attname),
        entry.grantee,
        entry.is_grantable,
        relation.relowner
    FROM pg_class AS relation
    INNER JOIN pg_attribute AS attribute ON relation.oid = attribute.attrelid
    CROSS JOIN LATERAL aclexplode(attribute.attacl) AS entry
    WHERE class = 'pg_class'::regclass AND relation.oid = object
    UNION ALL
    SELECT
        format('ROUTINE %s', routine.oid::regprocedure),
        entry.privilege_type,
        entry.grantee,
        entry.is_grantable,
        routine.proowner
    FROM pg_proc AS routine
    CROSS JOIN LATERAL aclexplode(COALESCE(routine.proacl, acldefault('f', routine.proowner))) AS entry
    WHERE class = 'pg_proc'::regclass AND routine.oid = object
)

SELECT
    granted.target,
    granted.privilege,
    COALESCE(quote_ident(role.rolname), 'PUBLIC'),
    granted.is_grantable
FROM granted
LEFT JOIN pg_roles AS role ON granted.grantee = role.oid
WHERE granted.grantee <> granted.owner
$function$;
COMMENT ON FUNCTION ops.access_of IS 'What others than its owner may do with a relation, its columns or a function.';

CREATE OR REPLACE FUNCTION ops.comments_of(class oid, object oid) RETURNS text []
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
SELECT COALESCE(array_agg(format(
    'COMMENT ON %s %s%s IS %L',
    CASE WHEN said.objsubid > 0 THEN 'column' ELSE replace(known.type, ' object', '') END,
    known.identity, (
        SELECT format('.%I', attribute.attname)
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = object AND attribute.attnum = said.objsubid AND said.objsubid > 0
    ),
    said.description
)), '{}')
FROM pg_description AS said
CROSS JOIN LATERAL pg_identify_object(class, object, 0) AS known
WHERE said.classoid = class AND said.objoid = object
$function$;
COMMENT ON FUNCTION ops.comments_of IS 'Statements that say again what is said of an object and its columns.';

-- The statement that makes an object again as it is; null for what has none.
CREATE OR REPLACE FUNCTION ops.definition_of(class oid, object oid) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
SELECT CASE class
    WHEN 'pg_class'::regclass THEN (
        SELECT CASE
            WHEN relation.relkind = 'i' THEN pg_get_indexdef(object)
            WHEN relation.relkind IN ('v', 'm') THEN format(
                'CREATE %s %s%s AS %s%s',
                CASE relation.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END,
                object::regclass,
                ' WITH (' || array_to_string(relation.reloptions, ', ') || ')',
                rtrim(pg_get_viewdef(object), '; '),
                CASE WHEN relation.relkind = 'm' AND NOT relation.relispopulated THEN ' WITH NO DATA' END
            )
        END
        FROM pg_class AS relation
        WHERE relation.oid = object
    )
    WHEN 'pg_proc'::regclass THEN (
        SELECT pg_get_functiondef(object)
        FROM pg_proc AS routine
        WHERE routine.oid = object AND routine.prokind IN ('f', 'p')
    )
    WHEN 'pg_trigger'::regclass THEN pg_get_triggerdef(object)
    WHEN 'pg_rewrite'::regclass THEN pg_get_ruledef(object)
    WHEN 'pg_statistic_ext'::regclass THEN pg_get_statisticsobjdef(object)
END
$function$;
COMMENT ON FUNCTION ops.definition_of IS 'The statement that makes a view, index, function, trigger, rule or statistics object again; else null.';

-- A trigger, rule or index belongs to whoever owns its relation.
CREATE OR REPLACE FUNCTION ops.owner_of(class oid, object oid) RETURNS name
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN (
    SELECT pg_get_userbyid(COALESCE(
        (SELECT relation.relowner FROM pg_class AS relation WHERE class = 'pg_class'::regclass AND relation.oid = object),
        (SELECT routine.proowner FROM pg_proc AS routine WHERE class = 'pg_proc'::regclass AND routine.oid = object),
        (
            SELECT min(relation.relowner)
            FROM pg_depend AS link
            INNER JOIN pg_class AS relation ON link.refclassid = 'pg_class'::regclass AND link.refobjid = relation.oid
            WHERE link.classid = class AND link.objid = object AND link.deptype = 'a'
        )
    ))
);
COMMENT ON FUNCTION ops.owner_of IS 'Who owns a relation or function, or the relation of an index, trigger or rule.';

CREATE OR REPLACE FUNCTION ops.set_aside_one(class oid, object oid) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    present_role text := current_setting('role');
    named text := pg_describe_object(class, object, 0);
    makes text := ops.definition_of(class, object);
    owner name := ops.owner_of(class, object);
    known record;
BEGIN
    SELECT identified.type, identified.schema, identified.identity INTO known
    FROM pg_identify_object(class, object, 0) AS identified;
    IF makes IS NULL THEN
        RAISE EXCEPTION 'the upgrade cannot make % again', named
            USING ERRCODE = 'MDW01', HINT = 'change or drop it';
    END IF;
    IF NOT pg_has_role(owner, 'MEMBER') THEN
        RAISE EXCEPTION 'the upgrade cannot make % again for its owner %', named, owner
            USING ERRCODE = 'MDW01', HINT = format('grant %I to %I, or drop it', owner, current_user);
    END IF;
    -- The loader owns the marts and may make nothing in their schema; an index of theirs is made for it.
    IF known.type = 'index' AND NOT has_schema_privilege(owner, known.schema, 'CREATE') THEN
        owner := current_user;
    END IF;
    INSERT INTO set_aside (named, kind, identity, owner, makes, grants, comments)
    SELECT
        named,
        replace(known.type, ' object', ''),
        known.identity,
        owner,
        makes,
        ARRAY(
            SELECT format(
                'GRANT %s ON %s TO %s%s', access.privilege, access.target, access.grantee,
                CASE WHEN access.is_grantable THEN ' WITH GRANT OPTION' END
            )
            FROM ops.access_of(class, object) AS access
        ),
        ops.comments_of(class, object);
    PERFORM set_config('role', owner, TRUE);
    EXECUTE format('DROP %s %s', replace(known.type, ' object', ''), known.identity);
    PERFORM set_config('role', present_role, TRUE);
END
$function$;
COMMENT ON FUNCTION ops.set_aside_one IS 'Writes an object down, so that it can be made again at the end of the upgrade, and drops it.';

CREATE OR REPLACE FUNCTION ops.set_aside(relation regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $function$
DECLARE
    dependent record;
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS set_aside (
        place bigint GENERATED ALWAYS AS IDENTITY,
        named text NOT NULL,
        kind text NOT NULL,
        identity text NOT NULL,
        owner name NOT NULL,
        makes text NOT NULL,
        grants text [] NOT NULL,
        comments text [] NOT NULL
    ) ON COMMIT DROP;
    FOR dependent IN
        SELECT listed.class, listed.object
        FROM ops.dependents_of(relation) AS listed
        ORDER BY listed.distance DESC, listed.object DESC
    LOOP
        PERFORM ops.set_aside_one(dependent.class, dependent.object);
    END LOOP;
    PERFORM ops.set_aside_one('pg_class'::regclass, relation);
END
$function$;
COMMENT ON FUNCTION ops.set_aside IS
'Drops a view with all that depends on it, for it to be made again differently and the rest as it was by ops.restore_set_aside.';

-- What the upgrade has made itself is there already: it gets back what others may do with it, and says itself what it is.
CREATE OR REPLACE FUNCTION ops.restore_one(kind text, identity text, owner name, makes text, grants text [], comments text [])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET check_function_bodies = off
AS $function$
DECLARE
    present_role text := current_setting('role');
    class oid := CASE WHEN kind IN ('function', 'procedure') THEN 'pg_proc'::regclass ELSE 'pg_class'::regclass END;
    is_there boolean := CASE
        WHEN kind IN ('function', 'procedure') THEN to_regprocedure(identity) IS NOT NULL
        WHEN kind IN ('view', 'materialized view', 'index') THEN to_regclass(identity) IS NOT NULL
        ELSE FALSE
    END;
    sentence text;
BEGIN
    IF NOT is_there THEN
        PERFORM set_config('role', owner, TRUE);
        EXECUTE makes;
        PERFORM set_config('role', present_role, TRUE);
        -- What its owner's default privileges give away was not given away before.
        grants := ARRAY(
            SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', access.target, access.grantee)
            FROM ops.access_of(
                class,
                CASE
                    WHEN kind IN ('function', 'procedure') THEN to_regprocedure(identity)::oid
                    WHEN kind IN ('view', 'materialized view') THEN to_regclass(identity)::oid
                END
            ) AS access
        ) || grants || comments;
        PERFORM set_config('role', owner, TRUE);
    END IF;
    FOREACH sentence IN ARRAY grants LOOP
        EXECUTE sentence;
    END LOOP;
    PERFORM set_config('role', present_role, TRUE);
END
$function$;
COMMENT ON FUNCTION ops.restore_one IS 'Makes an object again that was set aside, unless it is there, and gives it back to those who could use it.';

CREATE OR REPLACE FUNCTION ops.restore_set_aside() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    kept record;
BEGIN
    IF to_regclass('pg_temp.set_aside') IS NULL THEN
        RETURN;
    END IF;
    FOR kept IN SELECT saved.* FROM set_aside AS saved ORDER BY saved.place DESC LOOP
        BEGIN
            PERFORM ops.restore_one(kept.kind, kept.identity, kept.owner, kept.makes, kept.grants, kept.comments);
        EXCEPTION WHEN OTHERS THEN
            RAISE EXCEPTION 'the upgrade would break %: %', kept.named, SQLERRM
                USING ERRCODE = 'MDW01', HINT = 'change or drop it';
        END;
    END LOOP;
    DROP TABLE pg_temp.set_aside;
END
$function$;
COMMENT ON FUNCTION ops.restore_set_aside IS
'Makes again what ops.set_aside has put aside, in the order in which one thing needs the other; names what it cannot.';
