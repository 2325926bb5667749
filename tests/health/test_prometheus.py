"""What a Prometheus node exporter is given to read, read back by Prometheus' own parser."""

from decimal import Decimal
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from miyabi_dw.cli.monitor import write_prometheus
from miyabi_dw.monitor.findings import Finding

FINDINGS = [
    Finding("fact_growth", "warning", "Few rows.", Decimal("12.5"), "rows/day"),
    Finding("warehouse", "ok", "The warehouse answers."),
    Finding('odd "name"\\ of\ntwo lines', "critical", "Broken.", Decimal(3), "%"),
]


def samples(path: Path) -> dict[str, dict[tuple[str, ...], float]]:
    """Labels' values and value of each sample, by the metric's name; every metric must be a gauge."""
    families = list(text_string_to_metric_families(path.read_text(encoding="utf-8")))
    assert {family.type for family in families} == {"gauge"}
    return {family.name: {tuple(one.labels.values()): one.value for one in family.samples} for family in families}


def test_every_finding_has_a_level_and_every_number_its_value_and_unit(tmp_path: Path) -> None:
    path = tmp_path / "made" / "miyabi.prom"
    write_prometheus(path, FINDINGS)
    assert samples(path) == {
        "miyabi_level": {("fact_growth",): 1, ("warehouse",): 0, ('odd "name"\\ of\ntwo lines',): 2},
        "miyabi_value": {("fact_growth", "rows/day"): 12.5, ('odd "name"\\ of\ntwo lines', "%"): 3},
    }
    assert 'miyabi_level{metric="warehouse"} 0.0' in path.read_text(encoding="utf-8").splitlines()


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "miyabi.prom"
    write_prometheus(path, FINDINGS)
    write_prometheus(path, FINDINGS[1:2])
    assert samples(path) == {"miyabi_level": {("warehouse",): 0}, "miyabi_value": {}}
    assert list(tmp_path.iterdir()) == [path]
