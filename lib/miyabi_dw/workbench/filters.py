"""Controls that open as the address or the command line asks, and what they ask of a query."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, cast

import marimo as mo

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import did_you_mean, written_day
from miyabi_dw.common.timeframe import parse_day
from miyabi_dw.workbench.panels import halt, remarks

if TYPE_CHECKING:
    from marimo._plugins.ui._impl.dictionary import dictionary

# What an address or a command line asks for, by name: a text, a number or several of them.
Given = Mapping[str, object]
ALL = "(all)"
LONG_LIST = 10


def given() -> Given:
    """What the command line and the address ask for, by name; the address has the last word."""
    return {**mo.cli_args(), **mo.query_params().to_dict()}


def controls(
    given: Given, span: tuple[date, date], lists: Mapping[str, Sequence[str]]
) -> "tuple[dictionary, tuple[str, ...]]":
    """The days and one control a list, and a sentence for each value asked for that cannot be; the others stay."""
    days = {"from": _read_day(given, "from", span[0]), "to": _read_day(given, "to", span[1])}
    chosen = {name: _read_choice(given, name, options) for name, options in lists.items()}
    wrong = tuple(remark for _, remark in (*days.values(), *chosen.values()) if remark)
    shown = {name: mo.ui.date(value=value, label=name.capitalize()) for name, (value, _) in days.items()}
    asked_for = {name: value for name, (value, _) in chosen.items()}
    return mo.ui.dictionary(shown | {name: choice(asked_for, name, options) for name, options in lists.items()}), wrong


def _read_day(given: Given, name: str, opening: date) -> tuple[date, str]:
    text = _text(given, name)
    try:
        return (parse_day(text) if text else opening), ""
    except BadRequest as error:
        return opening, f"{name}: {error}; the period is taken {name} {written_day(opening)}."


def _read_choice(given: Given, name: str, options: Sequence[str]) -> tuple[str, str]:
    """What was asked for where there is it, else where the list opens."""
    text, opening = _text(given, name), ALL if ALL in options else options[0]
    if not text or text in options:
        return text or opening, ""
    shown = "all are shown" if opening == ALL else f"{opening} is shown"
    near = did_you_mean(text, options)
    return opening, f"{name}: there is no {text!r}, so {shown}{f'; {near}' if near else '.'}"


def view(filters: "dictionary", wrong: Sequence[str]) -> mo.Html:
    """The controls beside each other, and below them what could not be taken from the address."""
    return mo.vstack([filters.hstack(justify="start", wrap=True), *([remarks(wrong)] if wrong else [])], gap=0.25)


def choice(
    given: Given,
    name: str,
    options: Sequence[str],
    label: str = "",
    called: Mapping[str, str] | None = None,
) -> mo.ui.dropdown:
    """A list that opens at what was given. What is not in it is added, for the query to say that nothing matches.

    `called` says what to show in place of an option.
    """
    asked_for = _text(given, name)
    known = list(dict.fromkeys([*options, *([asked_for] if asked_for else [])]))
    opening = asked_for or (ALL if ALL in known else known[0])
    shown = called or {}
    return mo.ui.dropdown(
        {shown.get(option, option): option for option in known},
        value=shown.get(opening, opening),
        label=label or name.capitalize(),
        searchable=len(known) > LONG_LIST,
        allow_select_none=False,
    )


def day(given: Given, name: str, opening: date, label: str) -> mo.ui.date:
    """A day; what is given and is none stops with a sentence."""
    text = _text(given, name)
    try:
        return mo.ui.date(value=parse_day(text) if text else opening, label=label)
    except BadRequest as error:
        return halt(f"{name}: {error}.")


def number(given: Given, name: str, opening: float, label: str, stop: float = 1_000) -> mo.ui.number:
    """A number from 0 to `stop`; what is given and is none stops with a sentence."""
    text = _text(given, name)
    try:
        value = float(text) if text else opening
    except ValueError:
        halt(f"{name}={text} is no number.")
    if not 0 <= value <= stop:
        halt(f"{name}={text} does not lie between 0 and {stop:,}.")
    return mo.ui.number(start=0, stop=stop, value=value, step=0.01, label=label)


def asked(filters: "dictionary") -> dict[str, object]:
    """What the controls say, as parameters of a query; stops when the period ends before it begins."""
    values = dict(filters.value)
    first, last = (cast("date", values.pop(end)) for end in ("from", "to"))
    if last < first:
        halt(f"The period ends, {last}, before it begins, {first}: swap its two ends.")
    return {"first_day": first, "last_day": last, **values}


def _text(given: Given, name: str) -> str:
    """One value, whatever kind the command line's parser made of it; the last of several."""
    value = given.get(name)
    if isinstance(value, list | tuple):
        value = value[-1] if value else None
    return "" if value is None else str(value).strip()
