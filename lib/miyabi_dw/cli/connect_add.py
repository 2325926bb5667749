"""miyabi-dw connect add: declares one origin of a kind, after a look at it."""

from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miyabi_dw.cli.common import App, Decorated, pass_app

if TYPE_CHECKING:
    from miyabi_dw.connect.origin import Origin

# Origins that can tell of the same calls of a model.
AGENT_KINDS = {"claude-code", "codex", "litellm", "otel"}
# What tells of deployments at GitHub where none are recorded.
OTHER_DEPLOYS = {"releases": "releases", "tags": "tags *"}
GATEWAYS = {"litellm", "otel"}

Options = MutableMapping[str, Any]


@click.group(epilog="Example: miyabi-dw connect add git ~/src/cli")
def add() -> None:
    """Declare what to read; it is looked at first."""


def _common(command: Decorated) -> Decorated:
    """Adds --name and --hash-authors."""
    hashed = click.option("--hash-authors", is_flag=True, help="Keep stable pseudonyms instead of people's names.")
    name = click.option("--name", metavar="NAME", help="Name of the connection; without it one is made.")
    return name(hashed(command))


@add.command()
@click.argument("path", metavar="[FOLDER]", default=".")
@click.option(
    "--releases", metavar="PATTERN", help="Which tags are releases, such as 'v*'; by default version numbers."
)
@click.option("--branch", help="Whose history counts; by default the remote's main branch.")
@click.option("--environment", help="Where a release goes; production by default.")
@_common
@pass_app
def git(app: App, /, path: str, **options: Any) -> None:
    """Read commits, issues and releases from a git clone.

    Issues are those that commits name, releases are tags; messages are not kept.

    \b
    Example: miyabi-dw connect add git .
    """
    folder = _absolute(path)
    _add(app, "git", Path(folder).name.removesuffix(".git"), {"path": folder}, options)


@add.command()
@click.argument("repository", metavar="OWNER/NAME")
@click.option("--token-file", metavar="FILE", help="File with a token; else MIYABI_GITHUB_TOKEN.")
@click.option("--api-url", metavar="URL", help="Of GitHub Enterprise: https://host/api/v3.")
@click.option(
    "--deploys", metavar="WHAT", help="What a deployment is: deployments, releases, 'tags PATTERN', 'workflow NAME'."
)
@click.option(
    "--export", metavar="FOLDER", help="Read a folder of the API's answers instead, where networks are closed."
)
@_common
@pass_app
def github(app: App, /, repository: str, **options: Any) -> None:
    """Read issues, pull requests and deployments from GitHub.

    Reviews and labels come with them.

    \b
    Example: miyabi-dw connect add github acme/cli --token-file ~/.github-token
    """
    for name in ("token_file", "export"):
        options[name] = _absolute(options[name]) if options[name] else None
    from miyabi_dw.connect.repositories import repository_of_remote

    if "://" in repository or repository.startswith("git@"):
        repository = repository_of_remote(repository)
    _add(app, "github", f"{repository.rpartition('/')[2]}-github", {"repository": repository}, options)


def _agent(kind: str, of: str) -> Callable[[Decorated], click.Command]:
    """A command for the transcripts of an agent in a folder."""

    def made(function: Decorated) -> click.Command:
        folder = click.argument("path", metavar="[FOLDER]", required=False)
        gone = click.option(
            "--repository", "repositories", multiple=True, metavar="FOLDER=OWNER/NAME",
            help="The repository of a folder that is gone or has no remote; can be given again.",
        )  # fmt: skip
        return add.command(kind, short_help=f"Sessions of {of}.")(folder(gone(_common(pass_app(function)))))

    return made


@_agent("claude-code", "Claude Code: tokens, cache and cost of each prompt")
def claude_code(app: App, /, path: str | None, **options: Any) -> None:
    """Sessions of Claude Code below ~/.claude/projects, or the folder: tokens, never a prompt or an answer.

    \b
    Example: miyabi-dw connect add claude-code
    """
    _add_agent(app, "claude-code", path, options)


@_agent("codex", "Codex: tokens and cache of each prompt")
def codex(app: App, /, path: str | None, **options: Any) -> None:
    """Sessions of Codex below ~/.codex/sessions, or the folder: tokens, never a prompt or an answer.

    \b
    Example: miyabi-dw connect add codex
    """
    _add_agent(app, "codex", path, options)


