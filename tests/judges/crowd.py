"""What the demo's story leaves out, so that every list has something in it and every page something to be about."""

import hashlib
import io
from datetime import date, timedelta
from decimal import Decimal

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.quality.quality_models import ShadowTrial
from companion.care.covers import go_away
from companion.care.endings import Ending
from companion.care.enrolling import add_person
from companion.care.erasure_requests import ask_erasure
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, revise
from companion.cli.demo_story import LOGINS, ZONE, person
from companion.db import reading, writing
from companion.devices.models import Hub, RefusedBatch
from companion.ending.ending import end
from companion.programme.board.moderating import release, reply
from companion.programme.board.writing import write
from companion.programme.care_plans.plan_models import LineKind
from companion.programme.care_plans.writing import NewLine, add_line
from companion.programme.desk.asking import ask
from companion.programme.desk.serving import take
from companion.programme.orders.agreeing import say_pharmacy
from companion.programme.orders.pharmacies import Area, add_pharmacy
from companion.programme.orders.placing import Asked, NewOrder, place
from companion.programme.orders.prices import take_list
from companion.programme.outreach.reviewing import review
from companion.programme.outreach.tip_models import TipChosen
from companion.programme.points.coupons import buy
from companion.programme.points.ledger import day_key, earn
from companion.programme.points.rules import Event
from companion.programme.points.shipped import load_rules
from companion.programme.segments import keeping
from companion.programme.segments.definitions import Figure
from companion.programme.segments.placing import Sheet
from companion.programme.segments.shipped import definitions
from companion.programme.segments.trend import Measure as TrendMeasure
from companion.programme.segments.trend import Slope, Trend
from companion.programme.surveys.experiments import start
from companion.programme.surveys.rounds import open_round
from companion.programme.surveys.survey_models import SurveyAsk
from companion.reminders.effect.effect_models import WordingTrial
from companion.reminders.schedules.pauses import pause
from companion.reminders.schedules.schedule_models import PauseReason
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry
from companion.sealing.texts import seal_text
from companion.services import Services
from companion.web.cookies import session_cookie
from companion.web.door.factor_models import Passkey
from companion.web.door.sessions import OpenedBy, open_session
from tests.apps import app_over
from tests.people import Cast
from tests.web.conftest import FORM_TOKEN
from tests.web.programme_things import her_answer, her_checkup, her_plan_line
from tests.web.things import her_message, her_report, her_task

CLEAR = b"time,glucose (mg/dL)\n2026-11-01 08:00,140\n2026-11-02 08:00,150\n2026-11-03 08:00,xx\n"
UNCLEAR = b"Date;Time;Glucose\n03/02/2026;08:00;7.8\n04/02/2026;09:00;8.8\n"
UNNAMED = b"A;B;C\n2026-11-03 08:00;7.8;x\n2026-11-04 09:00;8.8;y\n"


def crowd(services: Services) -> None:
    """Fills the lists of the demo's people."""
    cast = _cast(services)
    for make in (her_answer, her_plan_line, her_checkup, her_task, her_report, her_message):
        make(services.engine, cast)
    with writing(services.engine) as session:
        for fill in (
            _change_medicines,
            _count_packs,
            _add_hub,
            _begin_trials,
            _go_away,
            _wish_and_leave,
            _add_passkeys,
            _order_medicines,
            _ask_pharmacist,
            _ask_on_a_board,
            _send_tips_and_ask,
            _earn_points,
            _agree_on_goal,
        ):
            fill(session, services)
    send_files(services)


def _cast(services: Services) -> Cast:
    """The demo's people, and a stranger of each kind."""
    with writing(services.engine) as session:
        others = {
            role: add_person(
                session,
                role=kind,
                name=f"Other {role}",
                login=f"other.{role}",
                zone=ZONE,
                birth_on=date(1950, 1, 1) if kind is Role.PATIENT else None,
                is_demo=True,
                now=services.clock(),
            )
            for role, kind in (("patient", Role.PATIENT), ("doctor", Role.CLINICIAN), ("caregiver", Role.CAREGIVER))
        }
    with reading(services.engine) as session:
        known = {role: person(session, role) for role in LOGINS}
    return Cast(**known, **{f"other_{role}": other for role, other in others.items()})


def _regimen(session: Session, drug: str) -> Regimen:
    return session.scalars(select(Regimen).where(Regimen.drug.contains(drug))).one()


