"""A system bus of the tests' own."""

import os
import shutil
from collections.abc import Iterator

import pytest

from firmware_mocks.bluez.bus import private_bus


@pytest.fixture
def system_bus(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address; bleak and the pairing agent take it for the system's."""
    if shutil.which("dbus-daemon") is None:
        if os.environ.get("CI"):
            pytest.fail("dbus-daemon is missing: deploy/install-test-packages installs it")
        pytest.skip("dbus-daemon is not installed: see deploy/install-test-packages")
    with private_bus(tmp_path_factory.mktemp("bus")) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address
