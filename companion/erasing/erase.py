"""Erasing a patient, from the wish to the proof. Every step may be cut off and is done again by asking again.

1. The wish is written down, and the doors are shut (`ending.stopping`), in one transaction.
2. What the readings' store has is counted and digested, written down, and erased there; the files likewise.
3. Rows go by the plan, and the key of what was sealed; in one transaction with the proof, the entry in the audit trail
   and the word "done".

What is about to go is written down before it goes: a crash between can lose no part of the proof. A request that was
under way when the doors shut may still have brought something: 2 and 3 are gone through until nothing is found.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person, Role
from companion.crash_points import Point, reached
from companion.db import erasing, reading, writing
from companion.ending.stopping import stop
from companion.erasing.models import Erasure, ErasureState
from companion.erasing.rows import count_kept, delete_rows, empty_columns
from companion.errors import BadInput, Unavailable
from companion.flows import Stores
from companion.originals import Originals
from companion.readings.digest import ReadingsDigest
from companion.sealing import data_keys

ROUNDS_AT_MOST = 5
"""More than that is no late request any more: something still brings data in."""

IS_CUT_OFF_AFTER = timedelta(minutes=10)
"""Longer than any erasure takes that is still going on. Two at once would do no harm, but the same work."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Places:
    """Where a patient's data is."""

    stores: Stores
    originals: Originals

    @property
    def engine(self) -> Engine:
        return self.stores.engine


def find_patient(session: Session, public_id: str) -> Person:
    """The patient, erased or not. Raises BadInput for anybody else."""
    found = session.scalar(select(Person).where(Person.public_id == public_id, Person.role == Role.PATIENT.value))
    if found is None:
        raise BadInput(f"no patient {public_id!r}", where="patient", advice="see `companion people list`")
    return found


def erase(places: Places, public_id: str, *, by: str, now: datetime, keep_years: int) -> Erasure:
    """Erases the patient; asked again, goes on where it was cut off, or only says that it was done.

    `by` is the public id of who wants it, or "command line"; `keep_years` is how long the approvals have to stay.
    """
    places.stores.check_open()
    ask(places.engine, public_id, by=by, now=now, keep_years=keep_years)
    reached(Point.ERASE_AFTER_WISH)
    return _finish(places, public_id, now)


def finish_cut_off(places: Places, now: datetime) -> None:
    """Goes on with every erasure that was asked for some time ago and is not done: whoever did it was cut off. One that
    cannot be done now is tried again the next time."""
    with reading(places.engine) as session:
        began_before = Erasure.asked_at <= now - IS_CUT_OFF_AFTER
        waiting = select(Erasure.patient).where(Erasure.state == ErasureState.ASKED.value, began_before)
        patients = list(session.scalars(waiting.order_by(Erasure.id)))
    for public_id in patients:
        try:
            _finish(places, public_id, now)
        except (BadInput, Unavailable) as why:
            log.warning("an erasure waits", reason=why.what)


def _finish(places: Places, public_id: str, now: datetime) -> Erasure:
    for _ in range(ROUNDS_AT_MOST):
        _erase_readings(places, public_id)
        _erase_files(places, public_id)
        erasure = _erase_rows(places.engine, public_id, now)
        reached(Point.ERASE_AFTER_ROWS)
        if not _has_readings(places, public_id):
            return erasure
    raise BadInput("readings still come in", where=public_id, advice="stop the service's processes, then erase again")


def ask(engine: Engine, public_id: str, *, by: str, now: datetime, keep_years: int) -> None:
    """Writes the wish down and shuts the doors; nothing is gone yet. Asking twice is asking once."""
    with writing(engine) as session:
        patient = find_patient(session, public_id)
        _hold(session, patient)
        is_new = _find(session, public_id) is None
        if is_new:
            session.add(
                Erasure(
                    patient=public_id,
                    asked_at=now,
                    asked_by=by[:20],
                    kept_until=_years_later(now.date(), keep_years),
                    proof={},
                )
            )
        stop(session, patient, now)
        if is_new:
            audit.note(session, actor=by, action="erasure_asked", now=now, patient=public_id)


