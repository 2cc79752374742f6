"""The demo's people and their last two weeks, told through the service's own doors.

Nothing here writes a row that a page or a command could not write: the clock is moved, and the service lives
through it.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.alarms import instructions
from companion.advice.grammar.cited_numbers import unverified
from companion.advice.grammar.protocol import Registry
from companion.advice.signed import plans, signing
from companion.advice.signed.plan_terms import Terms
from companion.arrivals import Upload
from companion.care import due_work
from companion.care.consent import Misses, Scope, link
from companion.care.due_work import WorkKind
from companion.care.enrolling import add_person
from companion.care.facts import FactKind, note_fact
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, add_regimen, revise
from companion.cli.demo_sensor import libreview_file
from companion.cli.devices import take_in_device
from companion.compose.batch import contacts_of
from companion.db import reading, writing
from companion.devices.radio.radios import open_radio
from companion.devices.uploads import read_export
from companion.flows import take_in
from companion.programme.desk.staff import set_specialties
from companion.programme.desk.triage_file import TRIAGE
from companion.programme.desk.triage_signing import sign_triage
from companion.programme.guides.publishing import review as review_guide
from companion.programme.guides.writing import Texts, new_guide
from companion.programme.points.quizzes import digest_of
from companion.programme.points.shipped import quizzes_after
from companion.reminders import guidance
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Taken
from companion.reminders.doses.models import Dose
from companion.services import Services
from companion.waiting import is_anything_due

ZONE = "Asia/Shanghai"
PATIENT = "demo.patient"
LOGINS = {
    "patient": PATIENT,
    "doctor": "demo.doctor",
    "caregiver": "demo.caregiver",
    "admin": "demo.admin",
    "pharmacist": "demo.pharmacist",
}
PASSWORDS = {role: f"demo {role} password" for role in LOGINS}
STORY_DAYS = 16
MISSED_DAYS = {5}
"""How many days ago the one unanswered dose was: the caregiver's page has something to show."""

NAMES = {
    "patient": ("王秀英", Role.PATIENT, "zh"),
    "doctor": ("Dr Demo Li", Role.CLINICIAN, "en"),
    "caregiver": ("王小明", Role.CAREGIVER, "zh"),
    "admin": ("Demo Administrator", Role.ADMIN, "en"),
    "pharmacist": ("Demo Pharmacist Sun", Role.PHARMACIST, "en"),
}


def steps(services: Services, backend: str, folder: Path) -> tuple[tuple[str, Callable[[], object]], ...]:
    """The story in its parts, each with what it is called; `backend` reaches the virtual devices."""
    return (
        ("people, medicines, a signed plan", lambda: enrol(services)),
        ("two weeks of reminders and answers", lambda: live_two_weeks(services)),
        ("reading the meter and the cuff over Bluetooth", lambda: asyncio.run(download(services, backend))),
        ("uploading a LibreView file", lambda: upload(services, folder / "libreview_demo.csv")),
        ("a dose that is due in a minute", lambda: prescribe_for_now(services)),
    )


def person(session: Session, role: str) -> Person:
    """The demo person of that role."""
    return session.scalars(select(Person).where(Person.login == LOGINS[role])).one()