@add.command()
@click.argument("url", required=False)
@click.option("--url-variable", metavar="NAME", help="Variable with the URL; MIYABI_LITELLM_URL by default.")
@click.option("--url-file", metavar="FILE", help="File with the URL.")
@_common
@pass_app
def litellm(app: App, /, url: str | None, **options: Any) -> None:
    """Read the requests of a LiteLLM gateway, with their price.

    They come from its database; users and messages are not read.

    A URL that is given here is kept in a file beside the connection that only you can read.

    \b
    Example: MIYABI_LITELLM_URL=postgresql://reader:PASSWORD@host/litellm miyabi-dw connect add litellm
    """
    options["url_file"] = _absolute(options["url_file"]) if options["url_file"] else None
    _add(app, "litellm", "litellm", {}, options, secret_url=url)


@add.command()
@click.argument("path", metavar="FOLDER")
@_common
@pass_app
def otel(app: App, /, path: str, **options: Any) -> None:
    """Read calls of models from OpenTelemetry's OTLP JSON files.

    A collector's file exporter writes them.

    \b
    Example: miyabi-dw connect add otel /var/lib/otel
    """
    _add(app, "otel", "otel", {"path": _absolute(path)}, options)


def _add_agent(app: App, kind: str, path: str | None, options: Options) -> None:
    pairs = options.pop("repositories")
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not of the form FOLDER=OWNER/NAME")
    repositories = {_absolute(folder): name for folder, name in (pair.rsplit("=", 1) for pair in pairs)}
    _add(app, kind, kind, {"path": _absolute(path) if path else None, "repositories": repositories}, options)


def _add(
    app: App, kind: str, wanted: str, fields: Options, options: Options, secret_url: str | None = None
) -> None:  # fmt: skip
    from miyabi_dw.connect import declarations
    from miyabi_dw.connect.listing import check_name
    from miyabi_dw.connect.own_source import refuse_others

    name = options.pop("name") or declarations.free_name(app.settings, wanted)
    refuse_others(app.database)
    kept = _keep_url(app, name, secret_url) if secret_url else None
    try:
        origin = declarations.declare(kind, name, {**fields, **options} | ({"url_file": str(kept)} if kept else {}))
        found = origin.discover()
        check_name(app.database, origin)
        origin = _with_deploys(origin, found.figures, options.get("deploys"))
        file = declarations.add_connection(app.settings, origin)
    except BaseException:
        if kept:
            kept.unlink(missing_ok=True)
        raise
    click.echo(f"{name}: {found.sentence}")
    for notice in [*found.notices, *_notices(app, kind)]:
        click.echo(f"  note: {notice}")
    click.echo(f"declared in {file}\n\nNext:\n  miyabi-dw connect preview {name}\n  miyabi-dw first-look")


def _with_deploys(origin: "Origin", figures: Mapping[str, int], given: object) -> "Origin":
    """At GitHub, where no deployments are recorded, what else tells of them is taken, and stands in the declaration."""
    if origin.kind != "github" or given or figures.get("deployments"):
        return origin
    found = next((way for tells, way in OTHER_DEPLOYS.items() if figures.get(tells)), None)
    return origin.model_copy(update={"deploys": found}) if found else origin


def _keep_url(app: App, name: str, url: str) -> Path:
    """A file for the URL alone, since a declaration holds no secret."""
    from miyabi_dw.common.errors import BadRequest
    from miyabi_dw.common.files import write_private
    from miyabi_dw.connect.declarations import url_file

    path = url_file(app.settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        raise BadRequest("there is a file with a URL of that name already", str(path), "give another --name")
    write_private(path, f"{url}\n")
    return path


def _notices(app: App, kind: str) -> list[str]:
    from miyabi_dw.connect.declarations import load_connections

    others = {origin.kind for origin in load_connections(app.settings).good.values()} & AGENT_KINDS - {kind}
    doubled = others if kind in GATEWAYS else others & GATEWAYS if kind in AGENT_KINDS else set()
    return [f"calls that {other} tells of too would count twice" for other in sorted(doubled)]


def _absolute(path: str) -> str:
    """The schedule runs in another folder than this one."""
    return str(Path(path).expanduser().absolute().resolve())
