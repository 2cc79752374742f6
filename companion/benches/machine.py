"""The machine that measures, in general words: nothing that tells which one it is."""

import os
import platform
import re
import sqlite3
from pathlib import Path

_PROCESSOR = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)
_MEMORY = re.compile(r"^MemTotal:\s*([0-9]+) kB$", re.MULTILINE)


def machine() -> str:
    """Processor, cores, memory, operating system, and the versions of Python and SQLite; what cannot be told here is
    left out."""
    processor, memory = _PROCESSOR.search(_proc("cpuinfo")), _MEMORY.search(_proc("meminfo"))
    told = (
        processor[1] if processor else platform.machine(),
        f"{os.cpu_count()} cores",
        f"{round(int(memory[1]) / 1024**2)} GB of memory" if memory else "",
        platform.system(),
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    )
    return ", ".join(filter(None, told))


def _proc(name: str) -> str:
    path = Path("/proc") / name
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
