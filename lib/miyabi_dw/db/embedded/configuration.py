"""The embedded server's postgresql.conf and pg_hba.conf."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from miyabi_dw.db.embedded.layout import PORT, Layout

if TYPE_CHECKING:
    from miyabi_dw.common.settings import Settings

HOST_RULES = "# Only the local socket, and only with a password.\nlocal all all scram-sha-256\n"
SMALL_SHARED_MEMORY = 1 << 30


def server_configuration(settings: "Settings", layout: Layout) -> str:
    """The text of postgresql.conf; a postgresql.conf in the home adds to it and wins."""
    lines = [f"{name} = {_quoted(value)}" for name, value in _values(settings, layout).items()]
    return "\n".join([*lines, f"include_if_exists = {_quoted(layout.home / 'postgresql.conf')}", ""])


def _values(settings: "Settings", layout: Layout) -> dict[str, object]:
    return {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": layout.sockets,
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": settings.server_max_connections,
        "shared_preload_libraries": "pg_stat_statements",
        "pg_stat_statements.track_planning": "off",
        "client_connection_check_interval": "5s" if os.uname().sysname == "Linux" else "0",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "ISO, YMD",
        "logging_collector": "on",
        "log_directory": layout.logs,
        # One file for each day of the month, overwritten a month later: the log cannot fill the disk.
        "log_filename": "postgresql-%d.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_line_prefix": "%m [%p] %a ",
        **_memory(settings),
        **_durability(settings),
    }


def _memory(settings: "Settings") -> dict[str, object]:
    """Shares of the machine's memory: the server is not the only one on it."""
    memory = settings.server_memory_mb or machine_memory_mb()
    processors = os.cpu_count() or 1
    return {
        # It starts for a run and stops when idle, so its buffers are always new, and to touch new memory takes longer
        # than to ask the kernel's cache again: more of them make a large load slower.
        "shared_buffers": f"{_between(128, memory // 8, 512)}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "work_mem": f"{_between(8, memory // 256, 64)}MB",
        "maintenance_work_mem": f"{_between(64, memory // 32, 512)}MB",
        "max_worker_processes": 4 + processors,
        "max_parallel_workers": processors,
        "max_parallel_workers_per_gather": _between(0, processors // 2, 4),
        "dynamic_shared_memory_type": "mmap" if _shared_memory_is_small() else "posix",
        "random_page_cost": "1.1",
        # Compiling pays for queries of many seconds, ours last milliseconds.
        "jit": "off",
    }


def _durability(settings: "Settings") -> dict[str, object]:
    safe = "on" if settings.server_durable else "off"
    return {
        "fsync": safe,
        # Costs next to nothing without fsync, and a crash of a server process then loses no commit.
        "synchronous_commit": "on",
        "full_page_writes": safe,
        "wal_level": "minimal",
        "max_wal_senders": 0,
        # Compressing a page takes longer than writing it: who first read a month filled in bulk waited for that.
        "wal_compression": "off",
        "min_wal_size": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
    }


def machine_memory_mb() -> int:
    """What this process may use: the machine's memory, or its container's if that is less."""
    limits = [psutil.virtual_memory().total]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue
    return min(limits) >> 20


def _shared_memory_is_small() -> bool:
    """Containers often have 64 MB of /dev/shm, too little for a parallel hash join."""
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108 - looked at, not written
    except OSError:
        return True
    return found.f_frsize * found.f_blocks < SMALL_SHARED_MEMORY


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
