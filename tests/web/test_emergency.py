"""A doctor without a care link opens a patient in an emergency: to read, for hours, and everybody is told."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.care.emergency_access import MOST_A_DAY, EmergencyAccess, EmergencyReason, open_patient
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.messages.models import Message, Purpose
from companion.web.access import IN_EMERGENCY, Action, can, patients_for
from companion.web.door.sign_in import MAX_WRONG_PER_LOGIN
from tests.people import NOON, Cast
from tests.web.conftest import LET_IN, Browser, FakeClock
from tests.web.route_table import row_of
from tests.web.test_access import address, calls, has_row
from tests.web.things import her_suggestion

PAGE = "/clinic/emergency"
WHY = {"reason": "acute_danger", "words": "She collapsed in front of me."}


@pytest.fixture
def stranger(cast: Cast, signed_in: Any) -> Browser:
    """A doctor who has no care link with Mrs. Wang."""
    browser: Browser = signed_in(cast.other_doctor)
    return browser


def opens(browser: Browser, **sought: str) -> Any:
    return browser.send(PAGE, {**sought, **WHY})


def summary(cast: Cast) -> str:
    return f"/clinic/patients/{cast.patient.public_id}"


def accesses(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.scalars(select(EmergencyAccess)).all())


class TestOpening:
    def test_who_says_whom_and_why_reads_the_patient(self, stranger: Browser, cast: Cast) -> None:
        before = stranger.get(summary(cast)).status_code

        answer = opens(stranger, name="Wang Aiyi", birth_on="1955-03-02")
        page = stranger.get(summary(cast))

        assert before == 404
        assert answer.location == summary(cast)
        assert page.status_code == 200
        assert "You may read this patient until" in page.get_data(as_text=True)

    def test_it_is_over_by_itself(self, stranger: Browser, cast: Cast, clock: FakeClock) -> None:
        opens(stranger, patient_id=cast.patient.public_id)

        for _ in range(5):
            clock.forward(minutes=48)
            stranger.get("/account")

        assert stranger.get(summary(cast)).status_code == 404

    def test_who_opened_it_ends_it(self, stranger: Browser, cast: Cast, engine: Engine) -> None:
        opens(stranger, patient_id=cast.patient.public_id)
        with reading(engine) as session:
            opened = session.scalars(select(EmergencyAccess.public_id)).one()

        answer = stranger.send(f"{PAGE}/{opened}/end", seen_on=PAGE)

        assert answer.status_code == 302
        assert stranger.get(summary(cast)).status_code == 404

    def test_nobody_ends_or_uses_what_somebody_else_opened(
        self, stranger: Browser, cast: Cast, engine: Engine, signed_in: Any
    ) -> None:
        with writing(engine) as session:
            colleague = add_person(session, role=Role.CLINICIAN, name="Dr. Sun", login="dr.sun", now=NOON)
            colleague.password_hash = session.get_one(Person, cast.doctor.id).password_hash
        opens(stranger, patient_id=cast.patient.public_id)
        with reading(engine) as session:
            opened = session.scalars(select(EmergencyAccess.public_id)).one()

        other = signed_in(colleague)
        answer = other.send(f"{PAGE}/{opened}/end", seen_on=PAGE)

        assert answer.status_code == 404
        assert other.get(summary(cast)).status_code == 404
        assert stranger.get(summary(cast)).status_code == 200

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            ({"patient_id": "", **WHY}, "patient_id"),
            ({"name": "Wang Aiyi", **WHY}, "patient_id"),
            ({"phone": "+8613800138000", "words": WHY["words"]}, "reason"),
            ({"phone": "+8613800138000", "reason": "acute_danger"}, "words"),
            ({"phone": "+8613800138000", "reason": "acute_danger", "words": "asap"}, "words"),
            ({"phone": "+8613800138000", "reason": "curiosity", "words": WHY["words"]}, "reason"),
            ({"phone": "her daughter's", **WHY}, "phone"),
        ],
    )
    def test_without_whom_and_why_nothing_opens(
        self, stranger: Browser, engine: Engine, form: dict[str, str], field: str
    ) -> None:
        answer = stranger.send(PAGE, form)

        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.get_data(as_text=True)
        assert accesses(engine) == 0

    def test_the_password_has_to_be_fresh(
        self, cast: Cast, stranger: Browser, clock: FakeClock, engine: Engine
    ) -> None:
        clock.forward(minutes=16)

        page, answer = stranger.get(PAGE), opens(stranger, patient_id=cast.patient.public_id)

        assert page.location.startswith("/confirm-password")
        assert answer.status_code != 200
        assert accesses(engine) == 0

    @pytest.mark.parametrize("name", ["patient", "caregiver", "admin"])
    def test_it_is_for_doctors_only(self, name: str, cast: Cast, signed_in: Any) -> None:
        assert signed_in(getattr(cast, name)).get(PAGE).status_code == 403

    def test_ones_own_patient_is_simply_shown(self, cast: Cast, signed_in: Any, engine: Engine) -> None:
        answer = opens(signed_in(cast.doctor), phone="+8613800138000")

        assert answer.location == summary(cast)
        assert accesses(engine) == 0


class TestLimits:
    def test_who_guesses_is_stopped_and_the_right_one_waits(
        self, stranger: Browser, cast: Cast, engine: Engine
    ) -> None:
        guesses = [opens(stranger, patient_id=f"pa_{n}").status_code for n in range(MAX_WRONG_PER_LOGIN)]

        right = opens(stranger, patient_id=cast.patient.public_id)

        assert guesses == [422] * MAX_WRONG_PER_LOGIN
        assert right.status_code == 429
        assert accesses(engine) == 0

    def test_what_opens_nothing_does_not_say_who_is_a_patient_here(self, stranger: Browser, cast: Cast) -> None:
        refused = [
            stranger.send(PAGE, {"patient_id": sought, "reason": "other", "words": "short"})
            for sought in ("pa_000000000000", cast.patient.public_id)
        ]

        said = [re.findall(r'href="#(\w+)"', page.get_data(as_text=True)) for page in refused]
        assert [page.status_code for page in refused] == [422, 422]
        assert said[0] == said[1]
        assert "words" in said[1]

    def test_nobody_goes_through_the_clinics_patients(
        self, stranger: Browser, cast: Cast, engine: Engine, clock: FakeClock
    ) -> None:
        with writing(engine) as session:
            doctor = session.get_one(Person, cast.other_doctor.id)
            for n in range(MOST_A_DAY):
                other = add_person(
                    session, role=Role.PATIENT, name=f"P {n}", birth_on=cast.patient.birth_on, zone="UTC", now=NOON
                )
                open_patient(session, other, doctor, EmergencyReason.OTHER, WHY["words"], NOON)

        answers = [opens(stranger, patient_id=sought) for sought in (cast.patient.public_id, "pa_000000000000")]

        told = ["too many patients" in answer.get_data(as_text=True) for answer in answers]
        assert [answer.status_code for answer in answers] == [422, 422]
        assert told == [True, True]  # whether there is such a patient is not said
        assert accesses(engine) == MOST_A_DAY


class TestReadingOnly:
    @pytest.mark.own_app
    def test_of_all_routes_only_readings_pages_open_and_no_write(
        self, bare_app: Flask, cast: Cast, engine: Engine, signed_in: Any
    ) -> None:
        browser = signed_in(cast.other_doctor)
        before = let_in(bare_app, browser, engine, cast)
        with writing(engine) as session:
            doctor = session.get_one(Person, cast.other_doctor.id)
            open_patient(session, cast.patient, doctor, EmergencyReason.OTHER, WHY["words"], NOON)

        after = let_in(bare_app, browser, engine, cast)

        new = after - before
        assert {"GET patients.summary", "GET patients.values", "GET api.readings"} <= new
        assert all(call.startswith("GET ") for call in new)
        assert not {"GET thread.index", "GET patients.medicines", "GET reviewing.suggestion"} & new

    def test_the_summary_shows_no_advice_no_messages_and_no_addresses(
        self, stranger: Browser, cast: Cast, engine: Engine, signed_in: Any
    ) -> None:
        suggestion = her_suggestion(engine, cast)
        opens(stranger, patient_id=cast.patient.public_id)

        hers = stranger.get(summary(cast)).get_data(as_text=True)
        to_her_doctor = signed_in(cast.doctor).get(summary(cast)).get_data(as_text=True)

        for not_shown in (suggestion, "Wang Junior", "Last messages", "How we reach them", "Note facts", "/thread"):
            assert not_shown in to_her_doctor, not_shown
            assert not_shown not in hers, not_shown
        assert "glargine" in hers

    def test_it_opens_no_advice_and_no_list(self, cast: Cast, engine: Engine) -> None:
        with writing(engine) as session:
            doctor = session.get_one(Person, cast.other_doctor.id)
            open_patient(session, cast.patient, doctor, EmergencyReason.OTHER, WHY["words"], NOON)

        with reading(engine) as session:
            listed = patients_for(session, cast.other_doctor, Action.SEE_PATIENT, NOON)
            may = [action for action in Action if can(session, cast.other_doctor, action, cast.patient, NOON)]

        assert [patient.name for patient in listed] == ["Zhang Bo"]
        assert not {Action.DECIDE_ADVICE, Action.SEE_ADVICE, Action.EDIT_REGIMEN, *IN_EMERGENCY} & set(may)


class TestTelling:
    def test_the_patient_and_the_administrator_are_told_and_the_words_name_nobody(
        self, stranger: Browser, cast: Cast, engine: Engine
    ) -> None:
        opens(stranger, patient_id=cast.patient.public_id)

        with reading(engine) as session:
            told = session.scalars(select(Message).where(Message.purpose == Purpose.EMERGENCY_ACCESS.value)).all()
            task = session.scalars(select(Task).where(Task.kind == TaskKind.EMERGENCY_ACCESS.value)).one()
        assert {message.recipient_id for message in told} == {cast.patient.id, cast.admin.id}
        assert all(message.params == {} for message in told)
        assert (task.patient_id, task.done_at) == (cast.patient.id, None)

    def test_the_patient_sees_who_and_why(self, stranger: Browser, cast: Cast, signed_in: Any) -> None:
        opens(stranger, patient_id=cast.patient.public_id)
        stranger.get(summary(cast))

        page = signed_in(cast.patient).get("/my-data/looked").get_data(as_text=True)

        assert "Opened in an emergency" in page
        assert "Dr. Zhao" in page
        assert WHY["words"] in page

    def test_another_patient_sees_nothing_of_it(self, stranger: Browser, cast: Cast, signed_in: Any) -> None:
        opens(stranger, patient_id=cast.patient.public_id)

        page = signed_in(cast.other_patient).get("/my-data/looked").get_data(as_text=True)

        assert WHY["words"] not in page

    def test_the_administrator_reviews_it_and_finds_it_in_the_audit(
        self, stranger: Browser, cast: Cast, engine: Engine, signed_in: Any
    ) -> None:
        opens(stranger, patient_id=cast.patient.public_id)
        admin = signed_in(cast.admin)
        with reading(engine) as session:
            opened = session.scalars(select(EmergencyAccess.public_id)).one()

        page = admin.get("/admin/emergencies").get_data(as_text=True)
        first = admin.send(f"/admin/emergencies/{opened}/seen", seen_on="/admin/emergencies").status_code
        second = admin.send(f"/admin/emergencies/{opened}/seen", seen_on="/admin/emergencies").status_code

        assert "Dr. Zhao" in page
        assert cast.patient.name not in page
        assert cast.patient.public_id in admin.get("/clinic/audit?kind=emergency.opened").get_data(as_text=True)
        assert (first, second) == (302, 409)
        with reading(engine) as session:
            task = session.scalars(select(Task).where(Task.kind == TaskKind.EMERGENCY_ACCESS.value)).one()
            kinds = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("emergency"))).all()
        assert task.done_by == cast.admin.id
        assert list(kinds) == ["emergency.opened", "emergency.reviewed"]

    def test_twice_in_a_hurry_is_one_opening(self, stranger: Browser, cast: Cast, engine: Engine) -> None:
        opens(stranger, patient_id=cast.patient.public_id)
        opens(stranger, patient_id=cast.patient.public_id)

        with reading(engine) as session:
            told = session.scalars(select(Message).where(Message.purpose == Purpose.EMERGENCY_ACCESS.value)).all()
        assert accesses(engine) == 1
        assert len(told) == 2


def let_in(app: Flask, browser: Browser, engine: Engine, cast: Cast) -> set[str]:
    """The guarded routes about Mrs. Wang that let this browser in."""
    found = set()
    for rule, method in filter(lambda call: has_row(*call), calls(app)):
        if row_of(rule.endpoint, method) is None:
            continue
        if browser.client.open(address(app, rule, engine, cast), method=method).status_code == LET_IN:
            found.add(f"{method} {rule.endpoint}")
    return found
