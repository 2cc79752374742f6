"""States of pages that come with time, before the judges: approved, urgent, refused, missing; and the first day."""

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from companion.advice.models import Suggestion
from companion.care.regimens import Regimen
from companion.db import reading, writing
from companion.reminders.doses.models import Dose
from companion.reminders.doses.one_tap import one_tap_link
from tests.judges.walk import House, walk, walker

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]
BEYOND_AXE = {"patient": "en", "caregiver": "en", "doctor": "zh", "admin": "zh"}
"""The language in which no page is judged by axe, which heard them all with something in every list."""
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


def judged(house: House, role: str | None, language: str, chromium: Browser, *paths: str) -> dict[str, list[str]]:
    """What the judges say of these pages, each of which has to be there."""
    with walker(house, role, language, chromium) as walking:
        for path in paths:
            walking.visit(path, path)
        assert walking.report.unseen == {}
        return walking.report.faults


@LANGUAGES
def test_a_change_that_was_approved(later: House, language: str, chromium: Browser) -> None:
    with reading(later.services.engine) as session:
        suggestion = session.scalars(select(Suggestion)).one()
        regimen = session.get_one(Regimen, suggestion.regimen_id).public_id
    decided = f"/doctor/suggestions/{suggestion.public_id}"

    for_the_patient = judged(later, "patient", language, chromium, "/today", f"/today/changes/{regimen}")
    for_the_doctor = judged(later, "doctor", language, chromium, decided, f"{decided}/withdraw")

    assert for_the_patient | for_the_doctor == {}


@LANGUAGES
def test_a_link_of_a_reminder(later: House, language: str, chromium: Browser) -> None:
    with writing(later.services.engine) as session:
        due = session.scalars(select(Dose).where(Dose.state == "due")).first()
        assert due is not None
        link = one_tap_link(session, due.patient_id, due.due_at, later.services.clock())
    later.speak(later.person("patient"), language)

    with walker(later, None, language, chromium) as walking:
        walking.open(link)
        walking.visit("/tap", "/tap")

    assert (walking.report.faults, walking.report.unseen) == ({}, {})


@LANGUAGES
def test_a_value_that_cannot_wait(urgent: House, language: str, chromium: Browser) -> None:
    patient = urgent.person("patient").public_id

    faults = {
        **judged(urgent, "patient", language, chromium, "/today", "/urgent"),
        **judged(urgent, "caregiver", language, chromium, "/caregiver"),
        **judged(urgent, "doctor", language, chromium, "/doctor/queue", f"/clinic/patients/{patient}"),
    }

    assert faults == {}


@pytest.mark.parametrize("role", ["patient", "doctor", "caregiver", "admin"])
def test_the_first_day(role: str, empty: House, chromium: Browser) -> None:
    report = walk(empty, role, BEYOND_AXE[role], chromium)

    assert report.faults == {}


@LANGUAGES
@pytest.mark.parametrize("role", ["patient", None])
def test_an_address_that_leads_nowhere(role: str | None, empty: House, language: str, chromium: Browser) -> None:
    with walker(empty, role, language, chromium) as walking:
        walking.visit("/nothing/here", "missing", status=404)

    assert (walking.report.faults, walking.report.unseen) == ({}, {})


@LANGUAGES
@pytest.mark.parametrize("role", ["patient", "doctor", "admin"])
def test_forms_that_are_refused(role: str, later: House, language: str, chromium: Browser) -> None:
    with walker(later, role, language, chromium) as walking:
        for rule, paths in later.pages_for(role):
            if "POST" in (rule.methods or ()) and rule.endpoint not in ("auth.sign_out",):
                for path in paths[:1]:
                    walking.open(path)
                    walking.send_empty(rule.endpoint)

    assert walking.report.seen
    assert walking.report.faults == {}
