"""The part of a mail that is drawn: what the text beside it says, in the words and colours of the pages.

A mail has no stylesheet to load and its readers know little of CSS, so each element has its own look and the dark one
stands in a style of the mail's own, for those that know it. Nothing is loaded and only the run's page is linked.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from miyabi_dw.alerts.message import Message

if TYPE_CHECKING:
    from jinja2 import Template

COLOUR = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{6});")
# Where the stylesheet turns to the dark.
DARK = "@media (prefers-color-scheme: dark)"


def mail_page(message: Message) -> str:
    """HTML of its own; whatever the message quotes is escaped."""
    day, night = colours()
    return _template().render(message=message, day=day, night=night)


@cache
def _template() -> "Template":
    from miyabi_dw.common.templates import environment  # most runs send nothing

    return environment().get_template("mail.html")


@cache
def colours() -> tuple[dict[str, str], dict[str, str]]:
    """The pages' colours by their names, light and dark, as the stylesheet says."""
    from miyabi_dw.common.templates import source_of

    light, _, dark = source_of("report.css").partition(DARK)
    return dict(COLOUR.findall(light)), dict(COLOUR.findall(dark.partition("}")[0]))