def _change_medicines(session: Session, services: Services) -> None:
    """One tablet more waits for the patient's word, and another medicine rests from tomorrow on."""
    now, doctor = services.clock(), person(session, "doctor")
    metformin = _regimen(session, "Metformin")
    rule = metformin.revisions[-1].rule
    revise(
        session,
        metformin,
        by=doctor,
        amount=Decimal(2),
        rule=rule,
        start_on=now.date(),
        end_on=None,
        reason="A demo of a change",
        now=now,
        effective_at=None,
    )
    pause(
        session,
        _regimen(session, "Amlodipine"),
        by=doctor,
        from_on=now.date() + timedelta(days=1),
        to_on=now.date() + timedelta(days=3),
        reason=PauseReason.HOSPITAL,
        note="",
        today=now.date(),
        now=now,
    )


def _count_packs(session: Session, services: Services) -> None:
    now, patient = services.clock(), person(session, "patient")
    for drug, packs in (("Metformin", 4), ("Amlodipine", 60)):
        entry = NewEntry(
            EntryKind.RECEIVED, Decimal(packs), now - timedelta(days=1), f"pack {drug}", expires_on=now.date()
        )
        note_entry(session, _regimen(session, drug), entry, by=patient, now=now)


def _add_hub(session: Session, services: Services) -> None:
    """At her home; once it sent something of a device that nobody knows."""
    now, patient = services.clock(), person(session, "patient")
    hub = Hub(
        public_id="hb_judged",
        patient_id=patient.id,
        name="Kitchen",
        token_hash="0" * 64,
        paired_at=now - timedelta(days=9),
        last_seen_at=now - timedelta(hours=1),
    )
    session.add(hub)
    session.flush()
    refused = RefusedBatch(
        patient_id=patient.id,
        hub_id=hub.id,
        code="device_unknown",
        reason="a device that nobody paired",
        content=b"{}",
        content_sha256=hashlib.sha256(b"{}").hexdigest(),
        at=now,
    )
    session.add(refused)


def _begin_trials(session: Session, services: Services) -> None:
    """Of wordings, and of a protocol in the shadow."""
    now, registry = services.clock(), services.stores.registry
    session.add(
        WordingTrial(
            public_id="wt_judged",
            salt="judged",
            shares={"standard": 1, "short": 1},
            metric="answered",
            new_patients_a_day=10,
            starts_at=now - timedelta(days=3),
            ends_at=now + timedelta(days=30),
            started_by=person(session, "admin").id,
        )
    )
    protocol = registry.get("basal.ada_2u3d")
    session.add(
        ShadowTrial(
            public_id="st_judged",
            protocol=protocol.id,
            version=protocol.version,
            text_hash=registry.digests[protocol.id],
            started_by=person(session, "doctor").id,
            started_at=now - timedelta(days=3),
            ends_on=now.date() + timedelta(days=30),
        )
    )


def _go_away(session: Session, services: Services) -> None:
    now = services.clock()
    cover = session.scalars(select(Person).where(Person.login == "other.doctor")).one()
    go_away(session, person(session, "doctor"), cover, now + timedelta(days=3), now + timedelta(days=9), now)


def _wish_and_leave(session: Session, services: Services) -> None:
    """The patient asks to be forgotten; another caregiver has left."""
    now = services.clock()
    ask_erasure(session, person(session, "patient"), now)
    other = session.scalars(select(Person).where(Person.login == "other.caregiver")).one()
    end(session, other, Ending.LEFT, now.date(), by=person(session, "admin").public_id, now=now, keep_years=1)


def _order_medicines(session: Session, services: Services) -> None:
    """An order on its way and one that failed, from a pharmacy with prices."""
    now, patient, office = services.clock(), person(session, "patient"), person(session, "admin")
    told = {"name": "Linden", "url": "https://linden.example", "areas": [Area("Berlin", 4, 48)]}
    pharmacy, _secret = add_pharmacy(session, **told, by=office, now=now)
    say_pharmacy(session, patient, pharmacy, agrees=True, noted_by=patient, language="en", now=now)
    listed = "drug,piece,pack_size,price,currency\nAmlodipine,tablet,30,4.50,EUR\n"
    take_list(session, pharmacy, listed.encode(), office, now)
    for state in ("failed", "sent"):
        asked = [Asked(_regimen(session, "Amlodipine"), 30, "tablet", 1)]
        new = NewOrder(pharmacy, "Berlin", "Lindenstr. 4", asked, state)
        order, _is_new = place(session, patient, new, by=patient, now=now)
        order.state, order.tries, order.why = state, 1, "pharmacy" if state == "failed" else None
        session.flush()


