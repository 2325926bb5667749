"""Looks at a repository or an export before anything is read: how much there is, and what tells of deployments."""

from contextlib import suppress
from pathlib import Path

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import counted
from miyabi_dw.connect.github.answers import items, number, text
from miyabi_dw.connect.github.client import Client
from miyabi_dw.connect.github.export_files import FILES, ExportFile
from miyabi_dw.connect.github.mapping import is_pull
from miyabi_dw.connect.github.refusals import Refused
from miyabi_dw.connect.origin import Discovery

# In the order in which they are proposed: the surest first.
WAYS = {"deployments": "deployments", "releases": "releases", "tags": "tags", "workflows": "actions/workflows"}
PROPOSED = {"deployments": "deployments", "releases": "releases", "tags": "tags *", "workflows": "workflow NAME"}


def discover_repository(client: Client, declared: str) -> Discovery:
    """Five requests; one more for each way of counting deployments that the repository has none of.

    What GitHub does not count for us is left out of the figures.
    """
    found = client.get(f"/repos/{declared}").item
    name = text(found, "full_name") or declared
    counts = {
        "open issues": _issues(client, name, "open"),
        "closed issues": _issues(client, name, "closed"),
        "pull requests": _how_many(client, f"/repos/{name}/pulls"),
    }
    figures = {what: count for what, count in counts.items() if count is not None}
    notices = [f"it is called {name} now: take that name"] if name.lower() != declared.lower() else []
    notices += ["issues are disabled in this repository"] if found.get("has_issues") is False else []
    return _discovery(name, {**figures, **_ways(client, f"/repos/{name}")}, notices)


def discover_export(folder: Path, repository: str) -> Discovery:
    """Counts what is in the files; BadRequest where there are none."""
    there = {name: ExportFile(folder, name) for name in FILES if (folder / name).is_file()}
    if not there:
        raise BadRequest("none of an export's files is here", str(folder), f"it needs {', '.join(FILES)}, or some")
    counts = {name: sum(not is_pull(found) for found in file.items()) for name, file in there.items()}
    figures = {
        "issues": counts.get("issues.json", 0),
        "pull requests": counts.get("pulls.json", 0),
        "deployments": counts.get("deployments.json", 0) + counts.get("graphql_deployments.json", 0),
        "releases": counts.get("releases.json", 0),
        "workflows": len({text(run, "name") for run in ExportFile(folder, "actions_runs.json").items()}),
    }
    return _discovery(repository, figures, [])


def _discovery(repository: str, figures: dict[str, int], notices: list[str]) -> Discovery:
    told = next((way for way in PROPOSED if figures.get(way)), None)
    if told is None:
        notices.append("nothing here tells of deployments")
    elif told != "deployments":
        notices.append(f'no deployments are recorded here: deploys = "{PROPOSED[told]}" counts {told} as such')
    things = ", ".join(counted(count, name.removesuffix("s"), name) for name, count in figures.items() if count)
    return Discovery(f"{repository} has {things or 'nothing yet'}", figures, tuple(notices))


def _issues(client: Client, name: str, state: str) -> int | None:
    """By a search, since the list of issues does not tell how long it is."""
    asked = f"repo:{name} is:issue state:{state}"
    with suppress(Refused):
        return number(client.get("/search/issues", {"q": asked, "per_page": 1}).item, "total_count")
    return None


def _how_many(client: Client, address: str) -> int | None:
    """As many as there are pages of one."""
    reply = client.get(address, {"state": "all", "per_page": 1})
    return reply.last_page or (None if reply.next_address else len(reply.items))


def _ways(client: Client, path: str) -> dict[str, int]:
    """The first way there is, with how many; those before it with none."""
    found: dict[str, int] = {}
    for way, below in WAYS.items():
        reply = client.get(f"{path}/{below}", {"per_page": 1})
        listed = reply.items if way != "workflows" else list(items(reply.item.get("workflows")))
        found[way] = reply.last_page or len(listed)
        if found[way]:
            break
    return found
