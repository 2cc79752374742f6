"""The processes of a clinic: started for real, killed and stopped as the storm wants, and started again as systemd
would."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOOK_S = 0.1
STOP_S = 15.0


class Part:
    """One process with its workers, in a process group of its own. Safe to be killed by one thread while another looks
    whether it ended."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.name, self.starts, self.started_at = name, 0, 0.0
        self._command, self._folder, self._environment = command, folder, environment
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def kind(self) -> str:
        """web, jobs or hub."""
        return self.name.partition("-")[0]

    def start(self) -> None:
        with self._lock, (self._folder / f"{self.name}.log").open("ab") as log:
            self.starts, self.started_at = self.starts + 1, time.monotonic()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "companion.cli", *self._command],
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_if_ended(self) -> None:
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                self.start()

    def send(self, number: signal.Signals) -> None:
        """To the whole group."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                os.killpg(self._process.pid, number)

    def kill_worker(self, whom: int) -> bool:
        """One of its children; whether there is any."""
        with self._lock:
            found = self.pids()[1:]
            if not found:
                return False
            os.kill(found[whom % len(found)], signal.SIGKILL)
            return True

    def pids(self) -> list[int]:
        """Its own, and those of its children."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                return []
            own = self._process.pid
            children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
            return [own, *map(int, children)]

    def stop(self) -> None:
        """In order, for good."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Keeper:
    """Starts every part again that ended, whoever ended it."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts, self._stopped = parts, threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> "Keeper":
        for part in self.parts:
            part.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        for part in self.parts:
            part.send(signal.SIGCONT)
            part.stop()

    def starts(self) -> Counter[str]:
        """How often each was started."""
        return Counter({part.name: part.starts for part in self.parts})

    def _keep(self) -> None:
        while not self._stopped.is_set():
            for part in self.parts:
                part.start_if_ended()
            time.sleep(LOOK_S)


def own_environment() -> dict[str, str]:
    """Ours, without the settings that somebody made for another installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
    return kept | {"PYTHONPATH": str(ROOT)}
