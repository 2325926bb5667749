"""What each error means and what to do, as a document: made from the codes that errors carry."""

from collections.abc import Iterator, Mapping

from miyabi_dw.common.error_codes import Explanation

DOCUMENT = "TROUBLESHOOTING.md"
INTRODUCTION = """\
# Troubleshooting

Made from the program's error codes by `miyabi-dw docs write`; a test fails when it is stale.

Begin with `miyabi-dw doctor`: it examines the installation and says what to type. `miyabi-dw monitor` does the same
for the night.

Every error is one sentence: what is wrong, where, what to do. Reports, alerts and `--json` carry its code beside it,
which is what to search here. The sentence you see is often more exact than the one in this table, for it names the
file, table or host. `--debug` adds the traceback, `-v` what was done before.

*Retried* says whether a run tries again by itself, with growing pauses."""


def troubleshooting(codes: Mapping[str, Explanation]) -> str:
    """Markdown with each code, in alphabetical order: what it means, what to do, whether it is tried again."""
    return "\n".join([INTRODUCTION, *_rows(codes)]) + "\n"


def _rows(codes: Mapping[str, Explanation]) -> Iterator[str]:
    yield from ("", "| code | what it means | what to do | retried |", "| --- | --- | --- | --- |")
    for code, told in sorted(codes.items()):
        yield f"| `{code}` | {told.meaning} | {told.remedy} | {'yes' if told.is_transient else 'no'} |"