def enrol(services: Services) -> None:
    """Everybody, what the clinic knows of the patient, two medicines and a signed plan, sixteen days ago."""
    now = services.clock() - timedelta(days=STORY_DAYS)
    today = now.astimezone(ZoneInfo(ZONE)).date()
    with writing(services.engine) as session:
        people = {role: add(session, role, now) for role in LOGINS}
        patient, doctor = people["patient"], people["doctor"]
        link(session, patient=patient, member=doctor, scope=Scope.CARE, noted_by=doctor, now=now)
        for scope in (Scope.MISSED_DOSES, Scope.READINGS):
            opened = link(session, patient=patient, member=people["caregiver"], scope=scope, noted_by=doctor, now=now)
            opened.misses = Misses.EVERY.value  # the story has one missed dose, and it is shown
        for kind, value in (
            (FactKind.DIABETES_TYPE, "type2"),
            (FactKind.PREGNANT, "no"),
            (FactKind.WEIGHT_KG, "72"),
            (FactKind.EGFR, "78"),
            (FactKind.POTASSIUM, "4.3"),
            (FactKind.FRAILTY, "fit"),
            (FactKind.DRUG_LIST_CONFIRMED, "yes"),
        ):
            note_fact(session, patient=patient, kind=kind, value=value, measured_on=today, noted_by=doctor, now=now)
        insulin = _prescribe(
            session, patient, doctor, now, ("Insulin glargine", "basal_insulin", Decimal(16), "U", ["22:00"], "")
        )
        _prescribe(
            session, patient, doctor, now, ("Metformin 500 mg", "metformin", Decimal(1), "tablet", ["19:00"], "with")
        )
        terms = Terms("basal.ada_2u3d", Decimal(80), Decimal(130), Decimal(36), today + timedelta(days=80))
        _sign_protocols(session, services.stores.registry, doctor, now)
        plans.sign(session, services.stores.registry, insulin, by=doctor, terms=terms, today=today, now=now)
        _guide(session, doctor, today, now)
        _instruct(session, services, doctor, now)
        _write_guide(session, people["pharmacist"], doctor, today, now)
        _write_guide_before_quiz(session, people["pharmacist"], doctor, today, now)
        sign_triage(session, TRIAGE, seen=TRIAGE.digest, by=doctor, now=now)
        set_specialties(session, people["pharmacist"], ["medicines", "diabetes"])


def _sign_protocols(session: Session, registry: Registry, doctor: Person, now: datetime) -> None:
    """In the name of a demo account: such a signature says so wherever it is shown, and counts for demo people only."""
    for protocol in registry.protocols.values():
        if protocol.is_enabled:
            numbers = [number.key for number in unverified(protocol)]
            signing.sign(session, registry, protocol.id, by=doctor, accepted=numbers, now=now)


def _guide(session: Session, doctor: Person, today: date, now: datetime) -> None:
    """What the demo's page says of a missed dose: nobody could take it for a leaflet's text."""
    text = guidance.draft(
        session,
        by=doctor,
        kind="drug",
        name="Metformin",
        doses_a_day=1,
        text_en="DEMO text, not a leaflet's: please call the clinic before you take this dose.",
        text_zh="演示文字，不是说明书：服这次药之前请先致电诊所。",
        source="DEMO: made up",
        now=now,
    )
    guidance.review(session, text, by=doctor, review_by=today + timedelta(days=365), today=today, now=now)


def _write_guide(session: Session, pharmacist: Person, doctor: Person, today: date, now: datetime) -> None:
    """Written by the demo's pharmacist, signed by its doctor; nobody could take it for a clinic's."""
    texts = Texts(
        title_en="DEMO: your pen",
        title_zh="演示：您的注射笔",
        text_en="# Before\n\nDEMO text, not a leaflet's.\n\n- Wash your hands.\n- Look at the label.",
        text_zh="# 之前\n\n演示文字，不是说明书。\n\n- 先洗手。\n- 看清标签。",
        sources="DEMO: made up",
    )
    about = {"key": "demo-pen", "about": "drug_class", "name": "basal_insulin", "topic": "injection"}
    version = new_guide(session, by=pharmacist, texts=texts, now=now, **about)
    review_guide(session, version, by=doctor, review_by=today + timedelta(days=365), today=today, now=now)


def _write_guide_before_quiz(session: Session, pharmacist: Person, doctor: Person, today: date, now: datetime) -> None:
    """The shipped quiz about measuring is signed with it, by the visibly demo doctor."""
    texts = Texts(
        title_en="DEMO: measuring at home",
        title_zh="演示：在家测量血压",
        text_en="# Before\n\nDEMO text, not a leaflet's.\n\n- Sit still for a while.\n- Bare your upper arm.",
        text_zh="# 之前\n\n演示文字，不是说明书。\n\n- 先安静坐一会儿。\n- 露出上臂。",
        sources="DEMO: made up",
    )
    about = {"key": "measuring-blood-pressure", "about": "everybody", "name": "everybody", "topic": "general"}
    version = new_guide(session, by=pharmacist, texts=texts, now=now, **about)
    quiz = digest_of(quizzes_after(about["key"]))
    until = today + timedelta(days=365)
    review_guide(session, version, by=doctor, review_by=until, today=today, now=now, quiz_digest=quiz)


