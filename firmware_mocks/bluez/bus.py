"""A D-Bus daemon of one's own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@contextmanager
def private_bus(folder: Path) -> Iterator[str]:
    """The address of a bus that lives in the folder while the context lasts. Needs `dbus-daemon`.

    A process that is given it as DBUS_SYSTEM_BUS_ADDRESS takes it for the system's.
    """
    configuration = folder / "bus.conf"
    configuration.write_text(CONFIGURATION.format(socket=folder / "bus"), encoding="utf-8")
    daemon = subprocess.Popen(  # noqa: S603 - our own folder
        ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address=1"],  # noqa: S607
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it complains of limits that it may not raise
        text=True,
    )
    assert daemon.stdout
    try:
        address = daemon.stdout.readline().strip()
        if not address:
            raise RuntimeError("dbus-daemon did not start")
        yield address
    finally:
        daemon.terminate()
        daemon.wait()
        daemon.stdout.close()
