"""miyabi-dw metrics: numbers that are defined once, by period and dimension, and the rows behind them."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.groups import ListingGroup
from miyabi_dw.cli.words import DAY, LIMIT
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.spreadsheet import write_rows

if TYPE_CHECKING:
    from miyabi_dw.metrics.answer import Figure
    from miyabi_dw.metrics.definition import Definition

NAME = "miyabi-dw:metrics"


@click.group(cls=ListingGroup, epilog="Example: miyabi-dw metrics query lead_time --grain month")
def metrics() -> None:
    """Ask for a metric by period and dimension, and for its rows."""


@metrics.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the metrics with what they mean."""
    from miyabi_dw.metrics.definitions import load_all

    print_rows([{"metric": each.name, "label": each.label, "unit": each.unit_word, "better": each.better,
                 "description": each.description} for each in load_all()], as_json)  # fmt: skip


@metrics.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show what a metric means and by what it can be split."""
    from miyabi_dw.metrics.definitions import load

    told = load(name).model_dump(mode="json", exclude_none=True)
    if as_json:
        print_json(told)
        return
    for key, value in told.items():
        click.echo(f"{key:<18} {_in_words(value)}")


@metrics.command()
@click.argument("name")
@click.option(
    "--grain", default="month", show_default=True, help="day, week, month, quarter, or rolling-28 for 28 days."
)
@click.option("--by", default="", metavar="DIMENSION,...", help="Split by these.")
@click.option("--where", multiple=True, metavar="DIMENSION=VALUE", help="Only this value; again for another one.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="By default some periods before the last one.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="By default the last loaded day.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV for a spreadsheet.")
@json_option
@pass_app
def query(
    app: App, name: str, grain: str, by: str, where: tuple[str, ...], first: date | None, last: date | None,
    as_csv: bool, as_json: bool,
) -> None:  # fmt: skip
    """Compute a metric for each period and dimension value.

    For machines a ratio is 0 to 1.

    \b
    Example: miyabi-dw metrics query lead_time --grain month --by repository --from 2026-01-01 --to 2026-02-28
    """
    from miyabi_dw.metrics import records
    from miyabi_dw.metrics.definitions import load
    from miyabi_dw.metrics.reading import Asked, answer_of, kept_values, split_names

    metric = load(name)
    asked = Asked(grain, split_names(by), kept_values(where), first, last)
    found = answer_of(app.database, metric, asked, app.today, NAME)
    if as_csv:
        write_rows(sys.stdout, [records.record(found.by, figure) for figure in found.figures])
    elif as_json:
        print_json(records.document(found))
    else:
        print_rows([_line(metric, found.by, figure) for figure in found.figures], as_json=False, empty="no figures")


@metrics.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.option("--grain", default="month", show_default=True, help="As for query.")
@click.option("--period", required=True, help="2026-01, 2026-W05, 2026-Q1, or a day of the period.")
@click.option("--where", multiple=True, metavar="DIMENSION=VALUE", help="Only this value; again for another one.")
@click.option("--limit", default=50, show_default=True, type=LIMIT, help="How many rows.")
@json_option
@click.argument("dimensions", nargs=-1, type=click.UNPROCESSED, metavar="[--DIMENSION VALUE]...")
@pass_app
def explain(
    app: App, name: str, grain: str, period: str, where: tuple[str, ...], limit: int, as_json: bool,
    dimensions: tuple[str, ...],
) -> None:  # fmt: skip
    """List the rows behind one number.

    \b
    Example: miyabi-dw metrics explain lead_time --grain month --period 2026-01 --repository acme/cli
    """
    from miyabi_dw.metrics.definitions import load
    from miyabi_dw.metrics.explain import one_period
    from miyabi_dw.metrics.periods import Grain, read_period
    from miyabi_dw.metrics.reading import explanation_of, kept_values
    from miyabi_dw.metrics.records import as_json as as_json_value
    from miyabi_dw.metrics.records import record

    metric = load(name)
    cut = Grain.parse(grain, metric)
    kept = kept_values((*where, *_pairs(dimensions)))
    question = one_period(metric, cut, read_period(metric, cut, period), app.today, kept)
    found = explanation_of(app.database, question, limit, 0, NAME)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    if as_json:
        figure = as_json_value(record((), found.figure))
        print_json({"metric": name, "unit": metric.unit, "figure": figure, "rows": rows, "links": found.links})
        return
    click.echo(f"{metric.label}, {found.figure.period}: {metric.told(found.figure.value)} ({found.figure.state})")
    click.echo(f"{found.figure.rows:,} rows" + (f", the first {limit:,}" if found.figure.rows > limit else "") + "\n")
    print_rows(rows, as_json=False, empty="no row")


def _pairs(words: Sequence[str]) -> list[str]:
    """--repository acme/cli and --repository=acme/cli, both as repository=acme/cli."""
    joined = " ".join(words)
    found: list[str] = []
    for word in words:
        if word.startswith("--"):
            found.append(word[2:])
        elif found and "=" not in found[-1]:
            found[-1] += f"={word}"
        else:
            raise BadRequest(f"{word!r} belongs to nothing", joined, "write --dimension value")
    return found


def _line(metric: "Definition", by: Sequence[str], figure: "Figure") -> dict[str, object]:
    """A figure as people read it; what the metric does not have is left out."""
    from miyabi_dw.metrics.format import part

    line: dict[str, object] = {"period": figure.period, **dict(zip(by, figure.dimensions, strict=True))}
    line[metric.name] = metric.told(figure.value)
    if metric.type == "ratio":
        line |= {"numerator": part(figure.numerator), "denominator": part(figure.denominator)}
    line |= {"rows": figure.rows, "state": figure.state if figure.is_trusted else f"{figure.state}, not trusted yet"}
    return line | ({"class": figure.dora_class} if metric.dora_class else {})


def _in_words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_in_words(part)}" for key, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


commands = (metrics,)
