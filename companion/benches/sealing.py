"""What it costs that data at rest is sealed: a value, a page of sealed values, a file."""

import io
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask.testing import FlaskClient
from sqlalchemy import update

from companion.benches.figure import ROUNDS, Figure, best_rate, seconds
from companion.benches.sealed_pages import sealed_pages
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.clock import system_clock
from companion.db import writing
from companion.devices.ingest import IntakeKind, add_intake, new_intake, quarantine
from companion.devices.models import Quarantined
from companion.devices.records.payloads import Refused
from companion.migrations import upgrade
from companion.originals import FolderOriginals, Originals
from companion.readings.batch import ReadingBatch
from companion.sealing.cipher import KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES, seal, unseal
from companion.sealing.files import SealedFiles
from companion.services import Services, build_services
from companion.settings import load_settings, set_environment
from companion.web import create_app
from companion.web.cookies import session_cookie
from companion.web.door.sessions import OpenedBy, open_session

VALUES, LISTED, PAGES = 20_000, 100, 50
VALUE, ABOUT = b"+8613800138000", b"contact_point.address cp_0123456789ab"
FILE_MB = 64
BORN = date(1950, 1, 1)


def measure(folder: Path) -> list[Figure]:
    """A number sealed and opened, against AES-GCM called with nothing around it; a patient's page of a hundred values
    that could not be read, each sealed, against the same page of plain ones; a file of 64 MB kept, and read again,
    sealed and as it is; pages of a clinic of 1,000 with names and texts sealed, against the same with none sealed."""
    set_environment({"SECRET_KEY": "b" * 40})
    services = _services(folder)
    return [_value(), _page(services), *_file(services, folder), *sealed_pages(folder)]


def _value() -> Figure:
    key, key_id, cipher = token_bytes(KEY_BYTES), token_bytes(KEY_ID_BYTES), AESGCM(token_bytes(KEY_BYTES))

    def ours(_round: int) -> int:
        for _ in range(VALUES):
            unseal(key, seal(key, key_id, VALUE, ABOUT), ABOUT)
        return VALUES

    def bare(_round: int) -> int:
        for _ in range(VALUES):
            nonce = token_bytes(NONCE_BYTES)
            cipher.decrypt(nonce, cipher.encrypt(nonce, VALUE, ABOUT), ABOUT)
        return VALUES

    return Figure("a value sealed and opened", "values", best_rate(ours), best_rate(bare), "AES-GCM, one key", 0)


def _page(services: Services) -> Figure:
    sealed, plain = (_visitor(services, is_sealed) for is_sealed in (True, False))
    rounds = [[_rate(client) for client in (sealed, plain)] for _ in range(ROUNDS)]
    ours, baseline = zip(*rounds, strict=True)
    name = f"a page of {LISTED} sealed values"
    return Figure(name, "pages", max(ours), max(baseline), "the same page of plain values", 0)


def _rate(client: FlaskClient) -> float:
    def read() -> None:
        for _ in range(PAGES):
            assert client.get("/readings/unread").status_code == 200

    return PAGES / seconds(read)


def _visitor(services: Services, is_sealed: bool) -> FlaskClient:
    """A patient who is signed in, with values that could not be read."""
    now = system_clock()
    with writing(services.engine) as session:
        patient = add_person(session, role=Role.PATIENT, name="Patient", birth_on=BORN, zone="UTC", now=now)
        cookie = open_session(session, patient, by=OpenedBy.PASSWORD, address="", browser="", now=now)
    _set_aside(services, patient)
    if not is_sealed:
        with writing(services.engine) as session:
            its = Quarantined.patient_id == patient.id
            session.execute(update(Quarantined).where(its).values(content="0201" * 10, sealed=None))
    client = create_app(services).test_client()
    client.set_cookie(session_cookie(services.settings), cookie)
    return client


def _set_aside(services: Services, patient: Person) -> None:
    now = system_clock()
    refused = [Refused(sha256(bytes([n])).digest()[:16], "2a18", "too short", "0201" * 10) for n in range(LISTED)]
    with writing(services.engine) as session:
        intake = new_intake(kind=IntakeKind.DOWNLOAD, patient_id=patient.id, now=now)
        number = add_intake(session.connection(), intake, ReadingBatch.of([]), new=0)
        quarantine(session.connection(), patient.id, number, refused, now)


def _file(services: Services, folder: Path) -> list[Figure]:
    with writing(services.engine) as session:
        made = add_person(session, role=Role.PATIENT, name="P", birth_on=BORN, zone="UTC", now=system_clock())
        patient = made.public_id
    content = token_bytes(2**20) * FILE_MB
    sealed = FolderOriginals(folder / "sealed", SealedFiles(services.engine, system_clock))
    plain = FolderOriginals(folder / "plain")
    kept, read = ([f(each, patient, content) for each in (sealed, plain)] for f in (_kept, _read))
    return [
        Figure("a file kept, sealed", "MB", kept[0], kept[1], "the same file, as it is", 0),
        Figure("a sealed file read", "MB", read[0], read[1], "the same file, as it is", 0),
    ]


def _kept(originals: Originals, patient: str, content: bytes) -> float:
    def keep(_round: int) -> int:
        originals.keep(patient, io.BytesIO(content), len(content))
        return FILE_MB

    return best_rate(keep)


def _read(originals: Originals, patient: str, content: bytes) -> float:
    original = originals.get(patient, sha256(content).hexdigest())

    def read(_round: int) -> int:
        with original.open("rb") as stream:
            while stream.read(2**20):
                pass
        return FILE_MB

    return best_rate(read)


def _services(folder: Path) -> Services:
    settings = replace(
        load_settings(),
        database_url=f"sqlite:///{folder / 'sealing.db'}",
        readings_url=f"sqlite:///{folder / 'sealing.db'}",
        audit_key_file=folder / "audit.key",
        master_key_file=folder / "master.key",
        master_key="",
    )
    services = build_services(settings)
    upgrade(services.engine)
    return services
