"""A house for the pages of the care programme: Anna's small world, with logins."""

from pathlib import Path

import pytest

from tests.web.loop.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
