"""The page of a backup: how much, how long, what to type to bring it back, what is in it."""

from miyabi_dw.common.display import Commands, Grid, Sentences, Tile, Tiles, columns
from miyabi_dw.common.text import counted, listed
from miyabi_dw.operations.backup import cold_months
from miyabi_dw.operations.backup.job import ProvenBackup
from miyabi_dw.operations.job_pages.words import size
from miyabi_dw.reports.formats import duration


def figures(done: ProvenBackup) -> Tiles:
    cold = sum(name.startswith(f"{cold_months.FOLDER}/") for name in done.manifest.files)
    bytes_, unit = size(done.size_bytes).split(" ")
    return Tiles(
        (
            Tile("Rows", f"{done.rows:,}", note=f"of {counted(len(done.manifest.content), 'table')}"),
            Tile("Size", bytes_, unit, f"`{done.folder.name}`"),
            Tile("Dumped in", duration(done.dump_seconds)),
            Tile("Restored and compared in", duration(done.verify_seconds)),
            Tile("Cold storage", f"{cold:,}", "month" if cold == 1 else "months"),
        )
    )


def to_bring_back(done: ProvenBackup) -> Commands:
    name = done.manifest.backup_id
    return Commands(
        (
            ("The whole warehouse, into an empty database:", f"miyabi-dw recover database --backup {name}"),
            ("The proof again, without touching the warehouse:", f"miyabi-dw backup verify {name}"),
        )
    )


def tables(done: ProvenBackup) -> Grid:
    """Rows of each table, equal in the warehouse and in what was restored."""
    rows = tuple((name, f"{content.rows:,}") for name, content in done.manifest.content.items())
    caption = f"{counted(len(rows), 'table')}, each with the same rows and checksum after the restore"
    return Grid(columns("table", "rows|number"), rows, caption=caption, folded=True)


def older(done: ProvenBackup) -> Sentences:
    if not done.removed:
        return Sentences(("No backup was old enough to be removed.",))
    names = listed([f"`{name}`" for name in done.removed])
    return Sentences((f"{counted(len(done.removed), 'backup')} removed for age: {names}.",))
