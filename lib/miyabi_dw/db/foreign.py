"""Databases of others, given by a URL of their own: only read, in one snapshot."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg2
import psycopg2.extensions

from miyabi_dw.common.errors import ConnectionFailed
from miyabi_dw.db.connection import KEEPALIVES, Connection
from miyabi_dw.db.errors import explained, failed_with

logger = logging.getLogger(__name__)

SECONDS_TO_CONNECT = "10"
# What Prisma's URLs hold and libpq refuses.
FOR_PRISMA_ONLY = {
    "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "statement_cache_size", "sslaccept",
    "sslidentity", "schema", "max_idle_connection_lifetime",
}  # fmt: skip


@contextmanager
def connect_to(url: str, application_name: str = "miyabi-dw:connect") -> Iterator[Connection]:
    """A connection that can only read, closed afterwards; a driver's error becomes one of ours, without the URL."""
    where = described(url)
    try:
        connection = psycopg2.connect(None, None, **_parameters(url, application_name))
        logger.debug("connected to %s, to read it", where)
        try:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            yield connection
        finally:
            connection.close()
    except psycopg2.Error as error:
        raise _told(error, where) from None


def described(url: str) -> str:
    """Host, port and database of a URL, safe to show, and the same however else it is written."""
    part = _parsed(url)
    schema = _schema(url)
    place = f"{part.get('host', 'local socket')}:{part.get('port', '5432')}/{part.get('dbname', '')}"
    return f"{place}, schema {schema}" if schema and schema != "public" else place


def _told(error: psycopg2.Error, where: str) -> ConnectionFailed:
    failure = explained(error, where)
    if failure.code == "permission-denied":
        failure.remedy = "have the server's owner grant USAGE on the schema and SELECT on the table to this user"
    return failure


def _parameters(url: str, application_name: str) -> Mapping[str, Any]:
    schema = _schema(url)
    path = [f'-c search_path="{schema}"'] if schema else []
    base = _parsed(url)
    options = " ".join(filter(None, [base.pop("options", ""), "-c TimeZone=UTC", *path]))
    ours = {"options": options, "client_encoding": "UTF8", "application_name": application_name}
    return {"connect_timeout": SECONDS_TO_CONNECT} | KEEPALIVES | base | ours


def _parsed(url: str) -> dict[str, str]:
    try:
        parts = urlsplit(url)
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in FOR_PRISMA_ONLY]
        libpq = parts._replace(query=urlencode(kept, quote_via=quote)).geturl()
        if parts.scheme.startswith("postgres"):
            return dict(psycopg2.extensions.parse_dsn(libpq))
    except (psycopg2.Error, ValueError):
        pass
    raise failed_with("url-unusable", "URL of the origin")


def _schema(url: str) -> str:
    schema = dict(parse_qsl(urlsplit(url).query)).get("schema", "")
    if not re.fullmatch(r"[\w-]*", schema):
        raise failed_with("url-unusable", "schema in the URL of the origin")
    return schema
