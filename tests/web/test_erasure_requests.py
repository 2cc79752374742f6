"""A patient asks to be erased, may take it back, and an administrator carries it out or says why not."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.care.erasure_requests import ErasureRequest, RequestState, latest_request
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.db import reading
from companion.erasing.models import Erasure
from tests.people import Cast
from tests.web.conftest import Browser, FakeClock

PAGE, OFFICE = "/my-data/delete", "/admin/erasure-requests"
YES = {"understood": "yes"}


def ask(browser: Browser) -> int:
    return browser.send(f"{PAGE}/ask", YES).status_code


def request_of(engine: Engine, cast: Cast) -> ErasureRequest:
    with reading(engine) as session:
        found = latest_request(session, cast.patient.id)
    assert found is not None
    return found


def settle(browser: Browser, request: ErasureRequest, how: str, form: dict[str, str] | None = None) -> int:
    page = f"{OFFICE}/{request.public_id}"
    return browser.send(f"{page}/{how}", form, seen_on=page).status_code


def open_tasks(engine: Engine) -> int:
    with reading(engine) as session:
        query = select(Task).where(Task.kind == TaskKind.ERASURE_ASKED.value, Task.done_at.is_(None))
        return len(session.scalars(query).all())


def test_the_page_says_what_goes_what_stays_and_for_how_long(cast: Cast, signed_in: Any) -> None:
    page = signed_in(cast.patient).get(PAGE).get_data(as_text=True)

    assert "your values, from every device and file" in page
    assert "for 15 years, without your name" in page
    assert "It cannot be undone" in page


def test_asking_makes_a_request_and_a_task_and_asking_twice_only_one(
    cast: Cast, engine: Engine, signed_in: Any
) -> None:
    browser = signed_in(cast.patient)

    statuses = [ask(browser), ask(browser)]

    with reading(engine) as session:
        (request,) = session.scalars(select(ErasureRequest))
    assert statuses == [302, 302]
    assert request.state == RequestState.ASKED
    assert open_tasks(engine) == 1


def test_nothing_is_asked_without_the_tick(cast: Cast, engine: Engine, signed_in: Any) -> None:
    answer = signed_in(cast.patient).send(f"{PAGE}/ask")

    assert answer.status_code == 422
    assert open_tasks(engine) == 0


def test_a_password_typed_long_ago_is_asked_for_again(
    cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
) -> None:
    browser = signed_in(cast.patient)
    clock.forward(minutes=16)

    answer = browser.send(f"{PAGE}/ask", YES, seen_on=PAGE)

    assert answer.status_code == 302
    assert "/confirm-password" in answer.location
    assert open_tasks(engine) == 0


def test_it_can_be_taken_back_until_it_is_settled(cast: Cast, engine: Engine, signed_in: Any) -> None:
    browser = signed_in(cast.patient)
    ask(browser)

    browser.send(f"{PAGE}/withdraw", seen_on=PAGE)

    request = request_of(engine, cast)
    assert (request.state, request.settled_by) == (RequestState.WITHDRAWN, cast.patient.id)
    assert open_tasks(engine) == 0
    assert settle(signed_in(cast.admin), request, "erase") in (400, 409)


def test_the_administrator_carries_it_out_and_the_patient_is_gone(cast: Cast, engine: Engine, signed_in: Any) -> None:
    patient = signed_in(cast.patient)
    ask(patient)
    admin = signed_in(cast.admin)
    waiting = admin.get(OFFICE).get_data(as_text=True)

    status = settle(admin, request_of(engine, cast), "erase")

    with reading(engine) as session:
        erasure = session.scalars(select(Erasure)).one()
        person = session.get_one(Person, cast.patient.id)
    request = request_of(engine, cast)
    assert "Wang Aiyi" in waiting
    assert status == 302
    assert (erasure.state, erasure.asked_by) == ("done", cast.patient.public_id)
    assert (person.name, person.login) == ("erased", None)
    assert (request.state, request.settled_by) == (RequestState.DONE, cast.admin.id)
    assert patient.get("/today").status_code == 302
    assert "Nobody has asked" in admin.get(OFFICE).get_data(as_text=True)


def test_a_refusal_is_read_by_the_patient_with_its_reason(cast: Cast, engine: Engine, signed_in: Any) -> None:
    patient = signed_in(cast.patient)
    ask(patient)

    status = settle(signed_in(cast.admin), request_of(engine, cast), "refuse", {"why_not": "A court asked to keep it."})

    assert status == 302
    assert "A court asked to keep it." in patient.get(PAGE).get_data(as_text=True)
    assert open_tasks(engine) == 0


def test_a_refusal_needs_a_reason(cast: Cast, engine: Engine, signed_in: Any) -> None:
    ask(signed_in(cast.patient))

    status = settle(signed_in(cast.admin), request_of(engine, cast), "refuse", {"why_not": " "})

    assert status == 422
    assert request_of(engine, cast).state == RequestState.ASKED


@pytest.mark.parametrize("name", ["patient", "doctor", "caregiver", "other_patient"])
def test_only_an_administrator_settles_it(cast: Cast, engine: Engine, signed_in: Any, name: str) -> None:
    ask(signed_in(cast.patient))
    request = request_of(engine, cast)

    answer = signed_in(getattr(cast, name)).get(f"{OFFICE}/{request.public_id}")

    assert answer.status_code == 403
