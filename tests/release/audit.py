"""Asks whether a locked dependency has a known vulnerability; a part of `make check`.

Fails on one that a later version mends. Where no service answers it says so in a line, and nothing fails. One request a
package takes 10 to 20 seconds in all, so that a good answer counts for a day, unless the packages change.
"""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

SERVICE = "https://api.osv.dev/v1/query"
LOCKED = Path("requirements-dev.txt")
LAST_GOOD = Path(sys.prefix) / ".audited"
DAY_SECONDS = 86_400
PROBE_SECONDS, AUDIT_SECONDS = 10, 60
# Known to be vulnerable: a service that knows nothing of it, such as a mirror's empty answer, would let everything pass.
VULNERABLE = {"package": {"name": "requests", "ecosystem": "PyPI"}, "version": "2.19.0"}


@dataclass(frozen=True)
class Found:
    package: str
    version: str
    name: str
    mended_in: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {self.name}, {self.remedy}"

    @property
    def remedy(self) -> str:
        return f"mended in {' and '.join(self.mended_in)}" if self.mended_in else "not mended in any version yet"


def main() -> int:
    return audit(LOCKED, os.environ.get("OSV_URL", SERVICE), LAST_GOOD)


def audit(requirements: Path, url: str, last_good: Path, patience: float = PROBE_SECONDS) -> int:
    """1 where a vulnerability is known that a later version mends; says what was found, or why nothing was asked."""
    if was_good_today(requirements, last_good):
        return 0
    try:
        found = [*ask(requirements, url)] if knows_vulnerabilities(url, patience) else None
    except subprocess.TimeoutExpired:
        found = None
    if found is None:
        print("dependencies were not audited: no vulnerability service answers from here")
        return 0
    for each in found:
        print(each)
    if any(each.mended_in for each in found):
        return 1
    last_good.touch()
    return 0


def was_good_today(requirements: Path, last_good: Path) -> bool:
    since = last_good.stat().st_mtime if last_good.exists() else 0
    return since > max(requirements.stat().st_mtime, time.time() - DAY_SECONDS)


def knows_vulnerabilities(url: str, patience: float) -> bool:
    """Whether it can be asked. Looking a host up can take longer than any timeout of a socket, hence the thread."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(_is_known(url, patience)), daemon=True)
    thread.start()
    thread.join(patience)
    return any(answers)


def _is_known(url: str, patience: float) -> bool:
    request = urllib.request.Request(url, json.dumps(VULNERABLE).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=patience) as answer:
            return bool(json.load(answer).get("vulns"))
    except (URLError, OSError, ValueError, AttributeError):
        return False


def ask(requirements: Path, url: str) -> Iterator[Found]:
    """What pip-audit finds of the file's packages; TimeoutExpired when the service is too slow."""
    words = ["-r", str(requirements), "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    words += ["--vulnerability-service", "osv", "--osv-url", url, "--format", "json"]
    program = Path(sys.executable).with_name("pip-audit")
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=AUDIT_SECONDS)
    if not done.stdout.startswith("{"):
        raise SystemExit(f"pip-audit failed: {done.stderr.strip()}")
    for package in json.loads(done.stdout)["dependencies"]:
        yield from _of(package)


def _of(package: Mapping[str, str | list[dict[str, object]]]) -> Iterator[Found]:
    for each in package.get("vulns", []):
        yield Found(package["name"], package["version"], each["id"], tuple(each["fix_versions"]))


if __name__ == "__main__":
    sys.exit(main())
