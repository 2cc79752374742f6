"""An import, from its bytes to rows. Readings first, durable by themselves; then facts, items and conflicts in one
transaction; then the patient is assessed. Cut off anywhere, the same bytes again finish it and double nothing."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from companion.arrivals import Upload
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.care.record_clients import LONGEST_SOURCE
from companion.care.records import Outcome, RecordImport
from companion.care.tasks import TaskKind, add_task
from companion.db import reading, writing
from companion.errors import BadInput
from companion.flows import Stores, assess_patient, keep
from companion.imported import rows
from companion.imported.observed import Observed, observe
from companion.imported.resources import Entry, entries_of
from companion.imported.sorting import Sorted, Verdict, sort_entries

DECIDED_WITHIN = timedelta(days=2)
NOT_NAMED = "import"
"""The source of what comes from nowhere in particular."""


@dataclass(frozen=True)
class Account:
    """What became of every entry, in their order; `conflicts`: how many contradictions are new on the list."""

    import_id: str
    verdicts: Sequence[Verdict]
    conflicts: int

    def counts(self) -> dict[str, int]:
        return {each.value: sum(verdict.outcome is each for verdict in self.verdicts) for each in Outcome}


@dataclass(frozen=True)
class _Import:
    """What is imported, for whom, by whom (and by which record system's token), and when."""

    patient: Person
    by: Person
    source: str
    sha256: str
    entries: Sequence[Entry]
    client: str
    now: datetime

    def sorted(self, session: Session) -> Sorted:
        known = rows.known_of(session, self.patient, self.source, self.now)
        return sort_entries(self.entries, known, rows.local_day(self.patient, self.now), self.patient.zone)


def import_resources(
    stores: Stores, patient: Person, content: bytes, *, by: Person, source: str, now: datetime, client: str = ""
) -> Account:
    """Takes in a Bundle or a resource for that patient, in the name of the clinician `by`; `client` is the record
    system that sent it itself. Raises BadInput for what is none, or is about somebody else; nothing was changed then.
    """
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician imports", where="by", advice="name the one in whose name facts are noted")
    source = source.strip()[:LONGEST_SOURCE] or NOT_NAMED
    what = _Import(patient, by, source, hashlib.sha256(content).hexdigest(), entries_of(content, source), client, now)
    with reading(stores.engine) as session:
        found = what.sorted(session)
        rows.check_name(session, patient, source, found.their_id)
    observed = observe([each.entry for each in found.verdicts if each.is_reading], ZoneInfo(patient.zone))
    intake = _keep(stores, what, observed)
    with writing(stores.engine) as session:
        session.get_one(Person, patient.id, with_for_update={"key_share": True})
        account = _note(session, what, observed, intake)
    assess_patient(stores, patient.id, now)
    return account


def _keep(stores: Stores, what: _Import, observed: Observed) -> str:
    """The readings, by the way that uploads go; the name of their intake, "" without any."""
    if not observed.rows:
        return ""
    upload = Upload(what.patient.id, observed.rows, (), observed.file_format, what.sha256, what.by.id)
    return keep(stores, upload, what.now).intake


def _note(session: Session, what: _Import, observed: Observed, intake: str) -> Account:
    """Everything but the readings, in the caller's transaction; sorted anew, by what is known now."""
    found = what.sorted(session)
    row = _row(session, what, intake)
    verdicts = [
        rows.note_verdict(session, observed.after_reading(each), row, what.patient, what.by, what.now)
        for each in found.verdicts
    ]
    account = Account(row.public_id, verdicts, rows.note_conflicts(session, found.all_conflicts, row, what.now))
    counts = account.counts()
    row.taken, row.known = counts[Outcome.TAKEN.value], counts[Outcome.KNOWN.value]
    row.refused, row.conflicts = counts[Outcome.REFUSED.value], account.conflicts
    if found.their_id and not found.is_in_doubt:
        rows.name_patient(session, what.patient, what.source, found.their_id, what.now)
    if account.conflicts:
        _ask_clinic(session, what, row)
    due_work.put_off(session, WorkKind.ASSESS, what.patient.id, what.now)
    audit.note(
        session,
        actor=what.by.public_id,
        action="records.imported",
        now=what.now,
        patient=what.patient.public_id,
        imported=row.public_id,
        client=what.client,
        **counts,
    )
    return account


def _row(session: Session, what: _Import, intake: str) -> RecordImport:
    row = RecordImport(
        public_id=f"im_{secrets.token_hex(6)}",
        patient_id=what.patient.id,
        source=what.source,
        by_id=what.by.id,
        at=what.now,
        content_sha256=what.sha256,
        intake=intake,
        taken=0,
        known=0,
        refused=0,
        conflicts=0,
    )
    session.add(row)
    session.flush()
    return row


def _ask_clinic(session: Session, what: _Import, row: RecordImport) -> None:
    add_task(
        session,
        unique_key=f"record_conflict:{row.public_id}",
        kind=TaskKind.RECORD_CONFLICT,
        patient_id=what.patient.id,
        now=what.now,
        due_at=what.now + DECIDED_WITHIN,
    )
