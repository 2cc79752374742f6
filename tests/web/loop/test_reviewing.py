"""The doctor's page while several doctors look: who decides, who waits, who signs second; what no page ever does."""

import re
from dataclasses import fields
from datetime import timedelta
from html.parser import HTMLParser
from typing import NamedTuple

import pytest
from werkzeug.test import TestResponse

from companion.advice.assessing.case import FLAGS, Patient
from companion.advice.deciding.acts import Decision
from companion.advice.deciding.bounds import RISKS
from companion.advice.deciding.decision_codes import Ended, PutOff, Rejection
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.grammar.vocabulary import COLLECTED
from companion.advice.models import Review, Suggestion
from companion.care.consent import Scope
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.messages.models import Message, Purpose
from companion.web.in_words import decision_words
from tests.apps import app_over
from tests.web.conftest import Browser
from tests.web.loop.house import House

DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')


@pytest.fixture
def suggestion(house: House) -> Suggestion:
    """16 → 18 U waits; Dr. Stern treats Anna, too."""
    house.titration()
    house.fast(150, 148, 155)
    with writing(house.engine) as session:
        house.link(session, house.anna, house.other_doctor, Scope.CARE)
    return house.only(Suggestion)


def path_of(suggestion: Suggestion) -> str:
    return f"/doctor/suggestions/{suggestion.public_id}"


def page(browser: Browser, suggestion: Suggestion) -> str:
    return browser.get(path_of(suggestion)).get_data(as_text=True)


def press(browser: Browser, suggestion: Suggestion, what: str, **form: str) -> TestResponse:
    return browser.send(f"{path_of(suggestion)}/{what}", form, seen_on=path_of(suggestion))


def digest_on(browser: Browser, suggestion: Suggestion) -> str:
    found = DIGEST.search(browser.get(f"{path_of(suggestion)}?step=approve").get_data(as_text=True))
    assert found is not None
    return found.group(1)


def ask_for_a_second(house: House, suggestion: Suggestion) -> Browser:
    """Dr. Roth wants 20 U."""
    browser = house.browser(house.doctor)
    press(browser, suggestion, "claim")
    digest = digest_on(browser, suggestion)
    answer = press(browser, suggestion, "decide", decision="amended", amount="20", reason="eats more", digest=digest)
    assert answer.status_code == 302
    return browser


class Control(NamedTuple):
    """A part of a form that somebody sees."""

    tag: str
    said: dict[str, str | None]

    @property
    def is_chosen(self) -> bool:
        return bool({"checked", "autofocus"} & self.said.keys()) or (
            "selected" in self.said and self.said["value"] != ""
        )

    @property
    def is_typed(self) -> bool:
        is_offered = self.said.get("type") == "radio"  # its value is what it offers
        return self.tag == "input" and not is_offered and bool(self.said.get("value"))

    @property
    def takes_several(self) -> bool:
        return "multiple" in self.said or self.said.get("type") == "checkbox"


