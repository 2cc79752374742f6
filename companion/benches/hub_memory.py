"""How much memory a hub takes that listens and has nothing to do."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from companion.benches.figure import Figure
from companion.hub import outgoing, paired
from companion.hub.process import spool_in
from companion.hub.token_file import Credentials, write_credentials

MOST_MB = 60.0
NOBODY = Credentials("http://127.0.0.1:9", "hb_bench", "no token", "UTC")
"""A service that cannot be reached: the hub has all that it needs to send, and waits."""
HUB = [sys.executable, "-m", "companion.cli", "hub"]
BARE = [sys.executable, "-c", "import bleak, time; bleak.BleakScanner; time.sleep(60)"]
READ_WITHIN_S, SETTLE_S = 60.0, 3.0


def measure(folder: Path) -> list[Figure]:
    """The hub's resident memory once it has read a meter and listens on, over bleak's own BlueZ backend where there is
    a dbus-daemon for the stand-in; beside an interpreter that only imported bleak."""
    with _devices() as (environment, meter):
        hub = _hub_memory_mb(folder, environment, meter)
        bare = _memory_mb(BARE, lambda: None)
    return [
        Figure(
            "hub at home, idle after reading a meter" if meter else "hub at home, idle without a radio",
            "resident memory",
            hub,
            bare,
            "an interpreter that imported bleak, and nothing else",
            0,
            per="MB",
            at_most=MOST_MB,
        )
    ]


@contextmanager
def _devices() -> Iterator[tuple[list[str], str]]:
    """The settings with which a virtual meter is near, and the meter's address; "" where none can be."""
    if shutil.which("dbus-daemon") is None:
        yield [], ""
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks.bluez"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield [f"DBUS_SYSTEM_BUS_ADDRESS={ready['bus']}"], ready["meter"]
    finally:
        process.terminate()
        process.wait(10)


def _hub_memory_mb(folder: Path, environment: list[str], meter: str) -> float:
    write_credentials(folder, NOBODY)
    spool = spool_in(folder)
    if meter:
        paired.add(spool, meter, "meter", "Meter", may_empty=False)
        spool.execute("UPDATE device SET is_paired = 1")

    def wait_until_read() -> None:
        end = time.monotonic() + READ_WITHIN_S
        while meter and not _was_read():
            if time.monotonic() > end:
                raise RuntimeError("the hub did not read the virtual meter")
            time.sleep(0.2)

    def _was_read() -> bool:
        return any(device.last_read_at for device in paired.devices(spool)) and outgoing.waiting(spool) > 0

    try:
        chosen = [*environment, f"COMPANION_HUB_FOLDER={folder}", "COMPANION_BLUETOOTH_BACKEND="]
        return _memory_mb(["env", *chosen, *HUB], wait_until_read)
    finally:
        spool.close()


def _memory_mb(line: list[str], wait_until_idle: Callable[[], None]) -> float:
    """Of the process once it is idle: what the system counts as resident, in megabytes of 10^6 bytes."""
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_until_idle()
        time.sleep(SETTLE_S)
        return _resident_kb(process.pid) * 1024 / 1e6
    finally:
        process.terminate()
        process.wait(10)


def _resident_kb(process_id: int) -> int:
    """By Linux: hubs run on it."""
    status = Path(f"/proc/{process_id}/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))
