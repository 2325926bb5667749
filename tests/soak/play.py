"""Days of a warehouse's life with all that can happen on them, the same for the same seed but for what chance does to processes.

    make soak SEED=7

Each day brings rows, late ones, changes and deletions, a tick of the scheduler, and one fault of those below. After
each the operator does what the documents say, until the day is loaded. What must be so in the end stands in checks.py.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil

from etl.kit import DAILY
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db.embedded.provision import WAREHOUSE
from servers import quick_place
from soak import checks
from soak.home import SEGMENT_MB, Home, wait
from support import odd_histories, synthetic

FIRST = date(2026, 1, 13)
# Due at 02:00 in Tokyo; both pipelines are then.
DUE = timedelta(hours=17, minutes=10)
FAULTS = (
    "the scheduler's process is killed", "two schedulers tick at once", "the server is killed",
    "the runner's disk is full", "nothing", "the server is stopped", "a kernel is killed", "the server's disk is full",
    "the host is off",
)  # fmt: skip
LONGEST_FILE = 20_000
# Of some 300 bytes each.
MANY = 6_000
LONGEST_BACKUP = 8.0
TRIES = 4
BEGUN = """
    SELECT count(*) FROM ops.stage_attempt AS attempt INNER JOIN ops.run USING (run_id)
    WHERE run.state = 'running' AND attempt.stage LIKE %s
