"""A report, from its bytes to rows: the file kept as it came, sealed; its values waiting for a clinician. The same file
again, and the same value again, change nothing."""

import io
import json
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.facts import Fact
from companion.care.people import Person
from companion.care.tasks import TaskKind, add_only_open_task
from companion.db import writing
from companion.errors import BadInput
from companion.imported.report_fhir import read_report
from companion.imported.report_table import read_table
from companion.imported.report_told import ReportTold, ValueTold
from companion.imported.resources import LARGEST
from companion.originals import Kept, Originals
from companion.programme.checkups.checkup_models import ABOUT_REPORT, Checkup, CheckupValue, ReportFormat
from companion.sealing.columns import sealer

CONFIRMED_WITHIN = timedelta(days=3)
"""Until when a clinician looks at new values. A house rule."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


class Came(NamedTuple):
    """What became of a report. `is_new` False: it was there already. `values`: how many new ones wait."""

    checkup_id: str
    is_new: bool
    values: int


def take_report(
    engine: Engine,
    originals: Originals,
    patient: Person,
    content: bytes,
    name: str,
    *,
    by: Person,
    now: datetime,
    through: str = "",
) -> Came:
    """Durable when it returns. `name`: what the file is called; `through`: the program that brought it. Raises
    BadInput, and nothing was kept, for a file that is none of the three formats, or is about somebody else."""
    if not content:
        raise BadInput(_("is empty"), where="file", advice=_("choose another file"))
    if len(content) > LARGEST:
        raise BadInput(_("is larger than 10 MB"), where="file", advice=_("send it in parts"))
    kind = format_of(content)
    told = _read(kind, content, patient, now.astimezone(ZoneInfo(patient.zone)).date())
    kept = originals.keep(patient.public_id, io.BytesIO(content), LARGEST)
    with writing(engine) as session:
        session.get_one(Person, patient.id, with_for_update={"key_share": True})
        came = _note(session, patient, kind, kept, told, told.name or name, by, now)
        if came.is_new:
            _write_down(session, patient, kind, told, came, by, through, now)
        return came


def format_of(content: bytes) -> ReportFormat:
    """By how it begins."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:5]
    if start.startswith(b"%PDF-"):
        return ReportFormat.PDF
    return ReportFormat.FHIR if start.startswith((b"{", b"[")) else ReportFormat.CSV


def _read(kind: ReportFormat, content: bytes, patient: Person, today: date) -> ReportTold:
    """A PDF is kept as it is: a person reads it, and writes down what it says."""
    match kind:
        case ReportFormat.FHIR:
            return read_report(content, today, patient.zone, patient.birth_on)
        case ReportFormat.CSV:
            return read_table(content, today)
        case ReportFormat.PDF:
            return ReportTold("", (), ())


def _note(
    session: Session,
    patient: Person,
    kind: ReportFormat,
    kept: Kept,
    told: ReportTold,
    name: str,
    by: Person,
    now: datetime,
) -> Came:
    query = select(Checkup.public_id).where(Checkup.patient_id == patient.id, Checkup.sha256 == kept.sha256)
    if known := session.scalar(query):
        return Came(known, False, 0)
    public_id = f"cu_{secrets.token_hex(6)}"
    about = json.dumps({"name": name, "left": [list(each) for each in told.left]})
    report = Checkup(
        public_id=public_id,
        patient_id=patient.id,
        format=kind.value,
        sha256=kept.sha256,
        sent_by=by.id,
        sent_at=now,
        sealed=sealer(session.connection(), ABOUT_REPORT, patient.id, now)(public_id, about),
    )
    session.add(report)
    session.flush()
    new = _unknown(session, patient.id, told.values)
    session.add_all(_waiting(report, value) for value in new)
    session.flush()
    if new or kind is ReportFormat.PDF:
        _ask_clinic(session, report, now)
    return Came(public_id, True, len(new))


def _write_down(
    session: Session,
    patient: Person,
    kind: ReportFormat,
    told: ReportTold,
    came: Came,
    by: Person,
    through: str,
    now: datetime,
) -> None:
    details: dict[str, Any] = {"format": kind.value, "values": came.values, "left": len(told.left)}
    if through:
        details["integration"] = through
    about = {"patient": patient.public_id, "checkup": came.checkup_id}
    audit.note(session, actor=by.public_id, action="checkup.sent", now=now, **about, **details)


def _unknown(session: Session, patient_id: int, values: Sequence[ValueTold]) -> list[ValueTold]:
    """Those that are neither a fact already nor wait, or were decided on, from another report."""
    waited = session.execute(
        select(CheckupValue.kind, CheckupValue.measured_on, CheckupValue.value).where(
            CheckupValue.patient_id == patient_id
        )
    )
    noted = session.execute(select(Fact.kind, Fact.measured_on, Fact.value).where(Fact.patient_id == patient_id))
    known = {tuple(row) for rows in (waited, noted) for row in rows}
    return [each for each in values if (each.kind.value, each.measured_on, each.value) not in known]


def _waiting(report: Checkup, told: ValueTold) -> CheckupValue:
    return CheckupValue(
        public_id=f"cv_{secrets.token_hex(6)}",
        patient_id=report.patient_id,
        checkup_id=report.id,
        kind=told.kind.value,
        value=told.value,
        told=told.told,
        measured_on=told.measured_on,
    )


def _ask_clinic(session: Session, report: Checkup, now: datetime) -> None:
    """One open task a patient: what waits stands on one page."""
    about = f"{TaskKind.CHECKUP.value}:{report.patient_id}"
    add_only_open_task(
        session,
        about,
        report.public_id,
        kind=TaskKind.CHECKUP,
        patient_id=report.patient_id,
        now=now,
        due_at=now + CONFIRMED_WITHIN,
    )