def _ask_pharmacist(session: Session, services: Services) -> None:
    """A question that the pharmacist has for as long as anybody walks through the house."""
    now = services.clock()
    asked = ask(session, person(session, "patient"), "injecting", "May the pen stand in the sun?", now=now)
    take(session, asked.id, person(session, "pharmacist"), now)
    session.refresh(asked)
    asked.lease_until = now + timedelta(days=1)


def _ask_on_a_board(session: Session, services: Services) -> None:
    """A question that is released and answered, one that waits, and one that cannot."""
    now, doctor = services.clock(), person(session, "doctor")
    asked = write(session, person(session, "patient"), "diabetes", "How do you remember to measure?", now)
    release(session, asked, doctor, now)
    reply(session, asked, doctor, "Put the meter beside your toothbrush.", now)
    for words in ("Which shoes do you wear for long walks?", "I have chest pain, what do you do?"):
        write(session, person(session, "patient"), "diabetes", words, now)


def _send_tips_and_ask(session: Session, services: Services) -> None:
    """A work list with the patient on it, tips of which one was sent, a round of questions, an experiment."""
    now, patient, office = services.clock(), person(session, "patient"), person(session, "admin")
    rising = Trend(TrendMeasure.SYSTOLIC, Slope(0.2, 0.1, 0.3), 40, 56)
    known = Sheet({Figure.SYSTOLIC: 166.0, Figure.TAKEN: 60.0}, frozenset({"class:metformin"}), (rising,))
    keeping.keep(session, definitions(), [(patient.id, known)], now)
    tip = services.tips[0]
    stood = review(session, tip, seen=tip.digest, by=person(session, "doctor"), now=now)
    told = {"tip_key": tip.key, "subject": tip.subject, "arm": "sent", "chosen_at": now}
    session.add(TipChosen(public_id="tp_judged", patient_id=patient.id, review_id=stood.id, **told))
    asked = open_round(session, by=office, share=100, days=21, now=now)
    session.add(SurveyAsk(public_id="sa_judged", round_id=asked.id, patient_id=patient.id, asked_at=now))
    shares = {"usual": 1, "question": 1}
    start(session, by=office, place="tip_wording", shares=shares, metric="opened", days=28, now=now)


def _earn_points(session: Session, services: Services) -> None:
    """For three months of measuring; some are spent."""
    rules, now, patient = load_rules(), services.clock(), person(session, "patient")
    for days in range(1, 91):
        at = now - timedelta(days=days)
        earn(session, rules, patient.id, Event.MEASURED, day_key(at.date()), at)
    buy(session, rules, patient, "diary", "judged", now)


def _agree_on_goal(session: Session, services: Services) -> None:
    goal = NewLine(LineKind.GOAL, "Climbing the stairs without a rest", due_on=services.clock().date() + timedelta(60))
    add_line(session, person(session, "patient"), goal, by=person(session, "doctor"), now=services.clock())


def _add_passkeys(session: Session, services: Services) -> None:
    for role in LOGINS:
        key = Passkey(
            public_id=f"pk_{role}",
            person_id=person(session, role).id,
            credential_id=role,
            public_key=b"judged",
            sign_count=0,
            is_synced=False,
            name=seal_text(session, person(session, role).id, Passkey.name, "Telephone", services.clock()),
            made_at=services.clock(),
        )
        session.add(key)


def send_files(services: Services) -> None:
    """Three files on the patient's page: one is taken in, one is asked about, of one nobody knows the columns."""
    client = app_over(services).test_client()
    with writing(services.engine) as session:
        patient = person(session, "patient")
        token = open_session(session, patient, by=OpenedBy.PASSWORD, address="", browser="", now=services.clock())
    client.set_cookie(session_cookie(services.settings), token)
    taken = _send(client, CLEAR, "meter.csv")
    client.post(taken, data={"csrf_token": _form_token(client, taken), "step": "take", "zone": ZONE})
    _send(client, UNCLEAR, "unclear.csv")
    _send(client, UNNAMED, "unnamed.csv")


def _send(client: FlaskClient, content: bytes, name: str) -> str:
    """Where the preview of the file is."""
    form = {"csrf_token": _form_token(client, "/upload"), "file": (io.BytesIO(content), name)}
    answer = client.post("/upload", data=form, content_type="multipart/form-data")
    assert answer.location, (name, answer.status_code)
    return answer.location


def _form_token(client: FlaskClient, path: str) -> str:
    found = FORM_TOKEN.search(client.get(path).get_data(as_text=True))
    assert found is not None, path
    return found.group(1)
