"""Makes the dump of a small warehouse as a release has it, for the tests to upgrade from.

Run it with the release's own programs and in its folder, where it makes a home that is gone afterwards:

    cd a-checkout-of-1.0.0
    PYTHONPATH=tests .venv/bin/python where-this-lies/make_dump.py 1.0.0.sql.gz

Three synthetic months: two of them backfilled, so that the first is finished in every mart, then three days run one by one.
An analyst has a view of his own, on a mart, and lets another read it. Modules are named as in 1.0.0; later ones know them.
"""

import getpass
import gzip
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

DAILY = "daily_issue_processing_etl"
LAST_DAYS = ("2026-03-02", "2026-03-03", "2026-03-04")
BUILT = """
CREATE SCHEMA team AUTHORIZATION miyabi_analyst;
SET ROLE miyabi_analyst;
CREATE VIEW team.failures AS
SELECT period_start, repository, deployments, change_failure_rate_by_status AS rate FROM mart_dora WHERE period_kind = 'month';
COMMENT ON VIEW team.failures IS 'Failures by month.';
CREATE VIEW team.bad_months AS SELECT * FROM team.failures WHERE rate > 0.2;
CREATE MATERIALIZED VIEW team.spent AS SELECT year, month, sum(total_cost_usd) AS usd FROM mart_infrastructure_cost GROUP BY year, month;
GRANT SELECT ON team.failures TO miyabi_etl;
RESET ROLE;
GRANT SELECT ON mart_dora TO miyabi_source;
"""


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="miyabi-release-") as folder:
        home = Path(folder)
        os.environ |= {
            "MIYABI_HOME": str(home / "home"),
            "MIYABI_REPORTS_DIR": str(home / "reports"),
            "MIYABI_CONFIG_DIR": str(home / "none"),
        }
        try:
            fill_source()
            fill_warehouse()
            text = dumped()
        finally:
            command("server", "stop")
    target.write_bytes(gzip.compress(anonymous(text, home).encode(), 9, mtime=0))


def fill_source() -> None:
    from miyabi_dw.database import Database
    from miyabi_dw.settings import load_settings
    from miyabi_dw.statements import run

    from support import synthetic

    with Database(load_settings()).connect("source_owner", autocommit=True) as source:
        # As 1.0.0 calls it, and as later versions do.
        is_first = Path("sql/demo/source_schema.sql").exists()
        run(source, "demo/source_schema" if is_first else "demo/source/schema")
        synthetic.generate(source, n_issues=40, n_executions=160, first_day=date(2026, 1, 5), last_day=date(2026, 3, 5))


def fill_warehouse() -> None:
    from miyabi_dw.database import Database, execute
    from miyabi_dw.settings import load_settings

    command("schema", "migrate")
    command(
        "--as-of", "2026-03-02", "backfill", DAILY, "--from", "2026-01-01", "--to", "2026-03-01", "--chunk", "month"
    )
    for day in LAST_DAYS:
        command("--as-of", f"{day}T18:00+00:00", "run", DAILY, "--date", day)
    with Database(load_settings()).connect("owner") as warehouse:
        execute(warehouse, BUILT)


def command(*words: str) -> None:
    # A gate's warning about the synthetic rows is no failure: 2 is.
    done = subprocess.run([sys.executable, "-m", "miyabi_dw", *words], capture_output=True, text=True, check=False)
    print(" ".join(words), done.returncode, done.stdout[-300:], done.stderr[-600:])
    assert done.returncode in (0, 1), words


def dumped() -> str:
    from miyabi_dw.backup.programs import run_program
    from miyabi_dw.database import Database
    from miyabi_dw.settings import load_settings

    settings = load_settings()
    arguments: Sequence[str] = ("--format=plain", "--exclude-schema=run_*", "--exclude-extension=pg_stat_statements")
    return str(run_program(settings, Database(settings), "pg_dump", arguments))


def anonymous(text: str, home: Path) -> str:
    """Without the names of the machine, its folders and its user."""
    text = text.replace(str(home), "/srv/miyabi").replace(str(Path.cwd()), "/srv/miyabi/program")
    text = text.replace(f"\t{socket.gethostname()}\t", "\thost\t").replace(f"\t{getpass.getuser()}\t", "\tsomebody\t")
    # Words to this pg_dump's own psql, and a setting that older servers do not know.
    return re.sub(r"^(\\(un)?restrict .*|SET transaction_timeout = 0;)\n", "", text, flags=re.MULTILINE)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
