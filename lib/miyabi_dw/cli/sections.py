"""The commands by what one wants to do; `miyabi-dw --help` shows them so."""

from collections.abc import Iterator, Mapping

import click

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Begin": ("init", "demo", "connect", "first-look", "schema", "doctor", "version"),
    "Every morning": ("monitor", "sign-off", "runs", "quarantine", "alerts"),
    "Run": ("pipelines", "run", "resume", "backfill", "watch", "cancel", "stage", "replay"),
    "Schedule": ("schedule", "pause", "unpause"),
    "Ask": ("metrics", "lake", "psql", "notebook", "serve", "mcp", "costs", "budget"),
    "Keep and recover": ("backup", "recover", "cold", "server"),
    "Improve": ("gate", "tune", "docs"),
}
EXAMPLES = """\
Examples:
  miyabi-dw demo                    set up a demonstration
  miyabi-dw monitor                 what is wrong, and what to type
  miyabi-dw metrics query lead_time --grain month"""


def by_section(names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Sections with those of the commands that are there; the last has what belongs to none."""
    placed = {name for members in SECTIONS.values() for name in members}
    rest = [name for name in names if name not in placed]
    for title, members in {**SECTIONS, "Others": rest}.items():
        if found := [name for name in members if name in names]:
            yield title, found


def write_sections(group: click.Group, context: click.Context, formatter: click.HelpFormatter) -> None:
    """Every command in one line, as wide as the terminal allows, under the title of its section."""
    shown = {name: command for name in group.list_commands(context) if (command := group.get_command(context, name))}
    named = {name: command for name, command in shown.items() if not command.hidden}
    widest = max(map(len, named))
    for title, members in by_section(list(named)):
        with formatter.section(title):
            limit = formatter.width - 6 - widest
            rows = [(f"{name:<{widest}}", named[name].get_short_help_str(limit)) for name in members]
            formatter.write_dl(rows)