class Controls(HTMLParser):
    """Every control on a page but the hidden ones."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Control] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("input", "select", "option", "textarea", "button") and ("type", "hidden") not in attrs:
            self.found.append(Control(tag, dict(attrs)))


# One doctor at a time


def test_now_and_proposed_stand_first_then_why_and_the_checks_and_the_decision_at_the_end(
    house: House, suggestion: Suggestion
) -> None:
    browser = house.browser(house.doctor)
    press(browser, suggestion, "claim")

    shown = browser.get(f"{path_of(suggestion)}?step=approve").get_data(as_text=True).partition('id="opened"')[2]

    places = [shown.index(words) for words in ("16 → 18 U", "What was found", "Safety checks", "Approve as proposed")]
    assert places == sorted(places)
    assert "155 mg/dL (8.6 mmol/L)" in shown


def test_reading_alone_claims_nothing_and_shows_no_way_to_decide(house: House, suggestion: Suggestion) -> None:
    shown = house.page(house.doctor, path_of(suggestion))

    assert 'value="approved"' not in shown
    assert house.only(Suggestion).claimed_by is None


def test_the_second_doctor_sees_who_decides_and_may_still_read(house: House, suggestion: Suggestion) -> None:
    press(house.browser(house.doctor), suggestion, "claim")
    browser = house.browser(house.other_doctor)

    shown, queue = page(browser, suggestion), browser.get("/doctor/queue").get_data(as_text=True)

    assert "Dr. Roth is deciding on it" in shown
    assert "What was found" in shown
    assert 'value="approved"' not in shown
    assert "Dr. Roth is deciding on it" in queue


def test_a_decision_while_another_doctor_decides_is_409_with_the_state(house: House, suggestion: Suggestion) -> None:
    browser = house.browser(house.other_doctor)
    press(browser, suggestion, "claim")
    digest = digest_on(browser, suggestion)
    house.clock.advance(minutes=5)
    press(house.browser(house.doctor), suggestion, "claim")

    answers = [
        press(browser, suggestion, "decide", decision="approved", digest=digest),
        press(browser, suggestion, "claim"),
        press(browser, suggestion, "put-off", hours="2", why="other"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert "Dr. Roth is deciding on it" in answers[0].get_data(as_text=True)
    assert house.all(Review) == []


def test_a_claim_runs_out_and_can_be_handed_back(house: House, suggestion: Suggestion) -> None:
    first, other = house.browser(house.doctor), house.browser(house.other_doctor)
    press(first, suggestion, "claim")
    press(first, suggestion, "hand-back")
    after_handing_back = press(other, suggestion, "claim")
    house.clock.advance(minutes=5)

    after_its_time = press(first, suggestion, "claim")

    assert (after_handing_back.status_code, after_its_time.status_code) == (302, 302)
    assert house.only(Suggestion).claimed_by == house.doctor.id


def test_the_time_on_the_page_counts_from_when_it_was_shown(house: House, suggestion: Suggestion) -> None:
    browser = house.browser(house.doctor)
    found = re.search(r'name="shown_at" value="(\d+)"', page(browser, suggestion))
    assert found is not None
    house.clock.advance(seconds=25)
    press(browser, suggestion, "claim", shown_at=found.group(1))
    digest = digest_on(browser, suggestion)

    press(browser, suggestion, "decide", decision="approved", digest=digest)

    review = house.only(Review)
    assert review.opened_at is not None
    assert review.decided_at - review.opened_at == timedelta(seconds=25)


# Two signatures


def test_far_more_than_proposed_waits_in_the_queue_for_a_second_signature(house: House, suggestion: Suggestion) -> None:
    ask_for_a_second(house, suggestion)

    queue = house.page(house.other_doctor, "/doctor/queue")

    assert "second signature" in queue
    assert "asked for by Dr. Roth" in queue
    assert house.all(Review) == []
    assert house.all(Message, purpose=Purpose.ADVICE.value) == []


def test_another_doctor_reads_why_and_signs(house: House, suggestion: Suggestion) -> None:
    ask_for_a_second(house, suggestion)
    browser = house.browser(house.other_doctor)
    shown = page(browser, suggestion)

    press(browser, suggestion, "second", answer="sign", digest=digest_on(browser, suggestion))

    decided = page(browser, suggestion)
    assert "an insulin is raised by more than 20 %" in shown
    assert "Sign as the second clinician" in shown
    assert house.only(Review).amount == 20
    assert "Dr. Roth approved another amount at" in decided
    assert "16 → 20 U" in decided
    assert "not yet sent to the patient" in decided
    assert "Dr. Stern signed as the second clinician" in decided


def test_the_first_is_offered_no_signature_and_gets_none(house: House, suggestion: Suggestion) -> None:
    browser = ask_for_a_second(house, suggestion)

    shown, digest = page(browser, suggestion), house.evidence(suggestion).digest
    answer = press(browser, suggestion, "second", answer="sign", digest=digest)

    assert "Sign as the second clinician" not in shown
    assert answer.status_code == 422
    assert house.all(Review) == []


def test_with_an_old_password_the_second_types_it_first(house: House, suggestion: Suggestion) -> None:
    ask_for_a_second(house, suggestion)
    browser = house.browser(house.other_doctor)
    digest = house.evidence(suggestion).digest
    house.clock.advance(minutes=16)

    shown = page(browser, suggestion)
    answer = press(browser, suggestion, "second", answer="sign", digest=digest)

    assert "Sign as the second clinician" not in shown
    assert "/confirm-password" in answer.location
    assert house.all(Review) == []


def test_on_changed_data_the_second_signs_nothing(house: House, suggestion: Suggestion) -> None:
    ask_for_a_second(house, suggestion)
    browser = house.browser(house.other_doctor)
    digest = digest_on(browser, suggestion)
    house.note_facts(weight_kg="79")

    answer = press(browser, suggestion, "second", answer="sign", digest=digest)

    shown = answer.get_data(as_text=True)
    assert answer.status_code == 412
    assert "Noted of the patient: Weight (kg)" in shown
    assert "nobody can sign it any more" in shown
    assert house.all(Review) == []


def test_not_signed_it_waits_as_before(house: House, suggestion: Suggestion) -> None:
    ask_for_a_second(house, suggestion)
    browser = house.browser(house.other_doctor)

    press(browser, suggestion, "second", answer="refuse", digest=digest_on(browser, suggestion))

    assert house.only(SecondOpinion).ended_how == "declined"
    assert "Second signature" not in page(browser, suggestion)
    assert house.only(Suggestion).state == "pending"


# Later, and instead


def test_put_off_it_leaves_the_queue_and_comes_back_by_itself(house: House, suggestion: Suggestion) -> None:
    browser = house.browser(house.doctor)
    press(browser, suggestion, "put-off", hours="4", why="talk_to_patient")
    away = browser.get("/doctor/queue").get_data(as_text=True)
    shown, later = page(browser, suggestion), browser.get("/doctor/queue?show=put_off").get_data(as_text=True)

    house.clock.advance(hours=4)
    back = house.page(house.doctor, "/doctor/queue")

    assert "No suggestion waits for you." in away
    assert "Put off 1" in away
    assert suggestion.public_id not in away
    assert suggestion.public_id in later
    assert "Dr. Roth put it off until" in shown
    assert "Talk to the patient first" in shown
    assert "16 → 18 U" in back
    assert "Put off 1" not in back


def test_longer_than_there_is_time_for_is_neither_offered_nor_taken(house: House, suggestion: Suggestion) -> None:
    browser = house.browser(house.doctor)

    offered = browser.get(f"{path_of(suggestion)}?step=put_off").get_data(as_text=True)
    answer = press(browser, suggestion, "put-off", hours="49", why="other")

    assert '<option value="48">' in offered
    assert '<option value="72">' not in offered
    assert answer.status_code == 422
    assert house.only(Suggestion).put_off_until is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (Rejection.ASK_ABOUT_DOSES, TaskKind.ADHERENCE_REVIEW),
        (Rejection.ASK_PATIENT, TaskKind.ASK_PATIENT),
        (Rejection.REFER, TaskKind.REFER),
    ],
)
def test_what_is_asked_for_instead_is_a_task(
    house: House, suggestion: Suggestion, code: Rejection, kind: TaskKind
) -> None:
    browser = house.browser(house.doctor)
    press(browser, suggestion, "claim")
    digest = digest_on(browser, suggestion)

    press(browser, suggestion, "decide", decision="rejected", code=code.value, reason="since Monday?", digest=digest)

    assert house.only(Review).code == code
    assert "since Monday?" in browser.get("/doctor/tasks").get_data(as_text=True)
    assert [task.kind for task in house.all(Task)] == [kind]
    assert house.all(Message, purpose=Purpose.ADVICE.value) == []


def test_what_was_replaced_says_by_what_and_leads_there(house: House, suggestion: Suggestion) -> None:
    house.measure(50)
    house.clock.advance(minutes=1)
    new = house.only(Suggestion, state="pending")

    shown = house.page(house.doctor, path_of(suggestion))

    assert "What is known now proposes something else." in shown
    assert "new glucose values: 1" in shown
    assert path_of(new) in shown


def test_what_expired_says_so_and_was_never_approved(house: House, suggestion: Suggestion) -> None:
    house.clock.instant = suggestion.expires_at
    house.beat()

    shown = house.page(house.doctor, path_of(suggestion))

    assert house.only(Suggestion).state in ("expired", "superseded")
    assert "No doctor decided on it, and nothing was changed." in shown
    assert house.all(Review) == []


# What no page ever does


@pytest.mark.parametrize("stage", ["reading", "approve", "amend", "reject", "put_off", "second"])
def test_no_control_is_chosen_beforehand(house: House, suggestion: Suggestion, stage: str) -> None:
    browser = house.browser(house.doctor)
    if stage not in ("reading", "second"):
        press(browser, suggestion, "claim")
    if stage == "second":
        ask_for_a_second(house, suggestion)
        browser = house.browser(house.other_doctor)

    controls = Controls()
    shown = browser.get(path_of(suggestion), query_string={"step": stage}).get_data(as_text=True)
    controls.feed(shown.partition("<main")[2])

    assert controls.found
    assert [each for each in controls.found if each.is_chosen or each.is_typed or each.takes_several] == []


DOORS = ("/doctor/suggestions", "/api/v1/suggestions")


def test_no_route_takes_more_than_one_suggestion(house: House) -> None:
    rules = [
        rule
        for rule in app_over(house.services).url_map.iter_rules()
        if rule.rule.startswith(DOORS) and rule.methods and rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
    ]

    assert len(rules) >= 10
    assert [rule.rule for rule in rules if rule.rule.count("<suggestion_id>") != 1] == []


def test_whatever_may_have_changed_has_words(house: House) -> None:
    names = FLAGS | COLLECTED.keys() | {field.name for field in fields(Patient)} - {"flags"}

    with app_over(house.services).test_request_context():
        told = {name: decision_words.change_words({"what": "patient", "names": [name]}, "UTC") for name in names}

    assert {name for name in names if name in told[name] and "_" in name} == set()


def test_every_code_has_words() -> None:
    assert set(decision_words.REJECTIONS) == set(Rejection)
    assert set(decision_words.PUT_OFFS) == set(PutOff)
    assert set(decision_words.RISKS) == set(RISKS)
    assert set(decision_words.ENDED) == set(Ended)
    assert {Decision.APPROVED, Decision.AMENDED, Decision.REJECTED} <= set(decision_words.STATES)
