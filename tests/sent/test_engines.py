"""Files whose texts one of the engines could not keep: told alike on each."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.db import make_engine, reading, writing
from companion.devices.uploaded_files import FileState, UploadedFile
from companion.migrations import upgrade
from companion.readings.reading import Metric
from companion.sent import files
from companion.sent.work import go_on
from companion.services import Services, build_services
from tests.people import NOON, Cast, add_cast
from tests.servers import own_database
from tests.web.conftest import FakeClock, settings_with


@pytest.fixture(params=["sqlite", "postgresql"])
def clinic(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Services, Cast]]:
    """The small cast on each engine."""
    if request.param == "sqlite":
        yield opened(f"sqlite:///{tmp_path / 'companion.db'}", tmp_path)
        return
    with own_database(request.getfixturevalue("postgresql_url")) as url:
        services, cast = opened(url, tmp_path)
        yield services, cast
        services.engine.dispose()


def opened(url: str, folder: Path) -> tuple[Services, Cast]:
    upgrade(make_engine(url))
    services = build_services(
        settings_with(
            DATABASE_URL=url,
            ORIGINALS_FOLDER=str(folder),
            AUDIT_KEY_FILE=f"{folder}.key",
            MASTER_KEY_FILE=f"{folder}.master",
        ),
        FakeClock(),
    )
    with writing(services.engine) as session:
        return services, add_cast(session)


def take(clinic: tuple[Services, Cast], device: str, name: str) -> UploadedFile:
    """The patient sends a value of that device, and says yes if the file can be read."""
    services, cast = clinic
    told = {
        "type": "smbg",
        "time": NOON.isoformat(),
        "units": "mg/dL",
        "value": 100,
        "deviceId": device,
        "uploadId": "u",
    }
    kept = services.originals.keep(cast.patient.public_id, io.BytesIO(json.dumps([told]).encode()), files.AT_MOST)
    with writing(services.engine) as session:
        file_id = files.add_file(session, cast.patient, cast.patient, name, kept, NOON).id
    go_on(services.stores, services.originals, file_id, services.clock)
    with writing(services.engine) as session:
        file = session.get_one(UploadedFile, file_id)
        if file.state == FileState.SEEN:
            files.say_yes(session, file, 1, NOON, soon=NOON)
    go_on(services.stores, services.originals, file_id, services.clock)
    with reading(services.engine) as session:
        return session.get_one(UploadedFile, file_id)


def stored(clinic: tuple[Services, Cast]) -> int:
    services, cast = clinic
    return len(services.store.latest(cast.patient.public_id, Metric.GLUCOSE, 9))


def test_a_zero_byte_in_a_devices_name_reaches_no_store(clinic: tuple[Services, Cast]) -> None:
    file = take(clinic, "me\0ter", "meter.json")

    assert (file.state, stored(clinic)) == (FileState.UNREADABLE, 0)
    assert "zero bytes" in file.problem


def test_a_zero_byte_in_a_files_name_is_left_out(clinic: tuple[Services, Cast]) -> None:
    file = take(clinic, "meter", "me\0ter.json")

    assert (file.filename, stored(clinic)) == ("meter.json", 1)
