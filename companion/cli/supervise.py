"""Runs `serve` and `jobs` beside each other: one command for a small machine. If one ends, both do."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from types import FrameType

from companion.errors import BadInput
from companion.settings import Settings

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0


class _Stopped(Exception):
    """Somebody asked the whole to stop."""


def supervise(settings: Settings, when_ready: Callable[[], None]) -> None:
    """Starts both processes, calls `when_ready` once pages are served, and stays until it is stopped.

    Raises BadInput when a process ends by itself: the service is not whole without both.
    """
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    processes = {name: _start(name) for name in ("serve", "jobs")}
    try:
        _wait_until_ready(settings, processes)
        when_ready()
        while True:
            _check(processes)
            time.sleep(0.5)
    except _Stopped:
        return
    finally:
        _end(processes)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stopped


def _start(name: str) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches this process alone, which then ends both in order.
    return subprocess.Popen([sys.executable, "-m", "companion.cli", name], start_new_session=True)  # noqa: S603


def _wait_until_ready(settings: Settings, processes: "dict[str, subprocess.Popen[bytes]]") -> None:
    for _ in range(int(START_TIMEOUT_S / 0.2)):
        _check(processes)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{settings.port}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)  # not yet listening
    raise BadInput(f"no page was served within {START_TIMEOUT_S:.0f} seconds", where="serve", advice="see its messages")


def _check(processes: "dict[str, subprocess.Popen[bytes]]") -> None:
    for name, process in processes.items():
        if process.poll() is not None:
            raise BadInput(f"ended with code {process.returncode}", where=name, advice="see its messages above")


def _end(processes: "dict[str, subprocess.Popen[bytes]]") -> None:
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    for process in processes.values():
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
