"""What the warehouse says of its views, and how a statement of SQLAlchemy's is run on a connection."""

from typing import Any

from sqlalchemy import Boolean, Integer, Select, column, func, literal, select, table
from sqlalchemy.engine.default import DefaultDialect

from miyabi_dw.db.connection import Connection, query_columns

SCHEMA = "public"


class Dialect(DefaultDialect):
    """Standard SQL with the driver's parameters; PostgreSQL's own imports all its drivers, for words not used here."""

    supports_native_boolean = True
    default_paramstyle = "pyformat"


DIALECT = Dialect()


def run(connection: Connection, statement: Select[Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and the rows of a statement, its values bound."""
    compiled = statement.compile(dialect=DIALECT)
    return query_columns(connection, str(compiled), compiled.params)


def columns_of(connection: Connection, view: str) -> dict[str, str]:
    """The columns of a view with the names of their types, in their order; none where there is no such view."""
    attribute = table(
        "pg_attribute",
        column("attrelid"), column("attname"), column("atttypid", Integer),
        column("attnum", Integer), column("attisdropped", Boolean),
        schema="pg_catalog",
    )  # fmt: skip
    named = func.format_type(attribute.c.atttypid, None)
    statement = (
        select(attribute.c.attname, named)
        .where(attribute.c.attrelid == func.to_regclass(literal(f"{SCHEMA}.{view}")))
        .where(attribute.c.attnum > 0, ~attribute.c.attisdropped)
        .order_by(attribute.c.attnum)
    )
    return dict(run(connection, statement)[1])
