"""Things of Mrs. Wang's, or of who cares for her, that addresses name and whose owner the view itself checks. Each is
made at the first call, and gives what the address says."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint
from companion.care.covers import Absence
from companion.care.people import Person
from companion.care.records import RecordConflict, RecordImport
from companion.care.regimens import Regimen
from companion.db import Base, writing
from companion.devices.ingest import DeviceIdentity, find_or_add_device
from companion.devices.models import Hub, Intake
from companion.devices.uploaded_files import FileState, UploadedFile
from companion.programme.outreach.reviewing import review
from companion.programme.outreach.shipped import tips
from companion.programme.outreach.tip_models import TipChosen
from companion.readings.links import ReadingLink
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.sql_store import SqlReadingStore
from companion.reminders.schedules.schedule_models import AsNeededIntake
from companion.sealing.texts import seal_text
from companion.web.door.factor_models import Passkey
from companion.web.door.hub_door import make_code, pair_hub
from companion.web.door.sessions import OpenedBy, open_session
from companion.web.identifiers import reading_id
from companion.web.models import WebSession
from tests.keys import from_before
from tests.people import NOON, Cast
from tests.web.things import her_suggestion

LATER = NOON + timedelta(days=9)


def _kept(session: Session, row: Base) -> None:
    session.add(row)
    session.flush()


def session_id(engine: Engine, cast: Cast) -> str:
    with writing(engine) as session:
        open_session(session, cast.patient, by=OpenedBy.LINK, address="10.0.0.1", browser="hers", now=NOON)
        return str(session.scalar(select(WebSession.public_id).where(WebSession.browser == "hers")))


def key_id(engine: Engine, cast: Cast) -> str:
    with writing(engine) as session:
        if session.scalar(select(Passkey.id)) is None:
            key = {"credential_id": "hers", "public_key": b"x", "sign_count": 0, "is_synced": False}
            named = seal_text(session, cast.patient.id, Passkey.name, "Phone", NOON)
            _kept(session, Passkey(public_id="pk_hers", person_id=cast.patient.id, name=named, made_at=NOON, **key))
    return "pk_hers"


def point_id(engine: Engine, cast: Cast) -> str:
    with writing(engine) as session:
        return str(session.scalar(select(ContactPoint.public_id).where(ContactPoint.person_id == cast.patient.id)))


def hub_id(engine: Engine, cast: Cast) -> str:
    with writing(engine) as session:
        known = session.scalar(select(Hub.public_id))
        code = make_code(session, session.get_one(Person, cast.patient.id), NOON) if known is None else ""
    return known or pair_hub(engine, code, "Kitchen", "10.0.0.1", NOON)[0].public_id


def device_id(engine: Engine, cast: Cast) -> str:
    return find_or_add_device(engine, cast.patient.id, DeviceIdentity("HERS", "glucose", "Meter"), NOON).public_id


def regimen_id(engine: Engine, cast: Cast) -> str:
    her_suggestion(engine, cast)
    return "rg_glargine"


def needed_intake_id(engine: Engine, cast: Cast) -> str:
    her_suggestion(engine, cast)
    with writing(engine) as session:
        if session.scalar(select(AsNeededIntake.id)) is None:
            regimen = session.scalars(select(Regimen)).one()
            whose = {"patient_id": cast.patient.id, "recorded_by": cast.patient.id, "via": "page"}
            what = {"regimen_id": regimen.id, "revision_id": regimen.revisions[-1].id, "amount": Decimal(1)}
            when = {"taken_at": NOON, "recorded_at": NOON}
            _kept(session, AsNeededIntake(public_id="ni_hers", **whose, **what, **when))
    return "ni_hers"


def file_id(engine: Engine, cast: Cast) -> str:
    with writing(engine) as session:
        if session.scalar(select(UploadedFile.id)) is None:
            intake = Intake(public_id="in_hers", patient_id=cast.patient.id, kind="upload", received_at=NOON)
            _kept(session, intake)
            told = {"filename": "", "sha256": "0" * 64, "size": 1, "state": FileState.TAKEN.value}
            whose = {"patient_id": cast.patient.id, "intake": "in_hers"}
            _kept(session, UploadedFile(public_id="uf_hers", sent_at=NOON, taken_at=NOON, **told, **whose))
    return "uf_hers"


def intake_id(engine: Engine, cast: Cast) -> str:
    file_id(engine, cast)
    return "in_hers"


def conflict_id(engine: Engine, cast: Cast) -> str:
    with writing(engine) as session:
        if session.scalar(select(RecordConflict.id)) is None:
            counts = {"taken": 0, "known": 0, "refused": 0, "conflicts": 1}
            sent = {"source": "x", "by_id": cast.doctor.id, "at": NOON, "content_sha256": "0" * 64}
            came = RecordImport(public_id="ri_hers", patient_id=cast.patient.id, **sent, **counts)
            _kept(session, came)
            said = {"about": "birth_on", "name": "", "ours": "", "theirs": ""}
            told = from_before(RecordConflict.told_text, '{"birth_on": "1955-03-03"}')
            whose = {"patient_id": cast.patient.id, "import_id": came.id, "unique_key": "x", "found_at": NOON}
            _kept(session, RecordConflict(public_id="rk_hers", told_text=told, **said, **whose))
    return "rk_hers"


def link_id(engine: Engine, cast: Cast) -> str:
    with writing(engine) as session:
        if session.scalar(select(ReadingLink.id)) is None:
            counted = {"counted_at": NOON, "counted_device": "a", "counted_sequence": 1, "counted_source": "x"}
            other = {"other_at": NOON, "other_device": "b", "other_sequence": 1, "other_source": "y"}
            whose = {"patient": cast.patient.public_id, "metric": "glucose", "why": "same", "made_at": NOON}
            _kept(session, ReadingLink(**whose, **counted, **other))
        return str(session.scalar(select(ReadingLink.id)))


def reading(engine: Engine, cast: Cast) -> str:
    store = SqlReadingStore(engine)
    hers = cast.patient.public_id
    if not store.latest(hers, Metric.GLUCOSE):
        told = {"metric": Metric.GLUCOSE, "taken_at": NOON, "value": Decimal(120), "unit": "mg/dL", "kind": Kind.METER}
        store.append([Reading(patient=hers, device="HERS", sequence=1, source="x", **told)])
    return reading_id(store.latest(hers, Metric.GLUCOSE)[0])


def absence_id(engine: Engine, cast: Cast) -> str:
    """Of Dr. Li."""
    with writing(engine) as session:
        if session.scalar(select(Absence.id)) is None:
            span = {"starts_at": LATER, "ends_at": LATER + timedelta(days=1), "noted_at": NOON}
            _kept(session, Absence(clinician_id=cast.doctor.id, cover_id=cast.other_doctor.id, **span))
        return str(session.scalar(select(Absence.id)))


def tip_id(engine: Engine, cast: Cast) -> str:
    """A tip that she was sent."""
    tip = tips()[0]
    with writing(engine) as session:
        if session.scalar(select(TipChosen.id)) is None:
            stood = review(session, tip, seen=tip.digest, by=cast.doctor, now=NOON)
            told = {"review_id": stood.id, "tip_key": tip.key, "subject": tip.subject, "arm": "sent", "chosen_at": NOON}
            _kept(session, TipChosen(public_id="tp_hers", patient_id=cast.patient.id, **told))
    return "tp_hers"
