"""What is known of a patient, as rows; and what an import came to, into rows."""

import json
import secrets
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.facts import Fact, FactKind, note_fact
from companion.care.people import Person
from companion.care.records import ConflictState, Outcome, RecordConflict, RecordImport, RecordItem, RecordPatient
from companion.care.regimens import Regimen, active_regimens, in_force
from companion.errors import BadInput
from companion.imported.contradictions import Conflict
from companion.imported.known import Known, OurMedicine
from companion.imported.sorting import Verdict
from companion.imported.told import FactTold
from companion.sealing.texts import seal_text


def known_of(session: Session, patient: Person, source: str, now: datetime) -> Known:
    """Everything an import from that record system is held against."""
    items = session.execute(
        select(RecordItem.identity, RecordItem.content_sha256, RecordItem.outcome).where(
            RecordItem.patient_id == patient.id, RecordItem.outcome != Outcome.REFUSED.value
        )
    ).all()
    conflicts = session.execute(
        select(RecordConflict.unique_key, RecordConflict.state).where(RecordConflict.patient_id == patient.id)
    ).all()
    theirs = select(RecordPatient.their_id).where(
        RecordPatient.patient_id == patient.id, RecordPatient.source == source
    )
    return Known(
        birth_on=patient.birth_on,
        sex=patient.sex,
        their_ids=frozenset(session.scalars(theirs)),
        facts=_facts(session, patient.id),
        medicines=[_medicine(regimen, now) for regimen in active_regimens(session, patient.id)],
        seen=frozenset((identity, content) for identity, content, _ in items),
        taken=frozenset(identity for identity, _, outcome in items if outcome == Outcome.TAKEN.value),
        settled=frozenset(key for key, _ in conflicts),
        undecided=frozenset(key for key, state in conflicts if state == ConflictState.OPEN.value),
    )


def _facts(session: Session, patient_id: int) -> list[FactTold]:
    found = session.scalars(select(Fact).where(Fact.patient_id == patient_id).order_by(Fact.id))
    return [FactTold(FactKind(fact.kind), fact.value, fact.measured_on, fact.name) for fact in found]


def _medicine(regimen: Regimen, now: datetime) -> OurMedicine:
    held = in_force(regimen, now)
    amount: Decimal | None = held.amount if held else None
    is_daily = held is not None and held.rule.get("kind") == "daily" and not held.rule.get("amounts")
    times = len(held.rule["times"]) if held and is_daily else None
    return OurMedicine(regimen.public_id, regimen.drug, amount, regimen.unit, times)


def check_name(session: Session, patient: Person, source: str, their_id: str) -> bool:
    """Whether that record system is known to call the patient so. Raises BadInput if it so calls another one."""
    query = select(RecordPatient).where(RecordPatient.source == source, RecordPatient.their_id == their_id)
    known = session.scalar(query)
    if known is not None and known.patient_id != patient.id:
        raise BadInput("is about another patient of ours", where="subject", advice="check the patient, and the source")
    return known is not None


def name_patient(session: Session, patient: Person, source: str, their_id: str, now: datetime) -> None:
    """From now on that record system means this patient by that id. Raises BadInput if it means another one."""
    if not check_name(session, patient, source, their_id):
        session.add(RecordPatient(patient_id=patient.id, source=source, their_id=their_id, noted_at=now))
        session.flush()


def note_verdict(
    session: Session, verdict: Verdict, row: RecordImport, patient: Person, by: Person, now: datetime
) -> Verdict:
    """Notes the fact, if there is one, and the item. A fact that is not plausible is refused after all."""
    fact = None
    if verdict.fact is not None:
        try:
            fact = _note_fact(session, verdict.fact, patient, by, now)
        except BadInput as bad:
            verdict = Verdict(verdict.entry, Outcome.REFUSED, verdict.said, bad.what)
    if verdict.outcome is not Outcome.KNOWN:
        _note_item(session, verdict, row, fact, now)
    return verdict


def _note_fact(session: Session, told: FactTold, patient: Person, by: Person, now: datetime) -> Fact:
    return note_fact(
        session,
        patient=patient,
        kind=told.kind,
        value=told.value,
        measured_on=told.measured_on,
        noted_by=by,
        now=now,
        name=told.name,
    )


def _note_item(session: Session, verdict: Verdict, row: RecordImport, fact: Fact | None, now: datetime) -> None:
    """What was refused before and is sent again gets its new verdict."""
    entry = verdict.entry
    query = select(RecordItem).where(
        RecordItem.patient_id == row.patient_id,
        RecordItem.identity == entry.identity,
        RecordItem.content_sha256 == entry.content,
    )
    item = session.scalar(query)
    if item is None:
        item = RecordItem(patient_id=row.patient_id, identity=entry.identity, content_sha256=entry.content)
        session.add(item)
    item.import_id, item.resource_type = row.id, entry.kind
    item.outcome = verdict.outcome.value
    item.said = seal_text(session, row.patient_id, RecordItem.said, verdict.said[:300], now)
    item.reason = seal_text(session, row.patient_id, RecordItem.reason, verdict.reason[:300], now)
    item.fact_id = fact.id if fact else None
    session.flush()


def note_conflicts(session: Session, found: Collection[Conflict], row: RecordImport, now: datetime) -> int:
    """Lists the contradictions that are not listed yet, decided or not; how many are new."""
    known = set(session.scalars(select(RecordConflict.unique_key).where(RecordConflict.patient_id == row.patient_id)))
    new = {conflict.key: conflict for conflict in found if conflict.key not in known}
    session.add_all(_conflict(session, conflict, row, now) for conflict in new.values())
    session.flush()
    return len(new)


def _conflict(session: Session, conflict: Conflict, row: RecordImport, now: datetime) -> RecordConflict:
    return RecordConflict(
        public_id=f"co_{secrets.token_hex(6)}",
        patient_id=row.patient_id,
        import_id=row.id,
        unique_key=conflict.key,
        about=conflict.about.value,
        name=seal_text(session, row.patient_id, RecordConflict.name, conflict.name[:120], now),
        ours=seal_text(session, row.patient_id, RecordConflict.ours, conflict.ours[:200], now),
        theirs=seal_text(session, row.patient_id, RecordConflict.theirs, conflict.theirs[:200], now),
        told_text=seal_text(session, row.patient_id, RecordConflict.told_text, _as_json(conflict.told), now),
        found_at=now,
    )


def _as_json(told: Mapping[str, str]) -> str:
    return json.dumps(dict(told), ensure_ascii=False) if told else ""


def local_day(patient: Person, now: datetime) -> date:
    """The patient's calendar day."""
    return now.astimezone(ZoneInfo(patient.zone)).date()