"""


@dataclass
class Play:
    """`faults` are those of the first days; the others are drawn, each kind as often as any other."""

    home: Home
    seed: int
    days: int
    faults: Sequence[str] = ()
    drawn: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.backup_day, self.recovery_day = (FIRST + timedelta(days=self.days * part // 3) for part in (1, 2))
        self.is_long = self.days > len(FAULTS)

    def go(self) -> list[str]:
        """Plays all days; what is not as it must be in the end."""
        print(f"SEED={self.seed} DAYS={self.days}", flush=True)
        self.home.set_up()
        for number in range(self.days):
            day = FIRST + timedelta(days=number)
            began, fault = time.monotonic(), self._fault(number)
            self._day(day, fault)
            print(f"{day}: {fault}; {time.monotonic() - began:.0f} s", flush=True)
        return checks.found(self.home, FIRST, self.last_day)

    @property
    def last_day(self) -> date:
        return FIRST + timedelta(days=self.days - 1)

    def _fault(self, number: int) -> str:
        """Of the day of this number; the last one is quiet, so that whatever was left can be made good."""
        if number == self.days - 1:
            return "nothing"
        if number < len(self.faults):
            return self.faults[number]
        if not self.drawn:
            self.drawn = list(FAULTS)
            self.random.shuffle(self.drawn)
        return self.drawn.pop()

    def _day(self, day: date, fault: str) -> None:
        self._feed(day)
        if fault == "the server's disk is full":
            self._feed_much(day)
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) + DUE
        getattr(self, f"_{fault.replace(' ', '_').replace(chr(39), '')}")(now)
        if self.is_long and day == self.backup_day:
            self._back_up(now)
        if self.is_long and day == self.recovery_day:
            self._recover(now)
        if fault != "the host is off":
            self._mend(day, now)

    def _feed(self, day: date) -> None:
        """The day's rows, up to an hour before the runs; those of days before, changes and deletions as chance wants."""
        with self.home.database.connect("source_owner", autocommit=True) as source:
            before = day - timedelta(days=1)
            synthetic.generate(
                source, n_issues=3, n_executions=12, first_day=before, last_day=before, seed=self._chance()
            )
            if day > FIRST and self.random.random() < 0.5:
                earlier = max(FIRST - timedelta(days=1), day - timedelta(days=9))
                synthetic.generate(
                    source, n_issues=0, n_executions=4, first_day=earlier, last_day=before, seed=self._chance()
                )
            if self.random.random() < 0.7:
                as_of = datetime(day.year, day.month, day.day, 12)
                synthetic.mutate(source, seed=self._chance(), as_of=as_of, share=0.1)
            for change in (odd_histories.delete, odd_histories.retry):
                if self.random.random() < 0.2:
                    change(source, self._chance())

    def _feed_much(self, day: date) -> None:
        """More executions than a file may hold while the disk is full."""
        before = day - timedelta(days=1)
        with self.home.database.connect("source_owner", autocommit=True) as source:
            synthetic.generate(
                source, n_issues=0, n_executions=MANY, first_day=before, last_day=before, seed=self._chance()
            )

    def _chance(self) -> int:
        return self.random.randrange(1, 10_000)

    # What the operator does

    def _mend(self, day: date, now: datetime) -> None:
        """Lets the scheduler try again; what it leaves, because no waiting heals it, is run by name."""
        for count in range(1, TRIES):
            assert self.home.is_quiet(), f"something still works: {self.home.processes()}"
            if self._is_loaded(day) and not self.home.miyabi.query(checks.UNMENDED):
                return
            if "started a worker" not in self._tick(now + timedelta(minutes=5 * count)):
                break
        assert self.home.is_quiet(), f"something still works: {self.home.processes()}"
        for left in self.home.miyabi.query(checks.UNMENDED):
            start = left["interval_start"]
            by_hour = left["pipeline"] != DAILY
            zone = self.home.settings.business_zone
            which = (
                ("--hour", start.strftime("%Y-%m-%dT%H+00:00"))
                if by_hour
                else ("--date", str(start.astimezone(zone).date()))
            )
            self.home.done("--as-of", now.isoformat(), "run", left["pipeline"], *which, good=(0, 1))

    def _is_loaded(self, day: date) -> bool:
        span = business_day(day, self.home.settings.business_zone)
        return checks.is_loaded(self.home.miyabi, span)

    def _back_up(self, now: datetime) -> None:
        killed = self.home.start("--as-of", now.isoformat(), "backup")
        time.sleep(self.random.uniform(1, LONGEST_BACKUP))
        self._kill(psutil.Process(killed.pid))
        killed.communicate()
        self.home.done("--as-of", now.isoformat(), "backup")

    def _recover(self, now: datetime) -> None:
        """The database is gone; what is younger than the backup is brought in by the runs that the documents name."""
        assert self.home.is_quiet()
        with self.home.database.connect("source_owner", autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{WAREHOUSE}" WITH (FORCE)')
        # The last line is the monitor's, which has much to say of a few odd days.
        self.home.done("--as-of", now.isoformat(), "recover", "database", "--backup", "latest", good=(0, 1, 2))
        last = now.astimezone(self.home.settings.business_zone).date() - timedelta(days=1)
        self.home.done(
            "--as-of", now.isoformat(), "backfill", DAILY, "--from", str(FIRST), "--to", str(last), good=(0, 1)
        )

    # What happens

    def _nothing(self, now: datetime) -> None:
        self._tick(now)

    def _the_host_is_off(self, now: datetime) -> None:
        """The next tick finds two days due."""

    def _two_schedulers_tick_at_once(self, now: datetime) -> None:
        words = ("--as-of", now.isoformat(), "schedule")
        both = [
            self.home.start(*words, "tick"),
            self.home.start(*words, "tick"),
            self.home.start(*words, "work", DAILY),
        ]
        for each in both:
            said, _ = each.communicate(timeout=600)
            assert each.returncode in (0, 1), said

    def _the_schedulers_process_is_killed(self, now: datetime) -> None:
        self._tick(now)
        self._wait_a_while()
        for worker in self.home.workers():
            self._kill(worker)

    def _a_kernel_is_killed(self, now: datetime) -> None:
        self._tick(now)
        self._wait_a_while()
        inner = [child for worker in self.home.workers() for child in worker.children(recursive=True)]
        if inner:
            self._kill(self.random.choice(inner))

    def _the_server_is_killed(self, now: datetime) -> None:
        self._tick(now)
        self._wait_a_while()
        self._kill(self.home.postmaster())

    def _the_server_is_stopped(self, now: datetime) -> None:
        self._tick(now)
        self._wait_a_while()
        self.home.done("server", "stop")

    def _the_runners_disk_is_full(self, now: datetime) -> None:
        self._tick(now, longest_file=LONGEST_FILE)
        assert self.home.is_quiet()

    def _the_servers_disk_is_full(self, now: datetime) -> None:
        with self._full_server():
            self._tick(now, good=(0, 1, 2))
            assert self.home.is_quiet()

    @contextmanager
    def _full_server(self) -> Iterator[None]:
        """No table, index or catalogue grows beyond a megabyte by whoever connects from now on."""
        server = self.home.postmaster()
        self._limit(server, f"{SEGMENT_MB << 20}:")
        try:
            yield
        finally:
            with suppress(psutil.NoSuchProcess):
                self._limit(server, "unlimited:")

    def _limit(self, server: psutil.Process, longest_file: str) -> None:
        """Only who has the server's own account may."""
        as_server = {"user": server.uids().real, "group": server.gids().real, "extra_groups": []}
        command = ["prlimit", f"--pid={server.pid}", f"--fsize={longest_file}"]
        subprocess.run(command, check=True, cwd="/", **(as_server if os.geteuid() == 0 else {}))

    def _tick(self, now: datetime, *, good: tuple[int, ...] = (0, 1), longest_file: int | None = None) -> str:
        """What the tick said. Status 1 says that a run was missed, which is so after some faults."""
        return self.home.done("--as-of", now.isoformat(), "schedule", "tick", good=good, longest_file=longest_file)

    def _wait_a_while(self) -> None:
        """Until a stage that chance wants has begun, and a moment more; or until nothing works any more."""
        stage = f"0{self.random.randint(1, 5)}_%"
        wait(lambda: bool(self.home.miyabi.value(BEGUN, stage)) or not self.home.workers())
        time.sleep(self.random.random())

    def _kill(self, process: psutil.Process) -> None:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def main(words: Sequence[str] | None = None) -> int:
    """Exit status 1 when something is not as it must be; the home is then kept for a look."""
    parser = argparse.ArgumentParser(description="Plays days of a warehouse's life, faults and all.")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    asked = parser.parse_args(words)
    folder = Path(tempfile.mkdtemp(prefix="miyabi-soak-", dir=quick_place()))
    home = Home(folder)
    try:
        wrong = Play(home, asked.seed, asked.days).go()
    finally:
        home.end()
    for line in wrong:
        print(line)
    print("all is as it must be" if not wrong else f"SEED={asked.seed}; the home is kept in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
