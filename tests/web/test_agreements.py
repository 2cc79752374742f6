"""What a patient agreed to: health data by itself, and each who gets some of it; and what others did in their place."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.care.data_consent import last_said, said_of
from companion.care.data_consent_texts import agreement
from companion.care.tasks import Task, TaskKind
from companion.db import reading
from tests.people import Cast
from tests.web.conftest import Browser, FakeClock

PAGE = "/my-data/agreements"


@pytest.fixture
def patient(cast: Cast, signed_in: Any) -> Browser:
    browser: Browser = signed_in(cast.patient)
    return browser


def open_tasks(engine: Engine) -> int:
    with reading(engine) as session:
        waiting = Task.kind == TaskKind.DATA_REFUSED.value, Task.done_at.is_(None)
        return len(session.scalars(select(Task).where(*waiting)).all())


def test_the_page_shows_the_words_and_each_who_gets_some(patient: Browser) -> None:
    page = patient.get(PAGE).get_data(as_text=True)

    assert agreement("en") in page
    assert "not asked yet" in page
    assert "I agree that Dr. Li sees my values" in page
    assert "I agree that Wang Junior sees whether I take my medicines" in page
    assert "Zhang" not in page


def test_a_yes_is_kept_with_its_words_and_their_version(patient: Browser, cast: Cast, engine: Engine) -> None:
    patient.send(PAGE, {"agrees": "yes"})

    with reading(engine) as session:
        said = last_said(session, cast.patient.id)
        of_another = last_said(session, cast.other_patient.id)
    assert said is not None
    assert (said.is_agreed, said.text) == (True, agreement("en"))
    assert of_another is None
    assert open_tasks(engine) == 0


def test_what_is_taken_back_stops_nothing_and_the_clinic_is_told(
    patient: Browser, cast: Cast, engine: Engine, clock: FakeClock
) -> None:
    patient.send(PAGE, {"agrees": "yes"})
    clock.forward(minutes=1)

    patient.send(PAGE, {"agrees": "no"})

    with reading(engine) as session:
        said = [row.is_agreed for row in said_of(session, cast.patient.id)]
    assert said == [True, False]
    assert open_tasks(engine) == 1
    assert patient.get("/today").status_code == 200


def test_agreeing_after_all_ends_the_clinics_task(patient: Browser, engine: Engine, clock: FakeClock) -> None:
    patient.send(PAGE, {"agrees": "no"})
    clock.forward(minutes=1)

    patient.send(PAGE, {"agrees": "yes"})

    assert open_tasks(engine) == 0


def test_an_answer_that_is_none_is_refused(patient: Browser) -> None:
    assert patient.send(PAGE, {"agrees": "perhaps"}).status_code == 400


@pytest.mark.parametrize("name", ["doctor", "caregiver", "admin", "other_doctor"])
def test_nobody_agrees_for_somebody_else(name: str, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(getattr(cast, name))

    assert (browser.get(PAGE).status_code, browser.send(PAGE, {"agrees": "yes"}, seen_on="/account").status_code) == (
        403,
        403,
    )


def test_what_the_clinic_does_in_a_patients_place_is_visible_as_such(
    patient: Browser, cast: Cast, signed_in: Any
) -> None:
    doctor = signed_in(cast.doctor)
    base = f"/clinic/patients/{cast.patient.public_id}/reach"
    doctor.send(f"{base}/names", {"names": "yes"}, seen_on=base)

    hers = patient.get("/my-data/looked").get_data(as_text=True)
    of_another = signed_in(cast.other_patient).get("/my-data/looked").get_data(as_text=True)

    assert "Done for you by others" in hers
    assert "Dr. Li (doctor or nurse)</strong> chose whether messages name your medicines" in hers
    assert "Done for you by others" not in of_another
