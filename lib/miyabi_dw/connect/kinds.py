"""The kinds of origin: which module reads each. A new one is a module and a line here."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.connect.origin import Origin

# Imported when one is asked for: each brings libraries that the others can do without.
KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "git": ("miyabi_dw.connect.git", "Git"),
        "github": ("miyabi_dw.connect.github", "GitHub"),
        "claude-code": ("miyabi_dw.connect.agents.claude_code", "ClaudeCode"),
        "codex": ("miyabi_dw.connect.agents.codex", "Codex"),
        "litellm": ("miyabi_dw.connect.agents.litellm", "LiteLLM"),
        "otel": ("miyabi_dw.connect.agents.otel", "OpenTelemetry"),
    }
)


def origin_class(kind: str) -> type[Origin]:
    """The class of a kind; BadRequest for one that there is not."""
    if kind not in KINDS:
        raise BadRequest(f"there is no connection of kind {kind!r}", remedy=f"choose one of {', '.join(KINDS)}")
    module, name = KINDS[kind]
    found: type[Origin] = getattr(importlib.import_module(module), name)
    return found
