"""What may stand behind the question mark: declared once, for reading it, for refusing it, and for describing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.common.timeframe import parse_day

Kind = Literal["text", "texts", "day", "number"]
LARGEST_OFFSET = 100_000
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Parameter:
    """`texts` may be given several times; `most` is of a number, `choices` of a text."""

    name: str
    kind: Kind
    description: str
    example: str = ""
    default: str = ""
    most: int = 0
    choices: tuple[str, ...] = ()
    in_path: bool = False
    is_needed: bool = False

    def schema(self) -> Mapping[str, object]:
        """As JSON Schema has it."""
        one: dict[str, object] = {"type": "integer" if self.kind == "number" else "string"}
        one |= {"format": "date"} if self.kind == "day" else {}
        one |= {"minimum": 0, "maximum": self.most} if self.kind == "number" else {}
        one |= {"enum": list(self.choices)} if self.choices else {}
        one |= {"default": int(self.default) if self.kind == "number" else self.default} if self.default else {}
        return {"type": "array", "items": one} if self.kind == "texts" else one


@dataclass(frozen=True)
class Given:
    """The values of a request, each read as its parameter says; BadRequest names the one that cannot be read."""

    parameters: Mapping[str, Parameter]
    values: Mapping[str, Sequence[str]]
    today: date

    def texts(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())

    def text(self, name: str) -> str:
        given = [*self.values.get(name, ()), self.parameters[name].default][0]
        choices = self.parameters[name].choices
        if given and choices and given not in choices:
            raise BadRequest(f"{name} is {given!r}", remedy=f"choose one of {', '.join(choices)}")
        return given

    def day(self, name: str) -> date | None:
        given = self.text(name)
        return parse_day(given, self.today) if given else None

    def number(self, name: str) -> int:
        given, most = self.text(name), self.parameters[name].most
        if not (given.isascii() and given.isdecimal() and len(given) < 10 and int(given) <= most):
            raise BadRequest(f"{name} is {given!r}", remedy=f"write a whole number from 0 to {most:,}")
        return int(given)


def read(parameters: Sequence[Parameter], pairs: Sequence[tuple[str, str]], today: date) -> Given:
    """BadRequest for a parameter that is none, is missing, is given twice or is too long."""
    known = {each.name: each for each in parameters}
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in known:
            near = did_you_mean(name, known) or f"choose of {', '.join(known)}"
            raise BadRequest(f"there is no parameter {name!r}", remedy=near)
        if name in values and known[name].kind != "texts":
            raise BadRequest(f"{name} is given twice", remedy="give it once")
        if len(value) > LONGEST_TEXT or "\x00" in value:
            raise BadRequest(f"{name} is no text of at most {LONGEST_TEXT:,} characters", remedy="shorten it")
        values.setdefault(name, []).append(value)
    for each in parameters:
        if each.is_needed and each.name not in values:
            raise BadRequest(f"{each.name} is missing", remedy=f"write it like {each.name}={each.example}")
    return Given(known, values, today)
