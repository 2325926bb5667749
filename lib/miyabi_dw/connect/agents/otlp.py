"""OTLP in JSON: the few fields that tell of a model's answer, of all that spans and metrics hold.

A number may be a number or its text, a name the enumeration's word or its number; both are written by programs in use.
Attributes that are not asked for are never looked at.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b

Json = Mapping[str, object]

SCALARS = ("stringValue", "intValue", "doubleValue", "boolValue")
SPANS, METRICS = "resourceSpans", "resourceMetrics"


class Attributes:
    """Attributes of a resource, a span or a data point, over those of what it belongs to."""

    def __init__(self, listed: object, inherited: "Attributes | None" = None) -> None:
        self._own = {str(each.get("key")): each.get("value") for each in objects(listed)}
        self._inherited = inherited

    def get(self, *names: str) -> object:
        """The value under the first of the names that has one, here or in what this belongs to."""
        for name in names:
            value = scalar(self._own.get(name))
            if value not in (None, ""):
                return value
        return self._inherited.get(*names) if self._inherited else None

    def text(self, *names: str) -> str | None:
        value = self.get(*names)
        return None if value is None else str(value)[:255]

    @property
    def digest(self) -> str:
        """The same for the same attributes, in whatever order; tells nothing of them."""
        values = {name: scalar(value) for name, value in self._own.items()}
        outer = self._inherited.digest if self._inherited else ""
        return blake2b((outer + json.dumps(values, sort_keys=True)).encode(), digest_size=8).hexdigest()


def scalar(value: object) -> object:
    """The value within an OTLP value; None for lists and tables."""
    if not isinstance(value, Mapping):
        return None
    return next((value[kind] for kind in SCALARS if kind in value), None)


def objects(value: object) -> list[Json]:
    """The objects of a JSON list; none where it is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def part(value: Json, name: str) -> Json:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def exports(document: object) -> Iterator[Json]:
    """The export requests of a line or of a file, which may hold a list of them."""
    for each in document if isinstance(document, list) else [document]:
        if isinstance(each, Mapping) and (SPANS in each or METRICS in each):
            yield each


def spans(export: Json) -> Iterator[tuple[Json, Attributes]]:
    """Every span with its attributes over those of its resource."""
    for resource in objects(export.get(SPANS)):
        about = Attributes(part(resource, "resource").get("attributes"))
        for scope in objects(resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans")):
            for span in objects(scope.get("spans")):
                yield span, Attributes(span.get("attributes"), about)


def sums(export: Json) -> Iterator[tuple[str, Json, Attributes]]:
    """Every metric that is a sum: its name, the sum, and the attributes of its resource."""
    for resource in objects(export.get(METRICS)):
        about = Attributes(part(resource, "resource").get("attributes"))
        for scope in objects(resource.get("scopeMetrics") or resource.get("instrumentationLibraryMetrics")):
            for metric in objects(scope.get("metrics")):
                if "sum" in metric:
                    yield str(metric.get("name")), part(metric, "sum"), about
