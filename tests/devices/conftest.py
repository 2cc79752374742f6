"""The ways to a device that are tested alike."""

from functools import partial

import pytest

from tests.bluez.house import radio_over
from tests.devices import air
from tests.devices.air import RadioOn


@pytest.fixture(params=["virtual radio", "BlueZ"])
def radio_on(request: pytest.FixtureRequest) -> RadioOn:
    """bleak with a backend of our own, or with its own on Linux."""
    if request.param == "virtual radio":
        return air.radio_on
    return partial(radio_over, request.getfixturevalue("system_bus"))
