"""Builds a release into dist/: wheel, sdist, a bill of materials and checksums; run by `make release`.

From the last commit alone, whatever lies in the working tree, so that two builds of one commit are equal byte for byte.
"""

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

# setuptools changes the arguments of its process.
CALL = """
import sys
from setuptools import build_meta
folder = sys.argv[1]
build_meta.build_wheel(folder)
build_meta.build_sdist(folder)
"""
NAME, SUMS = "miyabi-dw", "SHA256SUMS"


def main() -> None:
    """Builds the commit that is checked out and says what lies where."""
    folder = Path("dist")
    if git("status", "--porcelain", "--untracked-files=no"):
        print("what is not committed is not in the release", file=sys.stderr)
    with TemporaryDirectory() as name:
        build(Path.cwd(), Path(name))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in Path(name).iterdir():
            shutil.copyfile(path, folder / path.name)
    print((folder / SUMS).read_text(encoding="utf-8"), end="")
    print(f"the release is in {folder}; `cd {folder} && sha256sum --check {SUMS}` checks it")


def build(project: Path, folder: Path) -> None:
    """All files of a release, made in the folder; `project` is a clone."""
    with TemporaryDirectory() as name:
        export, epoch = Path(name), int(git("log", "-1", "--format=%ct", at=project))
        unpack(project, export)
        # Modes in a wheel are those of the files, and setuptools dates entries by this variable.
        environment = os.environ | {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
        command = [sys.executable, "-c", CALL, str(folder)]
        subprocess.run(command, cwd=export, env=environment, check=True, stdout=subprocess.DEVNULL, umask=0o022)
        level(next(folder.glob("*.tar.gz")), epoch)
        (folder / "sbom.cdx.json").write_text(bill_of_materials(export, version_of(folder)), encoding="utf-8")
    sums = [f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(sums), encoding="utf-8")


def git(*words: str, at: Path = Path()) -> str:
    return subprocess.run(["git", *words], cwd=at, check=True, capture_output=True, text=True).stdout.strip()


def unpack(project: Path, folder: Path) -> None:
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=project, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def level(path: Path, epoch: int) -> None:
    """Packs an sdist again without what differs from build to build: order, times, owners, the time of packing."""
    with tarfile.open(path) as tar:
        members = sorted(((each, content(tar, each)) for each in tar.getmembers()), key=lambda pair: pair[0].name)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member, data in members:
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.pax_headers = {}
            tar.addfile(member, io.BytesIO(data))
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=epoch))


def content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file else b""


def version_of(folder: Path) -> str:
    return next(folder.glob("*.whl")).name.split("-")[1]


def bill_of_materials(project: Path, version: str) -> str:
    """CycloneDX, of the locked requirements: what an installation with all its dependencies consists of."""
    words = ["requirements", "requirements.txt", "--output-reproducible", "--no-validate", "--output-format", "JSON"]
    program = Path(sys.executable).with_name("cyclonedx-py")
    made = subprocess.run([program, *words], cwd=project, check=True, capture_output=True, text=True).stdout
    bill = json.loads(made)
    purl = f"pkg:pypi/{NAME}@{version}"
    bill["metadata"]["component"] = {
        "type": "application",
        "name": NAME,
        "version": version,
        "bom-ref": purl,
        "purl": purl,
    }
    for part in bill["components"]:
        # In place of the line of the file, hashes and all: a name that other bills have for it, and where it is needed.
        part["bom-ref"] = part["purl"]
        marker = part.pop("description").partition(";")[2].partition("--hash")[0].strip()
        if marker:
            part["description"] = f"needed where {marker}"
    needed = sorted(part["bom-ref"] for part in bill["components"])
    bill["dependencies"] = [{"ref": purl, "dependsOn": needed}, *({"ref": ref} for ref in needed)]
    return json.dumps(bill, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