def _instruct(session: Session, services: Services, doctor: Person, now: datetime) -> None:
    """The drafts about urgent events, signed by the visibly demo doctor."""
    for about in instructions.ABOUT:
        texts, contacts = instructions.shipped_texts(about), contacts_of(services.settings)
        text = instructions.draft(session, about, texts, contacts, by=doctor, now=now)
        instructions.sign(session, text, by=doctor, now=now)


def add(session: Session, role: str, now: datetime) -> Person:
    name, kind, language = NAMES[role]
    return add_person(
        session,
        role=kind,
        name=name,
        now=now,
        login=LOGINS[role],
        password=PASSWORDS[role],
        phone=f"+1555010{list(LOGINS).index(role)}0",
        language=language,
        zone=ZONE,
        birth_on=date(1955, 3, 2) if kind is Role.PATIENT else None,
        sex="female" if kind is Role.PATIENT else None,
        is_demo=True,
    )


def _prescribe(
    session: Session,
    patient: Person,
    doctor: Person,
    now: datetime,
    told: tuple[str, str, Decimal, str, list[str], str],
) -> Regimen:
    drug, drug_class, amount, unit, times, food = told
    regimen = add_regimen(
        session,
        patient=patient,
        drug=drug,
        drug_class=drug_class,
        unit=unit,
        food=food,
        now=now,
    )
    revise(
        session,
        regimen,
        by=doctor,
        amount=amount,
        rule={"kind": "daily", "times": times},
        start_on=now.astimezone(ZoneInfo(ZONE)).date(),
        end_on=None,
        reason="Demo: first prescription here",
        now=now,
        effective_at=now,
    )
    due_work.put_off(session, WorkKind.PLAN, regimen.id, now)
    return regimen


def live_two_weeks(services: Services) -> None:
    """The service's own heartbeat through the last days: reminders at their time, answers ten minutes later."""
    end = services.clock()
    at = end - timedelta(days=STORY_DAYS)
    while at < end:
        if at.hour % 6 == 0 or is_anything_due(services.engine, at):
            _beat(services, at)
            _answer_open_doses(services, at + timedelta(minutes=10), end)
        at += timedelta(minutes=30)
    _beat(services, end)


def _beat(services: Services, at: datetime) -> None:
    then = replace(services, clock=lambda: at)
    then.beat(at)


def _answer_open_doses(services: Services, at: datetime, end: datetime) -> None:
    with reading(services.engine) as session:
        due = session.execute(select(Dose.id, Dose.due_at).where(Dose.state == "due")).all()
    for dose_id, due_at in due:
        if (end - due_at).days not in MISSED_DAYS:
            with writing(services.engine) as session:
                patient = person(session, "patient")
                answer_dose(session, dose_id, Taken(), actor_id=patient.id, via="page", now=at)


async def download(services: Services, backend: str) -> None:
    """Both devices, over GATT, as `companion devices pair` does it."""
    radio = open_radio(backend)
    try:
        with reading(services.engine) as session:
            patient = person(session, "patient")
        for found in await radio.scan(("1808", "1810"), 2.0):
            await take_in_device(services, radio, patient, found)
    finally:
        await radio.close()


def upload(services: Services, path: Path) -> None:
    """What the patient's sensor measured up to now, as LibreView exports it."""
    with reading(services.engine) as session:
        patient = person(session, "patient")
    content = libreview_file(services.clock().astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)).encode()
    path.write_bytes(content)
    report = read_export(content, zone=ZoneInfo(ZONE), unit=None, dates="DMY")
    take_in(services.stores, Upload.whole(patient.id, report, hashlib.sha256(content).hexdigest()), services.clock())


def prescribe_for_now(services: Services) -> None:
    """A third medicine whose first dose is due at the next full minute."""
    now = services.clock()
    next_minute = (now + timedelta(minutes=1)).astimezone(ZoneInfo(ZONE))
    with writing(services.engine) as session:
        told = ("Amlodipine 5 mg", "dhp_ccb", Decimal(1), "tablet", [f"{next_minute:%H:%M}"], "")
        _prescribe(session, person(session, "patient"), person(session, "doctor"), now, told)
