"""miyabi-dw docs: the documents that are made from the database, the suites and the program itself."""

from pathlib import Path

import click

from miyabi_dw.cli.common import App, pass_app


@click.group(epilog="Example: miyabi-dw docs write")
def docs() -> None:
    """Make the reference documents, or check that they are current.

    They describe database, source, commands, interfaces and errors.
    """


@docs.command()
@pass_app
def write(app: App) -> None:
    """Write the reference documents into docs, or docs_dir.

    The tables' pages are written under reports/tables: what each table means, its lineage, its checks.
    """
    from miyabi_dw.common.paths import BASE
    from miyabi_dw.operations.table_pages import write_table_pages

    for path, text in _made(app).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(path.relative_to(BASE) if path.is_relative_to(BASE) else path)
    write_table_pages(app.settings, app.database, app.now)
    click.echo(app.settings.reports_dir / "tables" / "index.html")


@docs.command()
@pass_app
def check(app: App) -> int:
    """Say which of them are stale; exit status 1 when any is."""
    from miyabi_dw.operations.documents import stale

    found = stale(_made(app))
    for path in found:
        click.echo(f"{path.name} is stale: miyabi-dw docs write")
    return int(bool(found))


def _made(app: App) -> dict[Path, str]:
    from miyabi_dw.cli import cli
    from miyabi_dw.operations.documents import made
    from miyabi_dw.web.reference import documents

    with app.database.connect("analyst", application_name="miyabi-dw:docs") as connection:
        return {**made(app.settings.docs_dir, connection, cli), **documents(app.settings.docs_dir)}


commands = (docs,)
