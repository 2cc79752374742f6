"""A house in which the whole loop can be walked by browser: a small world, with logins, behind the pages."""

from pathlib import Path

import pytest

from tests.web.loop.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
