"""Connections to the two databases, by role."""

import itertools
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import psycopg2
import psycopg2.extensions
import psycopg2.extras

from miyabi_dw.common.errors import BadRequest, ConnectionFailed, SettingsError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.errors import explained, failed_with, is_lost

if TYPE_CHECKING:
    import pandas
    import sqlalchemy

Connection = psycopg2.extensions.connection
DatabaseError = psycopg2.Error
Parameters = Mapping[str, Any] | Sequence[Any] | None
Role = Literal["owner", "etl", "analyst", "source", "source_owner"]

logger = logging.getLogger(__name__)

TAKEN_ON: Mapping[Role, str] = {"etl": embedded.ETL, "analyst": embedded.ANALYST}
READ_ONLY: frozenset[Role] = frozenset({"analyst", "source"})
PAUSE_SECONDS = 0.2
ROWS_AT_ONCE = 2000
KEEPALIVES = {"keepalives_idle": "60", "keepalives_interval": "10", "keepalives_count": "3"}
# What libpq reads from the environment and lays over the settings: another server, another clock, one kind of server
# only. No parameter of a connection keeps it from that, so it is taken out; programs started later have none either.
FOREIGN = ("PGSERVICE", "PGHOSTADDR", "PGTZ", "PGDATESTYLE", "PGTARGETSESSIONATTRS", "PGREQUIREPEER")
# libpq's environment variable for each part of a connection that a client program may need.
ENVIRONMENT = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
    "dbname": "PGDATABASE", "options": "PGOPTIONS", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR",
    "sslsni": "PGSSLSNI",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION", "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "sslnegotiation": "PGSSLNEGOTIATION", "channel_binding": "PGCHANNELBINDING", "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER", "gssencmode": "PGGSSENCMODE", "krbsrvname": "PGKRBSRVNAME",
    "target_session_attrs": "PGTARGETSESSIONATTRS", "service": "PGSERVICE", "passfile": "PGPASSFILE",
    "connect_timeout": "PGCONNECT_TIMEOUT", "application_name": "PGAPPNAME",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Login:
    """A user and its password, which no representation shows."""

    user: str
    password: str = field(repr=False)


