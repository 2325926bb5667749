"""Figures as programs read them: one flat record each, the same for JSON, CSV and whatever asks from outside."""

from collections.abc import Sequence
from decimal import Decimal

from miyabi_dw.metrics.answer import Answer, Figure
from miyabi_dw.metrics.definition import Definition


def record(by: Sequence[str], figure: Figure) -> dict[str, object]:
    """A figure with its dimensions under their names; numbers keep all their digits."""
    return {
        "period": figure.period,
        "starts": figure.starts,
        "ends": figure.ends,
        **dict(zip(by, figure.dimensions, strict=True)),
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "rows": figure.rows,
        "state": figure.state,
        "class": figure.dora_class,
        "is_trusted": figure.is_trusted,
    }


def as_json(value: object) -> object:
    """JSON has one kind of number, and no other place for a decimal."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return {key: as_json(part) for key, part in value.items()} if isinstance(value, dict) else value


def meaning(metric: Definition) -> dict[str, object]:
    """What a number of it means."""
    return {
        "metric": metric.name,
        "label": metric.label,
        "description": metric.description,
        "unit": metric.unit,
        "better": metric.better,
    }


def listed(metric: Definition) -> dict[str, object]:
    """What it means, and how it can be asked."""
    return meaning(metric) | {"grains": list(metric.grains), "dimensions": list(metric.dimensions)}


def heading(answer: Answer) -> dict[str, object]:
    """What the figures of an answer mean, and how they are cut."""
    return meaning(answer.metric) | {"grain": answer.grain, "by": list(answer.by)}


def document(answer: Answer) -> dict[str, object]:
    """The whole answer: what the number means, then its figures."""
    return heading(answer) | {"figures": [as_json(record(answer.by, figure)) for figure in answer.figures]}
