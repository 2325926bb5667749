"""All that a warehouse's catalogue says of its objects, in words, for comparing two warehouses or one before and after."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from miyabi_dw.common.paths import SQL
from miyabi_dw.db.connection import Connection, query

# What is neither the server's own, nor a run's, nor made by an extension.
OURS = """
    nspname !~ '^(pg_|information_schema|run_)' AND NOT EXISTS (
        SELECT FROM pg_depend AS member WHERE member.objid = known.oid AND member.deptype = 'e'
    )
"""
# Each thing's name and what is to be the same about it. The order of columns is a matter of history: they go by name.
ASKED = {
    "schema": f"""
        SELECT nspname AS name, concat_ws(' ', pg_get_userbyid(nspowner), access.list, obj_description(oid)) AS said
        FROM (SELECT *, nspacl AS acl FROM pg_namespace) AS known, {{access}} WHERE {OURS}""",
    "relation": f"""
        SELECT known.oid::regclass::text AS name, concat_ws(
            ' ', relkind, relpersistence, pg_get_userbyid(relowner), reloptions::text, access.list,
            pg_get_partkeydef(known.oid), pg_get_expr(relpartbound, known.oid), obj_description(known.oid, 'pg_class'),
            CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(known.oid) END,
            CASE WHEN relkind IN ('i', 'I') THEN pg_get_indexdef(known.oid) END
        ) AS said
        FROM (SELECT *, coalesce(relacl, acldefault('r', relowner)) AS acl FROM pg_class) AS known
        INNER JOIN pg_namespace AS room ON known.relnamespace = room.oid, {{access}} WHERE {OURS}""",
    "column": f"""
        SELECT format('%s.%s', known.oid::regclass, attname) AS name, concat_ws(
            ' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END, attidentity,
            pg_get_expr(adbin, adrelid), access.list, col_description(known.oid, attnum)
        ) AS said
        FROM (SELECT *, attacl AS acl FROM pg_class INNER JOIN pg_attribute ON pg_class.oid = attrelid) AS known
        INNER JOIN pg_namespace AS room ON known.relnamespace = room.oid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum, {{access}}
        WHERE attnum > 0 AND NOT attisdropped AND relkind NOT IN ('i', 'I') AND {OURS}""",
    "constraint": f"""
        SELECT format('%s %s', conrelid::regclass, conname) AS name, pg_get_constraintdef(known.oid) AS said
        FROM pg_constraint AS known INNER JOIN pg_namespace AS room ON known.connamespace = room.oid
        WHERE contype <> 'n' AND {OURS}""",
    "function": f"""
        SELECT known.oid::regprocedure::text AS name, concat_ws(
            ' ', pg_get_userbyid(proowner), access.list, obj_description(known.oid, 'pg_proc'), pg_get_functiondef(known.oid)
        ) AS said
        FROM (
            SELECT *, coalesce(proacl, acldefault('f', proowner)) AS acl FROM pg_proc WHERE prokind IN ('f', 'p')
        ) AS known
        INNER JOIN pg_namespace AS room ON known.pronamespace = room.oid, {{access}} WHERE {OURS}""",
    "trigger": f"""
        SELECT format('%s %s', tgrelid::regclass, tgname) AS name, pg_get_triggerdef(known.oid) AS said
        FROM pg_trigger AS known INNER JOIN pg_class AS listed ON tgrelid = listed.oid
        INNER JOIN pg_namespace AS room ON relnamespace = room.oid WHERE NOT tgisinternal AND {OURS}""",
}
ACCESS = """LATERAL (
    SELECT string_agg(entry.said, ' ' ORDER BY entry.said) AS list FROM (
        SELECT format('%s:%s:%s', grantee::regrole, privilege_type, is_grantable) AS said FROM aclexplode(known.acl)
    ) AS entry
) AS access"""


def catalogue(connection: Connection) -> dict[tuple[str, str], str]:
    """What the catalogue says, by kind and name of the object."""
    asked = {kind: text.replace("{access}", ACCESS) for kind, text in ASKED.items()}
    return {
        (kind, row["name"]): row["said"]
        for kind, text in asked.items()
        for row in query(connection, text)
    }  # fmt: skip


def as_restored(said: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Without what a dump and its restore add to the text of a view: names of cast constants, parentheses around an OR of three."""
    return {key: re.sub(r'(::[a-z ]+) AS "?\w+"?|[()]', r"\1", text) for key, text in said.items()}


def differences(
    ours: Mapping[tuple[str, str], str], theirs: Mapping[tuple[str, str], str]
) -> dict[str, tuple[str, str]]:
    """What is not the same of both, an empty text where one of them lacks it."""
    return {
        " ".join(key): (ours.get(key, ""), theirs.get(key, ""))
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    }


def copied_sql(folder: Path) -> Path:
    """The schema's folder of a copy of all scripts, for a test to change."""
    for name in ("schema", "functions", "marts"):
        shutil.copytree(SQL / name, folder / name)
    return folder / "schema"