class Database:
    """Opens connections to source and warehouse; knows which user a role is on the server at hand."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        for name in FOREIGN:
            os.environ.pop(name, None)

    @contextmanager
    def connect(
        self,
        role: Role,
        *,
        application_name: str = "miyabi-dw",
        autocommit: bool = False,
        statement_timeout: float | None = None,
        dbname: str | None = None,
        login: Login | None = None,
    ) -> Iterator[Connection]:
        """A connection that commits when the block succeeds, rolls back when it fails, and closes in any case.

        `dbname` is another database on the same server, for restores and trials; `login` another user in that role.
        """
        connection = self._open(role, application_name, statement_timeout, dbname, login)
        try:
            connection.autocommit = autocommit
            yield connection
            connection.commit()
        finally:
            # Closing rolls back what has not been committed.
            connection.close()

    @property
    def settings(self) -> Settings:
        return self._settings

    def url(self, role: Role) -> str:
        """A postgresql:// URL with its password: for libraries that take nothing else, never for showing."""
        import sqlalchemy

        part = self._parameters(role)
        options = {key: value for key, value in part.items() if key not in ("user", "password", "dbname")}
        url = sqlalchemy.URL.create(
            "postgresql+psycopg2", part.get("user"), part.get("password"), database=part.get("dbname"), query=options
        )
        return url.render_as_string(hide_password=False)

    def sqlalchemy_engine(self, role: Role, *, application_name: str = "miyabi-dw") -> "sqlalchemy.Engine":
        """An engine without a pool; it asks this object for each connection and so holds no password."""
        import sqlalchemy

        return sqlalchemy.create_engine(
            "postgresql+psycopg2://",
            creator=lambda: self._open(role, application_name, None),
            poolclass=sqlalchemy.pool.NullPool,
        )

    def client_environment(self, role: Role, login: Login | None = None) -> dict[str, str]:
        """PG* variables for psql, pg_dump and pg_restore, which therefore need no password among their arguments."""
        given = self._parameters(role, login=login)
        return {ENVIRONMENT[key]: value for key, value in given.items() if key in ENVIRONMENT}

    def describe(self, role: Role) -> str:
        """Where `role` connects to, safe to show; starts no server."""
        url = self._url_setting(role)
        if url is None:
            return f"embedded server, database {embedded.DATABASES[role]}"
        part = _parsed(url, role)
        return f"{part.get('host', 'local socket')}:{part.get('port', '5432')}/{part.get('dbname', '')}"

    def is_embedded(self, role: Role) -> bool:
        return self._url_setting(role) is None

    def _open(
        self, role: Role, application_name: str, statement_timeout: float | None, dbname: str | None = None,
        login: Login | None = None,
    ) -> Connection:  # fmt: skip
        def attempt() -> Connection:
            parameters: dict[str, Any] = dict(self._parameters(role, statement_timeout, login))
            parameters |= {"application_name": application_name} | ({"dbname": dbname} if dbname else {})
            # Whatever encoding the database keeps its text in.
            parameters["client_encoding"] = "UTF8"
            try:
                connection = psycopg2.connect(None, None, **parameters)
            except psycopg2.Error as error:
                raise explained(error, self.describe(role)) from None
            logger.debug("connected as %s to %s for %s", role, self.describe(role), application_name)
            return connection

        try:
            return attempt()
        except ConnectionFailed as failure:
            if self.is_embedded(role) and is_lost(failure):
                return self._open_patiently(attempt)
            if self.is_embedded(role) and login is None and failure.code == "login-refused":
                # Whoever has a session of this login can change its password, and must lock nobody out by that.
                logger.warning("somebody has changed the password of %s; it is set again", embedded.LOGINS[role])
                embedded.set_up_again(self._settings)
                return attempt()
            raise

    def _open_patiently(self, attempt: Callable[[], Connection]) -> Connection:
        """The embedded server may just be stopping for want of users; the next attempt starts it again."""
        import tenacity  # slow to import, and hardly ever needed

        logger.info("the embedded server does not answer; trying again for %s s", self._settings.connect_timeout)
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_lost),
            stop=tenacity.stop_after_delay(self._settings.connect_timeout),
            wait=tenacity.wait_fixed(PAUSE_SECONDS),
            reraise=True,
        )(attempt)

    def _parameters(
        self, role: Role, statement_timeout: float | None = None, login: Login | None = None
    ) -> dict[str, str]:
        url = self._url_setting(role)
        base = embedded.ensure_running(self._settings).login(role) if url is None else _parsed(url, role)
        own = {"user": login.user, "password": login.password} if login else {}
        options = [base.pop("options", ""), "-c TimeZone=UTC", *self._role_options(role)]
        if statement_timeout is not None:
            options.append(f"-c statement_timeout={int(statement_timeout * 1000)}")
        timeout = {"connect_timeout": str(self._settings.connect_timeout)}
        return timeout | KEEPALIVES | base | own | {"options": " ".join(filter(None, options))}

    def _role_options(self, role: Role) -> list[str]:
        options = ["-c default_transaction_read_only=on"] if role in READ_ONLY else []
        settings = self._settings
        borrowed = {"etl": settings.warehouse_etl_url, "analyst": settings.warehouse_analyst_url}
        if role in borrowed and borrowed[role] is None and (settings.warehouse_roles or self.is_embedded(role)):
            # Whoever logs in, the session is of the narrower role, and so is what it makes.
            options.append(f"-c role={TAKEN_ON[role]}")
        return options

    def _url_setting(self, role: Role) -> str | None:
        settings = self._settings
        if role == "source_owner" and settings.source_url and not settings.source_owner_url:
            raise SettingsError(
                "the source is only read, and no user to write it is set",
                remedy="set MIYABI_SOURCE_OWNER_URL, for a source of your own only",
            )
        secret = {
            "owner": settings.warehouse_url,
            "etl": settings.warehouse_etl_url or settings.warehouse_url,
            "analyst": settings.warehouse_analyst_url or settings.warehouse_url,
            "source": settings.source_url,
            "source_owner": settings.source_owner_url,
        }[role]
        return secret.get_secret_value() if secret else None


