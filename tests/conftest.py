"""What every folder of tests may ask for."""

from pathlib import Path

import pytest

from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Anna, her doctor, her family and her meter, on a Wednesday morning."""
    return World(tmp_path)
