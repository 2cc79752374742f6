"""Mrs. Wang's things that routes are about: a suggestion that waits, a task, a dose, a message, two alerts."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.advice.models import Plan, ProtocolRun, Suggestion
from companion.care import audit
from companion.care.audit import AuditEntry
from companion.care.emergency_access import EmergencyReason, open_patient
from companion.care.erasure_requests import ask_erasure
from companion.care.people import Person
from companion.care.regimens import Regimen, add_regimen, revise
from companion.care.report_kinds import What
from companion.care.reported import note_report
from companion.care.tasks import Alert, AlertKind, Task, TaskKind, add_alert, add_task
from companion.db import writing
from companion.messages.models import Inbound, Message, Purpose
from companion.messages.outbox import enqueue
from companion.programme.board.board_models import BoardPost
from companion.programme.board.writing import write
from companion.programme.orders.agreeing import say_pharmacy
from companion.programme.orders.order_models import MedicineOrder
from companion.programme.orders.pharmacies import Area, add_pharmacy
from companion.programme.orders.placing import Asked, NewOrder, place
from companion.reminders.doses.models import Dose
from companion.web.identifiers import dose_id
from tests.people import NOON, Cast


def her_suggestion(engine: Engine, cast: Cast) -> str:
    """The public id of a suggestion that waits for Dr. Li; made at the first call."""
    with writing(engine) as session:
        found = session.scalar(select(Suggestion.public_id))
        return found or _add_suggestion(session, cast)


def her_run(engine: Engine, cast: Cast) -> str:
    """What the newest run of her plan is called among FHIR's resources; made at the first call."""
    her_suggestion(engine, cast)
    with writing(engine) as session:
        plan = session.scalars(select(Plan)).first()
        assert plan is not None
        told = {"outcome": "no_change", "action": "none", "asks": []}
        session.merge(ProtocolRun(plan_id=plan.id, outcome={"outcome": told}, assessed_at=NOON))
        return f"run-{plan.id}"


def her_act(engine: Engine, cast: Cast) -> str:
    """What an act on her suggestion is called among FHIR's resources; made at the first call."""
    waiting = her_suggestion(engine, cast)
    with writing(engine) as session:
        found = session.scalar(select(AuditEntry.id).where(AuditEntry.action == "suggestion.opened"))
        if found is None:
            patient = cast.patient.public_id
            audit.note(session, actor="x", action="suggestion.opened", now=NOON, patient=patient, suggestion=waiting)
            found = session.scalar(select(AuditEntry.id).where(AuditEntry.action == "suggestion.opened"))
        return f"ae-{found}"


def her_task(engine: Engine, cast: Cast) -> str:
    """The id of a task about her; made at the first call."""
    with writing(engine) as session:
        add_task(
            session,
            unique_key="her task",
            kind=TaskKind.ADHERENCE_REVIEW,
            patient_id=cast.patient.id,
            now=NOON,
            due_at=NOON + timedelta(days=1),
        )
        return str(session.scalar(select(Task.id)))


def her_dose_alert(engine: Engine, cast: Cast) -> str:
    """The id of an open alert to her son about a dose; made at the first call."""
    return _her_alert(engine, cast, AlertKind.MISSED_DOSE)


def her_reading_alert(engine: Engine, cast: Cast) -> str:
    """The id of an open alert to her son about a reading; made at the first call."""
    return _her_alert(engine, cast, AlertKind.URGENT_READING)


def her_report(engine: Engine, cast: Cast) -> str:
    """The public id of what she told of how she feels; made at the first call."""
    with writing(engine) as session:
        her = session.get_one(Person, cast.patient.id)
        return note_report(session, her, What.DIZZY, by=her, via="page", now=NOON).public_id


def her_message(engine: Engine, cast: Cast) -> str:
    """The number of a message to her; made at the first call."""
    with writing(engine) as session:
        enqueue(
            session,
            unique_key="her message",
            purpose=Purpose.REFILL,
            recipient_id=cast.patient.id,
            patient_id=cast.patient.id,
            params={},
            now=NOON,
            expires_at=NOON + timedelta(days=1),
        )
        return str(session.scalar(select(Message.id)))


def her_text(engine: Engine, cast: Cast) -> str:
    """The number of a text of hers that nobody understood; made at the first call."""
    with writing(engine) as session:
        found = session.scalar(select(Inbound))
        if found is None:
            text = {"person_id": cast.patient.id, "body": "??", "understood_as": "unclear", "received_at": NOON}
            found = Inbound(channel="sms", provider_id="in-1", **text)
            session.add(found)
            session.flush()
        return str(found.id)


def her_dose(engine: Engine, cast: Cast) -> str:
    """What a dose of hers is called in addresses; made at the first call."""
    her_suggestion(engine, cast)
    with writing(engine) as session:
        found = session.scalar(select(Dose).where(Dose.patient_id == cast.patient.id))
        return dose_id(found or _add_dose(session, session.scalars(select(Regimen)).one()))


