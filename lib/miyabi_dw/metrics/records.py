"""Figures as programs read them: one flat record each, the same for JSON, CSV and whatever asks from outside."""

from collections.abc import Sequence
from decimal import Decimal

from miyabi_dw.metrics.answer import Answer, Figure


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


def document(answer: Answer) -> dict[str, object]:
    """The whole answer: what the number means, then its figures."""
    metric = answer.metric
    return {
        "metric": metric.name,
        "label": metric.label,
        "description": metric.description,
        "unit": metric.unit,
        "better": metric.better,
        "grain": answer.grain,
        "by": list(answer.by),
        "figures": [as_json(record(answer.by, figure)) for figure in answer.figures],
    }
