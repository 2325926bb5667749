"""Which table is made of which: from the declarations, and from the SQL itself as sqlglot reads it."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from miyabi_dw.common.errors import MetricError
from miyabi_dw.common.paths import SQL
from miyabi_dw.etl.tables import target_tables
from miyabi_dw.metrics.definitions import load_all
from miyabi_dw.registry.declarations import Pipeline

logger = logging.getLogger(__name__)
# It warns of each statement that it does not know, and what of these matters is read below.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

# Names of a run's own schema, which stand for the source table that they hold.
OF_A_RUN = ("stg_", "raw_", "judged_", "change_")
# By these a load chooses whose rows to compute again; nothing of a row comes from them.
CHOOSE_ROWS = ("touched_", "wanted_", "vanished")
# Only these are made of the source's tables; what is in a mart has gone through them.
LOADED = ("fact_", "dim_", "bridge_")
# These make nothing and read nothing.
WORDS_ABOUT = (exp.Comment, exp.Drop, exp.Grant)
# sqlglot keeps a function or a view in words that it does not know as text; the query in it can be read.
UNREAD = re.compile(
    r"(?:VIEW\s+(?P<view>\w+)\s+AS|FUNCTION\s+(?:\w+\.)?(?P<function>\w+)"
    r".*?(?:BEGIN ATOMIC|RETURN QUERY|RETURN|AS \$\w*\$))\s+"
    r"(?P<query>(?:--[^\n]*\n\s*)*(?:WITH|SELECT)\b.*)",
    re.DOTALL,
)
NO_SQL = re.compile(r"\$\w*\$\s*$|\$view\$|\bRETURN QUERY\b")
BLOCK = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
TOLD_BY_FILE = ("load", "marts", "functions")


@dataclass(frozen=True)
class Lineage:
    """`made_of` and `read_by` are tables and views; `pipelines`, `metrics` and `questions` are who else reads one."""

    made_of: tuple[str, ...]
    read_by: tuple[str, ...]
    pipelines: tuple[str, ...]
    metrics: tuple[str, ...]
    questions: tuple[str, ...]


class Lineages:
    """Of every table that is asked for; `known` are the tables and views of the warehouse."""

    def __init__(self, known: Iterable[str], sources: Iterable[str], pipelines: Iterable[Pipeline]) -> None:
        self.known, self.sources = {*known}, {*sources}
        self.pipelines = tuple(pipelines)
        self.targets = target_tables()
        self.reads = read_files()
        self.made_of = {name: self._made_of(name) for name in self.known}

    def of(self, name: str) -> Lineage:
        readers = {reader for reader, made_of in self.made_of.items() if name in made_of}
        views = {name, *(reader for reader in readers if reader.startswith("v_"))}
        return Lineage(
            tuple(sorted(self.made_of.get(name, ()))),
            tuple(sorted(readers)),
            tuple(one.name for one in self.pipelines if name in (*one.targets, *one.marts)),
            tuple(metric for metric, source in metric_sources().items() if source in views),
            tuple(question for question, tables in read_questions().items() if name in tables),
        )

    def _made_of(self, name: str) -> frozenset[str]:
        """What it declares and what its SQL reads, through whatever lies in between."""
        declared = self.targets.get(name)
        found = {*declared.load.reads} if declared else set()
        names = self.known | self.sources if name.startswith(LOADED) else self.known
        waiting, seen = [*self.reads.get(name, ())], {name}
        while waiting:
            read = waiting.pop()
            if read in seen or read.startswith(CHOOSE_ROWS):
                continue
            seen.add(read)
            plain = self._plain(read)
            if plain in names:
                found.add(plain)
            else:
                waiting += self.reads.get(read, ())
        return frozenset(found - {name})

    def _plain(self, read: str) -> str:
        """The table that a name stands for; the name itself for a step in between, which has reads of its own."""
        bare = next((read.removeprefix(start) for start in OF_A_RUN if read.startswith(start)), read)
        return bare if bare in self.sources else read


@cache
def read_files(root: Path = SQL) -> Mapping[str, frozenset[str]]:
    """What each table, view and function reads, by its name; a folder's or a file's name stands for all of it."""
    found: dict[str, set[str]] = {}
    for folder in TOLD_BY_FILE:
        for owner, text in _texts(root, folder):
            for name, reads in statements_of(text):
                for each in {name or owner, owner} if folder != "marts" else {name or owner}:
                    found.setdefault(each, set()).update(reads)
                if folder == "marts" and name.startswith(owner):
                    found.setdefault(owner, set()).add(name)
    return {name: frozenset(reads - {name}) for name, reads in found.items()}


def _texts(root: Path, folder: str) -> Iterator[tuple[str, str]]:
    """What belongs to whom: the files of a folder, and the named blocks of the file beside it."""
    for path in sorted((root / folder).rglob("*.sql")):
        yield path.relative_to(root / folder).parts[0].removesuffix(".sql"), path.read_text(encoding="utf-8")
    blocks = root / f"{folder}.sql"
    if blocks.is_file():
        _, *parts = BLOCK.split(blocks.read_text(encoding="utf-8"))
        yield from zip(parts[::2], parts[1::2], strict=True)


@cache
def read_questions(root: Path = SQL) -> Mapping[str, frozenset[str]]:
    """The tables that each question of the analysts' notebooks reads."""
    return {name: frozenset(_tables(text)) for name, text in _texts(root, "analysis")}