def _add_dose(session: Session, regimen: Regimen) -> Dose:
    dose = Dose(
        patient_id=regimen.patient_id,
        regimen=regimen,
        revision_id=regimen.revisions[-1].id,
        local_on=NOON.date(),
        local_time="20:00",
        slot=1200,
        due_at=NOON,
        window_ends_at=NOON + timedelta(hours=1),
        amount=Decimal(16),
        state="due",
        tzdata="test",
    )
    session.add(dose)
    session.flush()
    return dose


def _her_alert(engine: Engine, cast: Cast, kind: AlertKind) -> str:
    with writing(engine) as session:
        add_alert(
            session,
            unique_key=kind.value,
            kind=kind,
            patient_id=cast.patient.id,
            recipient_id=cast.caregiver.id,
            now=NOON,
        )
        return str(session.scalar(select(Alert.id).where(Alert.unique_key == kind.value)))


def _add_suggestion(session: Session, cast: Cast) -> str:
    regimen = _add_regimen(session, cast)
    plan = Plan(
        patient_id=cast.patient.id,
        regimen_id=regimen.id,
        protocol="basal.ada_2u3d",
        version="1.0.0-draft",
        protocol_hash="0" * 64,
        target_low=Decimal(80),
        target_high=Decimal(130),
        max_daily=Decimal(40),
        signed_by=cast.doctor.id,
        signed_at=NOON,
        ends_on=date(2027, 1, 1),
    )
    session.add(plan)
    session.flush()
    session.add(
        Suggestion(
            public_id="sg_waiting",
            patient_id=cast.patient.id,
            regimen_id=regimen.id,
            plan_id=plan.id,
            base_revision_id=regimen.revisions[-1].id,
            action="increase",
            from_amount=Decimal(16),
            to_amount=Decimal(18),
            unit="U",
            is_urgent=False,
            protocol="basal.ada_2u3d@1.0.0-draft",
            rule="R5",
            registry_hash="0" * 64,
            evidence={},
            digest="0" * 64,
            created_at=NOON,
            expires_at=NOON + timedelta(hours=72),
        )
    )
    return "sg_waiting"


def _add_regimen(session: Session, cast: Cast) -> Regimen:
    regimen = add_regimen(
        session,
        public_id="rg_glargine",
        patient=cast.patient,
        drug="Insulin glargine",
        drug_class="basal_insulin",
        unit="U",
        now=NOON,
    )
    revise(
        session,
        regimen,
        by=cast.doctor,
        amount=Decimal(16),
        rule={"kind": "daily", "times": ["21:00"]},
        start_on=date(2026, 11, 1),
        end_on=None,
        reason="start",
        now=NOON,
        effective_at=NOON,
    )
    return regimen


def her_erasure_request(engine: Engine, cast: Cast) -> str:
    """The public id of her request to be erased, which waits; made at the first call."""
    with writing(engine) as session:
        return ask_erasure(session, session.get_one(Person, cast.patient.id), NOON).public_id


def her_emergency(engine: Engine, cast: Cast) -> str:
    """The public id of an emergency in which her own doctor opened her, which opens nothing more; made at the first
    call."""
    words = "She collapsed in front of me."
    with writing(engine) as session:
        return open_patient(session, cast.patient, cast.doctor, EmergencyReason.ACUTE_DANGER, words, NOON).public_id


def her_post(engine: Engine, cast: Cast) -> str:
    """The public id of a question of hers on a board, which waits; made at the first call."""
    with writing(engine) as session:
        found = session.scalar(select(BoardPost.public_id).where(BoardPost.author_id == cast.patient.id))
        return found or write(session, cast.patient, "diabetes", "How do you measure in winter?", NOON).public_id


def her_order(engine: Engine, cast: Cast) -> str:
    """The public id of an order of hers that nobody has handed over; made at the first call."""
    her_suggestion(engine, cast)
    with writing(engine) as session:
        found = session.scalar(select(MedicineOrder.public_id))
        return found or _add_order(session, cast)


def _add_order(session: Session, cast: Cast) -> str:
    regimen, her = session.scalars(select(Regimen)).one(), session.get_one(Person, cast.patient.id)
    area = Area("Pudong", 4, 48)
    told = {"name": "Linden", "url": "https://linden.example", "areas": [area], "by": cast.admin, "now": NOON}
    pharmacy, _secret = add_pharmacy(session, **told)
    say_pharmacy(session, her, pharmacy, agrees=True, noted_by=her, language="en", now=NOON)
    new = NewOrder(pharmacy, area.name, "Century Avenue 1", [Asked(regimen, 300, "U", 1)], "form")
    return place(session, her, new, by=her, now=NOON)[0].public_id
