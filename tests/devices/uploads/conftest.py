"""The zones the small cast of these tests lives in."""

from zoneinfo import ZoneInfo

import pytest


@pytest.fixture
def zone_of_new_york() -> ZoneInfo:
    return ZoneInfo("America/New_York")


@pytest.fixture
def zone_of_berlin() -> ZoneInfo:
    return ZoneInfo("Europe/Berlin")
