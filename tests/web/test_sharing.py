"""A patient ends what others see in two taps, and asks the clinic for what only the clinic can do."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.care.consent import CareLink, Scope, find_link, link
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.messages.models import Message, Purpose
from tests.people import NOON, Cast
from tests.web.conftest import Browser, FakeClock

PAGE = "/my-data/who-may-see"


def stop(browser: Browser, member: Person, what: str) -> int:
    return browser.send(f"{PAGE}/{member.public_id}/stop/{what}").status_code


def runs(engine: Engine, cast: Cast, member: Person, scope: Scope) -> bool:
    with reading(engine) as session:
        return find_link(session, cast.patient.id, member.id, scope, NOON) is not None


def tasks(engine: Engine, kind: TaskKind) -> list[dict[str, Any]]:
    with reading(engine) as session:
        return [task.details for task in session.scalars(select(Task).where(Task.kind == kind.value))]


def text(browser: Browser, path: str) -> str:
    return browser.get(path).get_data(as_text=True)


def test_the_page_tells_who_sees_what_and_the_words_that_were_agreed_to(cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.patient)

    page = text(browser, PAGE)

    assert "Dr. Li" in page
    assert "I agree that Wang Junior sees whether I take my medicines" in page
    assert "Never which medicine it is" in page
    assert "Dr. Zhao" not in page
    assert "Zhang" not in page


def test_one_scope_ends_alone_and_the_other_goes_on(cast: Cast, engine: Engine, signed_in: Any) -> None:
    browser = signed_in(cast.patient)

    status = stop(browser, cast.caregiver, "readings")

    assert status == 302
    assert not runs(engine, cast, cast.caregiver, Scope.READINGS)
    assert runs(engine, cast, cast.caregiver, Scope.MISSED_DOSES)
    assert tasks(engine, TaskKind.SHARING_ENDED) == [{"member": cast.caregiver.public_id, "scopes": ["readings"]}]


def test_everything_of_one_person_ends_at_once(cast: Cast, engine: Engine, signed_in: Any) -> None:
    browser, family = signed_in(cast.patient), signed_in(cast.caregiver)
    before = text(family, "/caregiver")

    status = stop(browser, cast.caregiver, "all")

    after = text(family, "/caregiver")
    assert status == 302
    assert "Wang Aiyi" in before
    assert "Wang Aiyi" not in after
    assert "Somebody does not share this with you any more" in after


def test_nothing_ends_by_looking(cast: Cast, engine: Engine, signed_in: Any) -> None:
    browser = signed_in(cast.patient)

    page = text(browser, f"{PAGE}/{cast.caregiver.public_id}/stop/all")

    assert "Nobody else is told when you miss a dose" in page
    assert runs(engine, cast, cast.caregiver, Scope.READINGS)


def test_the_caregiver_is_told_only_that_something_changed(cast: Cast, engine: Engine, signed_in: Any) -> None:
    stop(signed_in(cast.patient), cast.caregiver, "readings")

    with reading(engine) as session:
        (message,) = session.scalars(select(Message).where(Message.purpose == Purpose.SHARING_CHANGED.value))

    assert (message.recipient_id, message.patient_id, message.params) == (cast.caregiver.id, cast.patient.id, {})


def test_the_audit_says_what_was_ended_and_by_whom(cast: Cast, engine: Engine, signed_in: Any) -> None:
    stop(signed_in(cast.patient), cast.caregiver, "readings")

    with reading(engine) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "stopped_sharing")).one()

    assert (entry.actor, entry.patient) == (cast.patient.public_id, cast.patient.public_id)
    assert entry.details == {"member": cast.caregiver.public_id, "scopes": ["readings"]}


def test_the_last_doctor_is_not_ended_but_explained(cast: Cast, engine: Engine, signed_in: Any) -> None:
    browser = signed_in(cast.patient)
    address = f"{PAGE}/{cast.doctor.public_id}/stop/all"

    page = text(browser, address)
    status = browser.send(address, seen_on=PAGE).status_code

    assert "Dr. Li is your last doctor here" in page
    assert status == 302
    assert runs(engine, cast, cast.doctor, Scope.CARE)


def test_one_of_two_doctors_can_be_ended(cast: Cast, engine: Engine, signed_in: Any) -> None:
    with writing(engine) as session:
        link(session, patient=cast.patient, member=cast.other_doctor, scope=Scope.CARE, noted_by=cast.admin, now=NOON)
    browser = signed_in(cast.patient)

    status = stop(browser, cast.doctor, "care")

    assert status == 302
    assert not runs(engine, cast, cast.doctor, Scope.CARE)
    assert signed_in(cast.doctor).get(f"/clinic/patients/{cast.patient.public_id}").status_code == 404


def test_leaving_care_is_asked_of_the_clinic_once_a_day(cast: Cast, engine: Engine, signed_in: Any) -> None:
    browser = signed_in(cast.patient)

    for _ in range(2):
        browser.send(f"{PAGE}/leave", seen_on=f"{PAGE}/{cast.doctor.public_id}/stop/all")

    assert tasks(engine, TaskKind.LEAVING_ASKED) == [{}]
    assert runs(engine, cast, cast.doctor, Scope.CARE)


def test_somebody_else_is_let_in_by_the_clinic(cast: Cast, engine: Engine, signed_in: Any) -> None:
    browser = signed_in(cast.patient)

    answer = browser.send(f"{PAGE}/ask", {"who": "my daughter Li Na", "scopes": ["readings"]})

    assert answer.status_code == 302
    assert tasks(engine, TaskKind.SHARING_ASKED) == [{"scopes": ["readings"]}]
    assert "my daughter Li Na: blood sugar and blood pressure" in text(signed_in(cast.doctor), "/doctor/tasks")


@pytest.mark.parametrize("form", [{"who": "my daughter"}, {"scopes": ["readings"]}])
def test_a_request_without_a_name_or_a_scope_is_asked_again(
    cast: Cast, engine: Engine, signed_in: Any, form: dict[str, Any]
) -> None:
    answer = signed_in(cast.patient).send(f"{PAGE}/ask", form)

    assert answer.status_code == 422
    assert tasks(engine, TaskKind.SHARING_ASKED) == []


@pytest.mark.parametrize("what", ["care", "nonsense"])
def test_what_somebody_does_not_see_cannot_be_ended(cast: Cast, signed_in: Any, what: str) -> None:
    status = signed_in(cast.patient).get(f"{PAGE}/{cast.caregiver.public_id}/stop/{what}").status_code

    assert status == 404


def test_a_stranger_ends_nothing(cast: Cast, engine: Engine, signed_in: Any) -> None:
    browser = signed_in(cast.other_patient)

    answer = browser.send(f"{PAGE}/{cast.caregiver.public_id}/stop/all", seen_on=PAGE)

    assert answer.status_code == 404
    assert runs(engine, cast, cast.caregiver, Scope.READINGS)


def test_a_link_from_before_the_words_were_kept_is_shown_without_them(
    cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
) -> None:
    with writing(engine) as session:
        for one in session.scalars(select(CareLink)):
            one.consent_text = one.consent_version = None

    page = text(signed_in(cast.patient), PAGE)

    assert "You agreed to" not in page
    assert "Wang Junior" in page