def _hold(session: Session, patient: Person) -> None:
    """The patient before anything of theirs, as decisions and assessments do: else two could wait for each other."""
    session.refresh(patient, with_for_update={"key_share": True})


def _years_later(day: date, years: int) -> date:
    """The same day of a later year; never earlier than that."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + years, 3, 1) if is_leap_day else day.replace(year=day.year + years)


def _find(session: Session, public_id: str) -> Erasure | None:
    return session.scalar(select(Erasure).where(Erasure.patient == public_id))


def _has_readings(places: Places, public_id: str) -> bool:
    return next(iter(places.stores.readings.export_patient(public_id)), None) is not None


def _erase_readings(places: Places, public_id: str) -> None:
    digest = ReadingsDigest()
    for each in places.stores.readings.export_patient(public_id):
        digest.add(each)
    counts = {metric.value: n for metric, n in digest.counts.items()}
    _write_down(places.engine, public_id, "readings", {"counts": counts, "sha256": digest.hexdigest()}, bool(counts))
    reached(Point.ERASE_BEFORE_STORE)
    places.stores.readings.erase_patient(public_id)
    reached(Point.ERASE_AFTER_STORE)


def _erase_files(places: Places, public_id: str) -> None:
    names = sorted(places.originals.names(public_id))
    told = {"count": len(names), "sha256": sha256("".join(names).encode()).hexdigest()}
    _write_down(places.engine, public_id, "files", told, bool(names))
    places.originals.forget_all(public_id)
    reached(Point.ERASE_AFTER_FILES)


def _write_down(engine: Engine, public_id: str, what: str, told: dict[str, Any], there_is_any: bool) -> None:
    """Before it goes. What a round finds again as it was (it was cut off in between) is told once."""
    with writing(engine) as session:
        erasure = _get(session, public_id)
        rounds = erasure.proof.get(what, [])
        if there_is_any and told not in rounds:
            erasure.proof = erasure.proof | {what: [*rounds, told]}


def _erase_rows(engine: Engine, public_id: str, now: datetime) -> Erasure:
    """Rows, proof, audit and "done" together. A round that finds nothing changes nothing."""
    with erasing(engine) as connection, Session(connection, expire_on_commit=False) as session, session.begin():
        patient = find_patient(session, public_id)
        _hold(session, patient)
        erasure = _get(session, public_id)
        stop(session, patient, now)
        session.flush()
        whose = {"id": patient.id, "public_id": public_id, "login": patient.login or ""}
        data_keys.destroy(connection, patient.id, now)  # it waits for who is sealing something: that goes next, too
        gone = delete_rows(connection, whose)
        emptied = empty_columns(connection, whose)
        if gone or erasure.state != ErasureState.DONE:
            audit.note(session, actor=erasure.asked_by, action="erased", now=now, patient=public_id, tables=len(gone))
            erasure.state, erasure.done_at = ErasureState.DONE.value, now
            kept = count_kept(connection, whose)
            erasure.proof = erasure.proof | {
                "rows": [*erasure.proof.get("rows", []), gone],
                "emptied": emptied,
                "kept": kept,
                "key_destroyed": data_keys.is_destroyed(connection, patient.id),
            }
        session.flush()
        session.refresh(erasure)
        return erasure


def _get(session: Session, public_id: str) -> Erasure:
    """Held until the transaction ends: two who erase at once follow one another."""
    erasure = session.scalar(select(Erasure).where(Erasure.patient == public_id).with_for_update())
    assert erasure is not None, "the wish is written down first"
    return erasure


def proof_of(erasure: Erasure) -> dict[str, Any]:
    """What is told about it: one JSON object."""
    return {
        "patient": erasure.patient,
        "state": erasure.state,
        "asked_at": _told(erasure.asked_at),
        "asked_by": erasure.asked_by,
        "done_at": _told(erasure.done_at),
        "kept_until": erasure.kept_until.isoformat(),
        **{name: erasure.proof.get(name, nothing) for name, nothing in NOTHING.items()},
    }


NOTHING: dict[str, Any] = {
    "readings": [],
    "files": [],
    "rows": [],
    "emptied": {},
    "kept": {},
    "key_destroyed": False,
}
"""The parts of a proof."""


def _told(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
