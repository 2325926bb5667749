"""How far a sync is reaches whoever waits for it in another process."""

import time
from pathlib import Path

from miyabi_dw.connect.progress import followed, told


def test_how_far_a_sync_is_reaches_who_waits_for_it(tmp_path: Path) -> None:
    heard: list[tuple[int, int, str]] = []
    (tmp_path / "connections").mkdir()
    with followed(tmp_path, lambda *step: heard.append(step)), told(tmp_path) as tell:
        tell(3, 23, "MB of agents")
        deadline = time.monotonic() + 10
        while not heard and time.monotonic() < deadline:
            time.sleep(0.05)
    assert heard[0] == (3, 23, "MB of agents")
    assert not [*(tmp_path / "connections").iterdir()]


def test_a_folder_that_is_gone_does_not_stop_the_sync(tmp_path: Path) -> None:
    with told(tmp_path / "none") as tell:
        tell(1, 2, "MB")