@cache
def metric_sources() -> Mapping[str, str]:
    """The view that each metric counts; none of those that cannot be read."""
    try:
        return {metric.name: metric.source for metric in load_all()}
    except MetricError as error:
        logger.warning("the lineage lacks the metrics: %s", error)
        return {}


def statements_of(text: str) -> Iterator[tuple[str, set[str]]]:
    """For each statement the name of what it makes, '' where it makes nothing, and the tables that it reads."""
    for statement in _parsed(text):
        if isinstance(statement, WORDS_ABOUT):
            continue
        unread = UNREAD.search(statement.sql()) if _has_body(statement) else None
        if unread:
            yield unread["view"] or unread["function"], _tables(NO_SQL.sub("", unread["query"]))
            continue
        made = statement.this if isinstance(statement, exp.Create | exp.Insert) else None
        table = made.find(exp.Table) if made is not None else None
        yield table.name if table is not None else _defined(statement), _read(statement)


def _has_body(statement: exp.Expr) -> bool:
    return isinstance(statement, exp.Command) or (isinstance(statement, exp.Create) and statement.kind == "FUNCTION")


def _defined(statement: exp.Expr) -> str:
    """A mart's rows are given as a text to the function that defines them."""
    called = next((one for one in statement.find_all(exp.Anonymous) if one.name == "define_mart_rows"), None)
    return called.expressions[0].name if called is not None and called.expressions else ""


def _tables(text: str) -> set[str]:
    return {name for statement in _parsed(text) for name in _read(statement)}


def _read(statement: exp.Expr) -> set[str]:
    """Tables, and functions in their place; also of the texts within that are SQL themselves."""
    own = {cte.alias for cte in statement.find_all(exp.CTE)}
    found = {table.name for table in statement.find_all(exp.Table)} - own
    found |= {call.name for call in statement.find_all(exp.Anonymous)} - own
    for text in statement.find_all(exp.Literal, exp.RawString, exp.Heredoc):
        if "FROM" in text.name and len(text.name) > 20:
            found |= _tables(text.name)
    return found - {""}


def _parsed(text: str) -> list[exp.Expr]:
    """What can be read of it: a body in another language is none."""
    try:
        parsed = sqlglot.parse(text, read="postgres", error_level=sqlglot.ErrorLevel.IGNORE)
    except sqlglot.errors.SqlglotError as error:
        logger.debug("not read: %s", error)
        return []
    return [statement for statement in parsed if statement is not None]
