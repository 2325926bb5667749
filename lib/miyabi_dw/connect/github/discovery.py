"""Looks at a repository or an export before anything is read: how much there is, and what tells of deployments."""

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
    """Five requests; one more for each way of counting deployments that the repository has none of."""
    found = client.get(f"/repos/{declared}").item
    path = f"/repos/{text(found, 'full_name') or declared}"
    pulls, open_pulls = _how_many(client, f"{path}/pulls", "all"), _how_many(client, f"{path}/pulls", "open")
    together, is_disabled = _issues_and_pulls(client, path, found.get("has_issues") is False)
    open_issues = max((number(found, "open_issues_count") or 0) - open_pulls, 0)
    figures = {
        "open issues": 0 if is_disabled else open_issues,
        "closed issues": 0 if is_disabled else max(together - pulls - open_issues, 0),
        "pull requests": pulls,
    }
    ways = _ways(client, path)
    renamed = path.removeprefix("/repos/")
    notices = [f"it is called {renamed} now: take that name"] if renamed.lower() != declared.lower() else []
    notices += ["issues are disabled in this repository"] if is_disabled else []
    return _discovery(renamed, {**figures, **ways}, notices)


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


def _how_many(client: Client, address: str, state: str) -> int:
    """As many as there are pages of one."""
    reply = client.get(address, {"state": state, "per_page": 1})
    return reply.last_page or len(reply.items)


def _issues_and_pulls(client: Client, path: str, is_disabled: bool) -> tuple[int, bool]:
    try:
        return _how_many(client, f"{path}/issues", "all"), is_disabled
    except Refused as error:
        if error.status != 410:
            raise
        return 0, True


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
