"""A link that comes as a text: the same answer to everybody, one text to whose number it is, and one way in."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from companion.care.contact_models import ContactPoint, ContactState, Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.people import Person, set_quiet_hours
from companion.care.sign_in_links import SignInLink
from companion.compose import composer
from companion.db import reading, writing
from companion.messages.composed import Asked
from companion.messages.fates import fate_of
from companion.messages.known import look
from companion.messages.models import Message, Purpose
from companion.messages.routing import Use
from companion.services import Services
from companion.web.door.limits import MOST, Door
from tests.people import NOON, Cast
from tests.web.conftest import Browser, FakeClock

HER_NUMBER = "+8613800138000"
LINK = re.compile(r"http://localhost(/s/[\w-]{16})$")


def asked_in(engine: Engine) -> list[Message]:
    with reading(engine) as session:
        query = select(Message).where(Message.purpose == Purpose.SIGN_IN_LINK.value).order_by(Message.id)
        return list(session.scalars(query))


def ask(browser: Browser, number: str = HER_NUMBER) -> str:
    """What the page says; without the token that every page has another of."""
    answer = browser.send("/sign-in/text", {"phone": number})
    assert answer.status_code == 200
    return re.sub(r'name="csrf_token" value="[^"]+"', "", answer.get_data(as_text=True))


def text_of(services: Services, message: Message) -> str:
    """The message as it leaves."""
    caps = services.ways.by_kind[Kind.SMS].caps
    with writing(services.engine) as session:
        kept = session.get_one(Message, message.id)
        [composed] = composer(services.settings, services.clock)(session, [Asked(kept, caps, Kind.SMS)])
    assert composed is not None
    return composed.text


def link_for(services: Services, browser: Browser) -> str:
    """The path in the text that was asked for."""
    ask(browser)
    found = LINK.search(text_of(services, asked_in(services.engine)[-1]))
    assert found is not None
    return found.group(1)


class TestAsking:
    @pytest.mark.parametrize("typed", ["+8613800138000", "+86 138-0013-8000", "008613800138000", "138 0013 8000"])
    def test_a_text_goes_to_the_patient_whose_number_it_is(
        self, typed: str, browser: Browser, cast: Cast, engine: Engine
    ) -> None:
        ask(browser, typed)

        [message] = asked_in(engine)
        assert message.recipient_id == cast.patient.id
        assert message.expires_at == NOON + timedelta(minutes=15)

    @pytest.mark.parametrize(
        "number", ["+8613999999999", "+8613800138001", "12345", "not a number", "０１２３４５６７８９"]
    )
    def test_everybody_else_is_told_the_same_and_sent_nothing(
        self, number: str, app: Flask, cast: Cast, engine: Engine
    ) -> None:
        known, unknown = ask(Browser(app)), ask(Browser(app), number)

        assert known == unknown
        assert len(asked_in(engine)) == 1

    def test_a_number_nobody_vouched_for_gets_none(self, browser: Browser, cast: Cast, engine: Engine) -> None:
        with writing(engine) as session:
            patient = session.get_one(Person, cast.patient.id)
            add_contact(session, patient, Kind.SMS, "+8613700000000", now=NOON)

        ask(browser, "+8613700000000")

        assert asked_in(engine) == []

    @pytest.mark.parametrize("change", [{"state": ContactState.OPTED_OUT.value}, {"removed_at": NOON}], ids=str)
    def test_a_number_that_said_stop_or_was_removed_gets_none(
        self, change: dict[str, Any], browser: Browser, cast: Cast, engine: Engine
    ) -> None:
        with writing(engine) as session:
            point = session.scalars(select(ContactPoint).where(ContactPoint.person_id == cast.patient.id)).one()
            for name, value in change.items():
                setattr(point, name, value)

        ask(browser)

        assert asked_in(engine) == []

    def test_two_patients_with_one_telephone_get_one_each(self, browser: Browser, cast: Cast, engine: Engine) -> None:
        with writing(engine) as session:
            husband = session.get_one(Person, cast.other_patient.id)
            add_contact(session, husband, Kind.SMS, HER_NUMBER, now=NOON, verified_by=VerifiedBy.CLINIC)

        ask(browser)

        assert {message.recipient_id for message in asked_in(engine)} == {cast.patient.id, cast.other_patient.id}

    def test_a_number_is_sent_three_in_a_quarter_of_an_hour_and_eight_a_day(
        self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock
    ) -> None:
        for _ in range(4):
            clock.forward(seconds=1)
            ask(Browser(app))
        at_once = len(asked_in(engine))
        for _ in range(12):
            clock.forward(minutes=8)
            ask(Browser(app))

        assert (at_once, len(asked_in(engine))) == (3, 8)

    def test_an_address_asks_ten_times_and_then_waits(self, browser: Browser, cast: Cast, clock: FakeClock) -> None:
        for number in range(MOST[Door.TEXT_LINK]):
            ask(browser, f"+4930000000{number}")

        at_once = browser.send("/sign-in/text", {"phone": HER_NUMBER}).status_code
        clock.forward(minutes=15)
        later = browser.send("/sign-in/text", {"phone": HER_NUMBER}).status_code

        assert (at_once, later) == (429, 200)

    def test_asking_is_no_guess_at_a_password(self, browser: Browser, cast: Cast) -> None:
        for _ in range(MOST[Door.TEXT_LINK]):
            ask(browser)

        assert [browser.sign_in(cast.patient, "wrong").status_code for _ in range(5)] == [422] * 5


class TestTheText:
    def test_it_waits_for_no_quiet_hours_and_asks_no_consent(
        self, services: Services, browser: Browser, cast: Cast, engine: Engine
    ) -> None:
        with writing(engine) as session:
            set_quiet_hours(session.get_one(Person, cast.patient.id), "00:00", "23:59")
        ask(browser)
        messages = asked_in(engine)

        with reading(engine) as session:
            fate = fate_of(messages[0], look(session, messages, services.ways, NOON), services.ways, NOON)

        assert isinstance(fate, Use)

    def test_it_says_how_long_the_link_is_good_in_one_segment(
        self, services: Services, browser: Browser, cast: Cast, engine: Engine
    ) -> None:
        ask(browser)

        text = text_of(services, asked_in(engine)[0])

        assert "15" in text
        assert cast.patient.name not in text
        assert LINK.search(text)

    def test_the_link_stands_nowhere_but_in_it(
        self, services: Services, browser: Browser, cast: Cast, engine: Engine
    ) -> None:
        path = link_for(services, browser)

        with reading(engine) as session:
            stored = session.scalars(select(SignInLink)).one()
            params = session.scalars(select(Message.params)).one()

        assert path.removeprefix("/s/") not in f"{stored.token_hash} {params}"
        assert stored.expires_at == NOON + timedelta(minutes=15)


class TestComingIn:
    def test_looking_at_it_only_asks(self, services: Services, browser: Browser, cast: Cast) -> None:
        path = link_for(services, browser)

        looks = [browser.get(path) for _ in range(3)]

        assert [answer.status_code for answer in looks] == [200] * 3
        assert cast.patient.name in looks[0].get_data(as_text=True)
        assert browser.get("/account").status_code == 302

    def test_a_press_lets_in_once(self, app: Flask, services: Services, browser: Browser, cast: Cast) -> None:
        path = link_for(services, browser)

        first, second = browser.send(path), Browser(app).send(path, seen_on="/sign-in")

        assert (first.status_code, second.status_code) == (302, 410)
        assert cast.patient.name in browser.get("/account").get_data(as_text=True)

    def test_it_ends_15_minutes_after_it_was_asked_for(
        self, services: Services, browser: Browser, cast: Cast, clock: FakeClock
    ) -> None:
        path = link_for(services, browser)
        clock.forward(minutes=15)

        answers = browser.get(path).status_code, browser.send(path, seen_on="/sign-in").status_code

        assert answers == (410, 410)

    @pytest.mark.parametrize("token", ["made-up", "x" * 300])
    def test_a_made_up_one_opens_nothing(self, token: str, browser: Browser, cast: Cast) -> None:
        assert browser.get(f"/s/{token}").status_code == 410
        assert browser.send(f"/s/{token}", seen_on="/sign-in").status_code == 410

    def test_it_is_no_fresh_authentication(self, services: Services, browser: Browser, cast: Cast) -> None:
        browser.send(link_for(services, browser))

        answer = browser.get("/my-data")

        assert answer.status_code in (200, 302)
        assert browser.get("/account/passkeys/new").location == "/confirm-password?next=/account/passkeys/new"
