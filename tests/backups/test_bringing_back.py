"""What was backed up comes back, whole, into an empty machine and nowhere else."""

import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from companion.backups import manifest
from companion.backups.make import Made
from companion.backups.verify import verify
from companion.care.audit import AuditEntry
from companion.care.backup_notes import BackupMade, last_backup
from companion.db import make_engine, reading
from companion.errors import BadInput
from companion.migrations import downgrade
from companion.readings.opening import open_store
from companion.readings.reading import Reading
from companion.readings.store import ReadingStore
from companion.services import Services
from companion.settings import Settings
from tests.approvals import approve_increase
from tests.backups.machines import (
    KEY,
    RECIPIENT,
    back_up,
    bring_back,
    counts,
    counts_at,
    empty_machine,
    keep_file,
    services_in,
)
from tests.migrations.in_the_clear import unseal_texts
from tests.readings.backends import influx_database
from tests.servers import HttpServer, own_database
from tests.world import World

FILE = b"time,glucose (mg/dL)\n2026-03-01 08:00,140\n" * 9


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Anna has readings, doses, an approval and a file; all in one SQLite file. For tests that only read it."""
    folder = tmp_path_factory.mktemp("lost")
    return lived_in(World(folder), folder)


def lived_in(world: World, folder: Path) -> Services:
    approve_increase(world)
    services = services_in(world, folder)
    keep_file(services, world.anna.public_id, FILE)
    services.keep_audit()
    return services


@pytest.fixture(scope="module")
def made(services: Services) -> Made:
    return back_up(services, services.settings.originals_folder.parent / "a.backup")


@pytest.fixture
def elsewhere(services: Services, tmp_path: Path) -> Settings:
    return empty_machine(services.settings, tmp_path / "elsewhere")


def everything(store: ReadingStore) -> list[Reading]:
    return [reading for patient in store.patients() for reading in store.export_patient(patient)]


def test_every_row_and_every_file_comes_back(services: Services, made: Made, elsewhere: Settings) -> None:
    before = counts(services.engine)

    done = bring_back(elsewhere, made.path)

    after = counts_at(elsewhere)
    # That the backup was made is noted after it, in both of them; that it was brought back, in the new one.
    assert after == before | {"backup_made": 0}
    assert (done.audit is not None, done.audit and done.audit.wrong) == (True, 0)
    assert files_in(elsewhere) == files_in(services.settings) != {}


def files_in(settings: Settings) -> dict[str, bytes]:
    """As they are kept: sealed."""
    folder = settings.originals_folder
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_comes_back_on_postgresql_too(
    world_on_postgresql: World, postgresql_url: str, tmp_path: Path
) -> None:
    services = lived_in(world_on_postgresql, tmp_path)
    made = back_up(services, tmp_path / "a.backup")
    before = counts(services.engine)
    with own_database(postgresql_url) as url:
        elsewhere = empty_machine(services.settings, tmp_path / "elsewhere", database_url=url)

        done = bring_back(elsewhere, made.path)

        assert counts_at(elsewhere) == before | {"backup_made": 0}
        assert done.audit is not None
        assert done.audit.wrong == 0


def test_readings_in_a_file_of_their_own_come_back(tmp_path: Path) -> None:
    world = World(tmp_path, separate_readings=True)
    services = lived_in(world, tmp_path)
    made = back_up(services, tmp_path / "a.backup")
    folder = tmp_path / "elsewhere"
    elsewhere = empty_machine(services.settings, folder, readings_url=f"sqlite:///{folder / 'readings.db'}")

    bring_back(elsewhere, made.path)

    assert everything(open_store(elsewhere.readings_url)) == everything(services.store) != []


def test_readings_of_an_influxdb_come_back(influxdb_server: HttpServer, tmp_path: Path) -> None:
    with influx_database(influxdb_server) as old, influx_database(influxdb_server) as new:
        services = lived_in(World(tmp_path, readings_url=old), tmp_path)
        made = back_up(services, tmp_path / "a.backup")
        elsewhere = empty_machine(services.settings, tmp_path / "elsewhere", readings_url=new)

        bring_back(elsewhere, made.path)

        assert everything(open_store(new)) == everything(services.store) != []


def test_it_is_noted_in_the_audit_on_both_sides(services: Services, made: Made, elsewhere: Settings) -> None:
    bring_back(elsewhere, made.path)

    assert newest_act(services.settings) == "backup.made"
    assert newest_act(elsewhere) == "backup.restored"


def newest_act(settings: Settings) -> str:
    with reading(make_engine(settings.database_url)) as session:
        newest = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
        assert newest is not None
        return newest.action


def test_the_service_knows_how_old_the_newest_one_is(world: World, tmp_path: Path) -> None:
    services = services_in(world, tmp_path)
    with reading(services.engine) as session:
        before = last_backup(session)

    made = back_up(services, tmp_path / "a.backup")

    with reading(services.engine) as session:
        noted = session.query(BackupMade).one()
        after = last_backup(session)
    assert (before, after) == (None, made.manifest.instant)
    assert (noted.file, noted.bytes) == ("a.backup", made.path.stat().st_size)


def test_what_the_age_tool_would_see_is_age_and_nothing_else_is_readable(made: Made) -> None:
    content = made.path.read_bytes()

    assert content.count(b"age-encryption.org/v1") == len(made.manifest.pieces)
    assert b"Anna" not in content
    assert b"+49170" not in content
    assert RECIPIENT.encode() in content  # in the manifest: by it the right private key is found
    assert made.path.stat().st_mode & 0o077 == 0


def test_without_the_key_it_can_be_seen_to_be_whole(made: Made) -> None:
    told = verify(made.path, [])

    assert told == made.manifest


def test_the_schema_is_brought_up_to_date(world: World, tmp_path: Path) -> None:
    unseal_texts(world.engine)
    downgrade(world.engine, "0029")
    made = back_up(services_in(world, tmp_path), tmp_path / "a.backup")
    elsewhere = empty_machine(world.settings, tmp_path / "elsewhere")

    bring_back(elsewhere, made.path)

    assert made.manifest.revision == "0029"
    with make_engine(elsewhere.database_url).connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) > "0029"


def test_a_version_that_does_not_know_its_schema_refuses_it(made: Made, elsewhere: Settings, tmp_path: Path) -> None:
    told = with_another_manifest(made, tmp_path, revision="9999")

    with pytest.raises(BadInput, match="has the schema 9999"):
        bring_back(elsewhere, told)
    assert nothing_in(elsewhere)


def with_another_manifest(made: Made, folder: Path, **changed: Any) -> Path:
    """The archive, telling something else of itself."""
    with tarfile.open(made.path) as old:
        members = {member.name: old.extractfile(member).read() for member in old}  # type: ignore[union-attr]
    members["manifest.json"] = manifest.write(replace(made.manifest, **changed))
    with tarfile.open(folder / "b.backup", "w") as new:
        for name, content in members.items():
            told = tarfile.TarInfo(name)
            told.size = len(content)
            new.addfile(told, BytesIO(content))
    return folder / "b.backup"


def nothing_in(settings: Settings) -> bool:
    """Neither a database nor files, nor what is left of them."""
    folder = settings.originals_folder.parent
    secrets = {"master.key", "audit.key", "anchor.pem", "vapid.pem", "secret.key"}
    return {path.name for path in folder.iterdir()} <= secrets


def test_a_machine_that_has_records_is_left_alone(services: Services, made: Made) -> None:
    before = counts(services.engine)

    with pytest.raises(BadInput, match=r"COMPANION_.*already"):
        bring_back(services.settings, made.path)
    assert counts(services.engine) == before


@pytest.mark.parametrize("log", ["-wal", "-journal"])
def test_a_log_that_an_older_database_left_is_not_played_into_it(made: Made, elsewhere: Settings, log: str) -> None:
    (elsewhere.originals_folder.parent / f"companion.db{log}").write_bytes(b"of another one")

    with pytest.raises(BadInput, match=r"COMPANION_DATABASE_URL: .*companion.db-.* is there already"):
        bring_back(elsewhere, made.path)


def test_files_that_are_there_are_left_alone(made: Made, elsewhere: Settings) -> None:
    other = elsewhere.originals_folder / "pa_1" / "a"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"mine")

    with pytest.raises(BadInput, match=r"COMPANION_ORIGINALS_FOLDER: .* has files already"):
        bring_back(elsewhere, made.path)
    assert other.read_bytes() == b"mine"


def test_the_audits_keys_have_to_be_there_first(made: Made, elsewhere: Settings) -> None:
    elsewhere.audit_key_file.unlink()

    with pytest.raises(BadInput, match=r"COMPANION_AUDIT_KEY_FILE: .* is not there"):
        bring_back(elsewhere, made.path)
    assert nothing_in(elsewhere)


def test_where_they_are_lost_everything_comes_back_unchecked(made: Made, elsewhere: Settings) -> None:
    elsewhere.audit_key_file.unlink()

    done = bring_back(elsewhere, made.path, secrets_are_lost=True)

    assert done.audit is None
    assert counts_at(elsewhere)["person"] == 6


def test_an_audit_whose_end_was_cut_off_before_the_backup_is_told(
    made: Made, elsewhere: Settings, tmp_path: Path
) -> None:
    anchor = dict(made.manifest.anchor or {}) | {"entry": 99}

    done = bring_back(elsewhere, with_another_manifest(made, tmp_path, anchor=anchor))

    assert done.audit is not None
    assert done.audit.wrong >= 1


def test_settings_for_another_engine_are_refused(made: Made, services: Services, tmp_path: Path) -> None:
    url = "postgresql+psycopg://companion@127.0.0.1:1/companion"
    elsewhere = empty_machine(services.settings, tmp_path / "elsewhere", database_url=url)

    with pytest.raises(BadInput, match="records of this backup are in sqlite, not postgresql"):
        bring_back(elsewhere, made.path)


def test_the_key_that_it_was_read_back_with_is_not_among_those_told(made: Made) -> None:
    assert made.manifest.recipients == (RECIPIENT,)
    assert str(KEY) not in made.path.read_bytes().decode("latin-1")
