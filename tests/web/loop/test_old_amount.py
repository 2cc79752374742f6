"""Of a decrease the old amount is never repeated to the patient or the family: not by any message on any way, not on a
page, not in the calendar, and not by the API; neither before the patient has said it back nor after."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from companion.advice.models import Suggestion
from companion.care.contact_models import Kind
from companion.care.people import Person
from companion.compose import composer
from companion.db import reading, writing
from companion.messages.channel import Caps
from companion.messages.composed import Asked
from companion.messages.models import Message
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.doses.one_tap import one_tap_link
from companion.reminders.feeds import make_feed
from companion.web.identifiers import dose_id
from tests.approvals import say, take_back
from tests.web.conftest import Browser
from tests.web.loop.house import House

OLD, NEW = "37", "33"
NAMES_IT = re.compile(rf"(?<![\dA-Za-z_:.#&-]){OLD}(?![\dA-TV-Za-z_:;%-])")
"""The number by itself, or before U: no part of a time, a day, an address or a token."""
RECORDS = {"/my-data", "/my-data/looked"}
"""The patient's own records, which keep what was prescribed, and count who looked: told as what they are."""
MACHINES = ("/static", "/api/v1/openapi", "/sw.js", "/metrics", "/health", "/setup", "/sign-out")


@pytest.fixture
def lowered(house: House) -> House:
    """Anna was reminded of 37 U at 08:00; at 08:10 Dr. Roth approved 33 U, and nobody has answered."""
    house.clock.instant = house.local("2026-03-05 07:00")
    regimen = house.prescribe(amount=OLD)
    with writing(house.engine) as session:
        session.get_one(Person, house.anna.id).names_medicines = True
        regimen.nag_minutes, regimen.nag_times = 10, 3
        session.merge(regimen)
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    house.note_facts()
    house.sign_plan(regimen)
    house.measure(62, hours_ago=1)
    house.clock.instant = house.local("2026-03-05 08:10")
    suggestion = house.only(Suggestion)
    assert (suggestion.from_amount, suggestion.to_amount) == (37, 33)
    house.decide(suggestion, house.act(suggestion))
    return house


def texts_of_every_way(house: House) -> Iterator[tuple[str, str]]:
    """Every message there is, worded now for every kind of way: what is read, and what is heard."""
    compose = composer(house.settings, house.clock)
    with reading(house.engine) as session:
        for message in session.scalars(select(Message)):
            for kind in Kind:
                for links in (True, False):
                    for words in compose(session, [Asked(message, replace(Caps(), links=links), kind)]):
                        if words is not None:
                            told = " ".join([words.text, words.title, words.spoken, *words.fields.values()])
                            yield f"{message.purpose} by {kind}", told


def pages_of(house: House, browser: Browser) -> Iterator[tuple[str, str]]:
    """Every page that needs no more than a signed-in person."""
    for rule in house.app.url_map.iter_rules():
        path = rule.rule
        is_page = "GET" in (rule.methods or ()) and not rule.arguments and not path.startswith(MACHINES)
        if is_page and path not in RECORDS:
            answer = browser.get(path)
            if answer.status_code == 200 and answer.mimetype in ("text/html", "application/json"):
                yield path, text_of(answer.get_data(as_text=True))


def text_of(page: str) -> str:
    """What is on a page, without pictures' coordinates, secrets and numbers to call."""
    body = page.split("<main")[1].split("</main")[0] if "<main" in page else page
    body = re.sub(r"<svg.*?</svg>", lambda drawn: " ".join(re.findall(r">([^<]+)<", drawn[0])), body, flags=re.S)
    return re.sub(r'(?:name="csrf_token" value|name="seen" value|href|action|src|d|points)="[^"]*"', "", body)


def everything_told(house: House) -> Iterator[tuple[str, str]]:
    yield from texts_of_every_way(house)
    yield from ((f"said to {said.to}", said.text) for said in house.outbox[1:])
    anna = house.browser(house.anna)
    for browser in (anna, house.browser(house.ben), house.browser(house.cora)):
        yield from pages_of(house, browser)
    with writing(house.engine) as session:
        doses = list(session.scalars(select(Dose).where(Dose.state.in_(["planned", "due", "snoozed", "missed"]))))
        names = [dose_id(dose) for dose in doses]
        link = one_tap_link(session, house.anna.id, doses[0].due_at, house.now)
        feed = make_feed(session, house.anna.id, with_names=True, now=house.now)
    for name in names:
        yield f"dose {name}", text_of(anna.get(f"/today/doses/{name}").get_data(as_text=True))
        yield f"history {name}", anna.get(f"/api/v1/doses/{name}/history").get_data(as_text=True)
    told = anna.get(f"/api/v1/patients/{house.anna.public_id}/doses?to=2026-03-09T00:00:00%2B01:00")
    assert told.status_code == 200
    yield "doses by API", json.dumps([dose["amount"] for dose in told.get_json()["doses"]])
    tapping = Browser(house.app)
    tapping.get(link)
    yield "link", text_of(tapping.get("/tap").get_data(as_text=True))
    yield (
        "calendar",
        "\n".join(
            line for line in anna.get(f"/calendar/{feed}.ics").get_data(as_text=True).splitlines() if "SUMMARY" in line
        ),
    )


def repeated(house: House) -> list[tuple[str, str]]:
    found = [(where, text) for where, text in everything_told(house)]
    assert len(found) > 40
    return [
        (where, text[max(0, hit.start() - 60) : hit.end() + 60])
        for where, text in found
        if (hit := NAMES_IT.search(text))
    ]


def test_before_the_change_is_said_back(lowered: House) -> None:
    assert repeated(lowered) == []

    lowered.clock.instant = lowered.local("2026-03-05 08:21")
    said = lowered.beat()

    assert [text.text[:48] for text in said if "check first" in text.text]
    assert repeated(lowered) == []


def test_after_it_was_said_back_a_dose_that_was_told_with_the_old_amount_is_told_with_the_new_one(
    lowered: House,
) -> None:
    assert lowered.all(Dose, state=DoseState.DUE.value)[0].amount == 37
    lowered.clock.instant = lowered.local("2026-03-05 08:15")
    assert say(lowered, NEW) is not None

    lowered.clock.instant = lowered.local("2026-03-05 08:21")
    said = lowered.beat()

    assert [text.text for text in said if "Glargine 33 units" in text.text]
    assert repeated(lowered) == []

    lowered.clock.instant = lowered.local("2026-03-05 11:00")
    lowered.beat()

    assert lowered.all(Dose, state=DoseState.MISSED.value)[0].amount == 37
    assert repeated(lowered) == []


def test_after_the_decrease_was_taken_back(lowered: House) -> None:
    lowered.clock.instant = lowered.local("2026-03-05 08:15")
    say(lowered, NEW)
    take_back(lowered)

    lowered.clock.instant = lowered.local("2026-03-05 08:21")
    lowered.beat()

    assert repeated(lowered) == []