def _parsed(url: str, role: Role) -> dict[str, str]:
    try:
        return dict(psycopg2.extensions.parse_dsn(url.replace("postgresql+psycopg2://", "postgresql://", 1)))
    except psycopg2.Error:
        raise failed_with("url-unusable", f"URL of {role}") from None


def quote_identifier(name: str) -> str:
    """`name` as SQL names it; "schema.table" becomes two quoted parts."""
    parts = name.split(".")
    if len(parts) > 2 or not all(parts) or "\x00" in name:
        raise BadRequest(f"{name!r} is no name of a table or schema", remedy="write table or schema.table")
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def query(connection: Connection, sql_text: str, parameters: Parameters = None) -> list[dict[str, Any]]:
    """The rows of a statement, each a dict by column; none for a statement that returns none."""
    with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute(sql_text, parameters)
        return [dict(row) for row in cursor.fetchall()] if cursor.description else []


def query_columns(
    connection: Connection, sql_text: str, parameters: Parameters = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns of a statement and its rows, each in their order; both empty for one that returns none."""
    with connection.cursor() as cursor:
        cursor.execute(sql_text, parameters)
        columns = [column.name for column in cursor.description or ()]
        return columns, cursor.fetchall() if columns else []


def query_streamed(
    connection: Connection, sql_text: str, parameters: Parameters = None
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """As query_columns, by a cursor of the server: memory does not grow with the rows."""
    cursor = connection.cursor(name="miyabi_rows")
    cursor.itersize = ROWS_AT_ONCE
    cursor.execute(sql_text, parameters)
    # A server's cursor knows its columns once it has been asked for rows.
    first = cursor.fetchmany(ROWS_AT_ONCE)
    return [column.name for column in cursor.description or ()], itertools.chain(first, cursor)


def execute(connection: Connection, sql_text: str, parameters: Parameters = None) -> int:
    """Runs a statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql_text, parameters)
        return cursor.rowcount


def frame(connection: Connection, sql_text: str, parameters: Parameters = None) -> "pandas.DataFrame":
    """The rows of a query as a DataFrame; numeric stays Decimal, so that money keeps its digits."""
    import pandas

    names, rows = query_columns(connection, sql_text, parameters)
    return pandas.DataFrame(rows, columns=names)


def first_rows(
    connection: Connection, sql_text: str, at_most: int, parameters: Parameters = None
) -> "pandas.DataFrame":  # fmt: skip
    """As frame, no more than so many rows, whatever the query has."""
    import pandas

    names, rows = query_streamed(connection, sql_text, parameters)
    return pandas.DataFrame(list(itertools.islice(rows, at_most)), columns=names)


def column_types(connection: Connection, sql_text: str, parameters: Parameters = None) -> dict[str, int]:
    """The columns that a query returns, each with the number of its type."""
    with connection.cursor() as cursor:
        cursor.execute(sql_text, parameters)
        return {column.name: column.type_code for column in cursor.description or ()}


def rendered(connection: Connection, sql_text: str, parameters: Parameters) -> str:
    """The exact text that would run, parameters in their places."""
    with connection.cursor() as cursor:
        text: bytes = cursor.mogrify(sql_text, parameters)
        return text.decode()


def json_value(value: Any) -> Any:
    """Wraps a dict or a list so that the driver sends it as json."""
    return psycopg2.extras.Json(value)
