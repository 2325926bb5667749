"""miyabi-dw doctor: finds what is wrong, and says what to do."""

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json
from miyabi_dw.cli.layout import told

MARKS = {"ok": "ok  ", "warning": "WARN", "critical": "CRIT"}


@click.command()
@json_option
@pass_app
def doctor(app: App, as_json: bool) -> int:
    """Examine the installation and say what to type.

    Changes nothing. Exit status 0 ok, 1 warning, 2 critical.
    """
    from dataclasses import asdict

    from miyabi_dw.operations.doctor import examine, worst
    from miyabi_dw.operations.doctor.diagnosis import STATES

    found = examine(app.database, app.settings, app.now)
    if as_json:
        print_json({"verdict": worst(found), "diagnoses": [asdict(diagnosis) for diagnosis in found]})
    else:
        for diagnosis in found:
            evidence = f" ({diagnosis.evidence})" if diagnosis.evidence else ""
            click.echo(told(f"{MARKS[diagnosis.state]}  ", f"{diagnosis.name}: {diagnosis.cause}{evidence}"))
            if diagnosis.remedy and diagnosis.state != "ok":
                click.echo(told("      → ", diagnosis.remedy))
    return STATES.index(worst(found))


commands = (doctor,)
