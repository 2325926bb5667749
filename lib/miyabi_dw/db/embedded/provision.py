"""Makes the embedded server's roles, passwords and two databases; running it again changes nothing."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import subprocess
from pathlib import Path

from miyabi_dw.common.errors import ServerFailed
from miyabi_dw.common.files import write_private
from miyabi_dw.common.paths import SQL
from miyabi_dw.db.embedded.layout import PORT, Layout

SUPERUSER = "postgres"
OWNER, ETL, ANALYST, SOURCE_READER = "miyabi_owner", "miyabi_etl", "miyabi_analyst", "miyabi_source"
# Whom the program reads as: a member of the analysts, whose own role nobody logs in as.
READER = "miyabi_reader"
SOURCE, WAREHOUSE = "miyabi", "miyabi_dw"
LOGINS = (SUPERUSER, OWNER, ETL, READER, SOURCE_READER)
# Each connection pays for them, and they protect passwords that can be guessed; these are 192 random bits.
ITERATIONS = 1


def passwords(layout: Layout) -> dict[str, str]:
    """The password of each login, made once and kept in a file that only its owner can read."""
    try:
        kept: dict[str, str] = json.loads(layout.credentials.read_text(encoding="utf-8"))
        return kept
    except FileNotFoundError:
        if (layout.data / "PG_VERSION").exists():
            raise ServerFailed(
                "the passwords of the embedded server are gone",
                str(layout.credentials),
                f"restore the file, or remove {layout.root} to begin with an empty server",
                code="server-passwords-lost",
            ) from None
        made = {login: secrets.token_urlsafe(24) for login in LOGINS}
        _keep(layout, made)
        return made
    except ValueError as error:
        raise ServerFailed("the passwords cannot be read", str(layout.credentials), "restore the file") from error


def _keep(layout: Layout, made: dict[str, str]) -> None:
    write_private(layout.credentials, json.dumps(made, indent=2) + "\n")


def provision(layout: Layout, psql: Path, sockets: Path, lock: int) -> None:
    """Roles first, then the databases, then what each role may do in them.

    `lock` is the descriptor of the lock that the caller holds. psql inherits it: when the caller is killed, whoever
    comes next waits until psql has ended, too.
    """
    own = passwords(layout)
    if new := {login: secrets.token_urlsafe(24) for login in LOGINS if login not in own}:
        own = own | new
        _keep(layout, own)
    verifiers = {login: scram_verifier(own[login]) for login in LOGINS[1:]}
    steps = [
        *(("-c", f"\\getenv {login} {login.upper()}") for login in verifiers),
        *_files("roles", "logins", "databases"),
        ("-c", f"\\connect {SOURCE}"),
        *_files("source_grants"),
        ("-c", f"\\connect {WAREHOUSE}"),
        *_files("extensions", "warehouse_grants"),
    ]
    # All values travel in the environment: the process list shows arguments to everybody.
    environment = {"PATH": os.defpath, "PGHOST": str(sockets), "PGPORT": str(PORT), "PGDATABASE": "postgres"}
    environment |= {"PGUSER": SUPERUSER, "PGPASSWORD": own[SUPERUSER]}
    # Without notices psql writes nothing unless it fails, so a caller's death does not end it half way.
    environment |= {"PGOPTIONS": "-c client_min_messages=warning"}
    environment |= {login.upper(): verifier for login, verifier in verifiers.items()}
    command = [str(psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", *(part for step in steps for part in step)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, pass_fds=(lock,)
    )
    if done.returncode:
        raise ServerFailed(
            f"the embedded server could not be set up: {done.stderr.strip()}",
            "sql/db/server",
            "correct it and try again",
        )


def _files(*names: str) -> list[tuple[str, str]]:
    return [("-f", str(SQL / "db" / "server" / f"{name}.sql")) for name in names]


def fingerprint() -> str:
    """Changes when a provisioning file does."""
    digest = hashlib.sha256()
    for path in sorted((SQL / "db" / "server").glob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def scram_verifier(password: str) -> str:
    """What the server keeps of a password (RFC 5802), so that the password itself is in no statement and no log."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored_key = hashlib.sha256(_mac(salted, b"Client Key")).digest()
    server_key = _mac(salted, b"Server Key")
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored_key)}:{_text(server_key)}"


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
