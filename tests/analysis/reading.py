"""Runs a notebook in this process and reads what it shows."""

import html
import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from miyabi_dw.common.paths import NOTEBOOKS

NAMES = tuple(sorted(path.stem for path in (NOTEBOOKS / "analysis").glob("*.py")))
CALLOUT = re.compile(r"<marimo-callout-output data-html='([^']*)'")
SENTENCE = re.compile(r'<p class="(?:sentence|dw-remark)"[^>]*>(.*?)</p>|<li>(.*?)</li>')


@dataclass(frozen=True)
class Reading:
    """`shown` is the markup of all cells; `defined` what their cells define, where none stopped."""

    shown: str
    defined: Mapping[str, Any]

    @property
    def sentences(self) -> list[str]:
        """What boxes, answers and remarks say, as a person reads it."""
        texts = [json.loads(html.unescape(found)) for found in CALLOUT.findall(self.shown)]
        texts += [first or second for first, second in SENTENCE.findall(self.shown)]
        return [html.unescape(re.sub(r"<[^>]*>", "", text)).strip() for text in texts]

    def said(self, part: str) -> bool:
        return any(part in sentence for sentence in self.sentences)


def read(name: str, given: Mapping[str, str]) -> Reading:
    outputs, defined = _app(name).run(defs={"given": dict(given)})
    return Reading("\n".join(getattr(output, "text", str(output)) for output in outputs if output is not None), defined)


@cache
def _app(name: str) -> Any:
    path = NOTEBOOKS / "analysis" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"analysis_notebook_{name}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app
