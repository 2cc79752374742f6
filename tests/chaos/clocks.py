"""The time of the world, which we make pass, and that of the service's machines, which may be wrong: libfaketime reads
it from a file that we write while they run."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from companion.clock import system_clock
from tests.servers import require

ROOT = Path(__file__).parents[2]
FAKED = Path(__file__).parent / "faked"
"""What Python needs under that library."""
LIBRARIES = "*/faketime/libfaketimeMT.so.1"


def libfaketime() -> Path:
    """Debian's; without it there is no chaos."""
    found = sorted(Path("/usr/lib").glob(LIBRARIES))
    require(found, "faketime")
    return found[0]


class Clocks:
    """`world()` is what everybody's clock shows but the service's. It never goes back; the service's may."""

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, Lock()
        self._passed, self._wrong = timedelta(0), timedelta(0)
        self._write()

    def world(self) -> datetime:
        return system_clock() + self._passed

    def service(self) -> datetime:
        return self.world() + self._wrong

    def pass_time(self, by: timedelta) -> None:
        """So much time passes for everybody at once."""
        with self._lock:
            self._passed += by
            self._write()

    def set_wrong(self, by: timedelta) -> None:
        """The service's clocks are ahead by that, or behind."""
        with self._lock:
            self._wrong = by
            self._write()

    def environment(self) -> dict[str, str]:
        """For a process of the service's machines. What measures spans goes on undisturbed, as on a real machine whose
        clock is set; what files say of their age does, too: gunicorn looks at it."""
        return {
            "PYTHONPATH": os.pathsep.join([str(FAKED), str(ROOT)]),
            "LD_PRELOAD": str(libfaketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def _write(self) -> None:
        """Whole or not at all: it is read all the time."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{(self._passed + self._wrong).total_seconds():+.0f}\n")
        os.replace(draft, self._file)
