"""What the service refuses to start on."""

from pathlib import Path

import pytest

from companion.errors import BadInput
from tests.readings.influx_fake import fake_influx
from tests.world import World


def test_the_service_does_not_start_on_a_store_that_cannot_erase_one_patient(tmp_path: Path) -> None:
    with fake_influx() as server:
        server.is_version("3.0.1")

        with pytest.raises(BadInput, match=r"COMPANION_READINGS_URL: InfluxDB 3\.0\.1 cannot erase one patient"):
            World(tmp_path, readings_url=f"influxdb+v2://127.0.0.1:{server.port}/readings?org=clinic")


def test_the_service_starts_on_a_store_that_can(tmp_path: Path) -> None:
    world = World(tmp_path, readings_url=f"sqlite:///{tmp_path / 'elsewhere' / 'readings.db'}")

    world.measure(150)

    assert [reading.value for reading in world.readings()] == [150]
    assert (tmp_path / "elsewhere" / "readings.db").exists()


def test_an_engine_nobody_knows_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="COMPANION_READINGS_URL: no readings store for 'mysql'"):
        World(tmp_path, readings_url="mysql://db/readings")
