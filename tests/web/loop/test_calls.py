"""A patient without a smartphone is called, hears the reminder, and answers by the keys: over HTTP, both ways, between
the service and the local Twilio."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from companion.care.contact_models import Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.messages.channels.twilio_voice import TwilioVoice
from companion.messages.models import Delivery, DeliveryState, Inbound, Message
from companion.messages.ways_out import WaysOut
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Taken
from companion.reminders.doses.models import Dose
from companion.web import create_app
from tests.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, Call, FakeTwilio, signature
from tests.fake_twilio.telephone import hang_up, pick_up, press, report, waits_for_a_key
from tests.web.loop.house import House

LANDLINE = "+493012345678"


@dataclass
class Calling:
    """The house with a telephone in it: only calls reach Anna."""

    house: House
    twilio: FakeTwilio
    client: FlaskClient
    url: str

    def remind(self) -> Call:
        """08:00 comes, and the telephone is about to ring."""
        self.house.clock.instant = self.house.local("2026-03-05 07:00")
        self.house.prescribe()
        self.house.beat()
        self.house.clock.instant = self.house.local("2026-03-05 08:00")
        self.house.beat()
        return self.twilio.calls[-1]

    def dose(self) -> Dose:
        return self.house.all(Dose)[0]

    def delivery(self) -> Delivery:
        return self.house.all(Delivery)[0]


@pytest.fixture
def calling(house: House) -> Iterator[Calling]:
    with writing(house.engine) as session:
        anna = session.get_one(Person, house.anna.id)
        add_contact(session, anna, Kind.VOICE, LANDLINE, now=house.now, verified_by=VerifiedBy.CLINIC)
    with FakeTwilio() as twilio, Served() as served:
        voice = TwilioVoice(ACCOUNT_SID, AUTH_TOKEN, NUMBER, served.url, base_url=twilio.url, timeout_s=5)
        settings = replace(house.services.settings, public_url=served.url)
        house.services = replace(house.services, ways=WaysOut({Kind.VOICE: voice}), settings=settings)
        served.app = create_app(house.services)
        yield Calling(house, twilio, served.app.test_client(), served.url)


class Served:
    """A server whose address is known before its application, which has to be told it."""

    app: Flask

    def __enter__(self) -> "Served":
        self._server = make_server("127.0.0.1", 0, lambda *asked: self.app(*asked), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_reminder_is_read_aloud_and_a_key_answers_it(calling: Calling) -> None:
    call = calling.remind()

    heard = pick_up(call)
    said = press(call, "1")
    hang_up(call)

    assert call.to == LANDLINE
    assert "08:00" in heard or "8" in heard
    assert "taken" in said
    assert (calling.dose().state, calling.dose().answered_via) == ("taken", "call")
    assert calling.delivery().state == DeliveryState.DELIVERED


@pytest.mark.parametrize(("key", "state"), [("1", "taken"), ("2", "snoozed"), ("3", "skipped")])
def test_the_keys_mean_what_they_mean_in_a_text(calling: Calling, key: str, state: str) -> None:
    call = calling.remind()
    pick_up(call)

    press(call, key)

    assert calling.dose().state == state


def test_what_was_noted_is_said_and_not_also_sent(calling: Calling) -> None:
    call = calling.remind()
    pick_up(call)
    press(call, "1")

    calling.house.beat()

    assert not waits_for_a_key(call)
    assert len(calling.twilio.calls) == 1
    assert calling.house.all(Message, purpose="reply") == []


def test_nine_reads_it_again_and_waits_for_a_key(calling: Calling) -> None:
    call = calling.remind()
    first = pick_up(call)

    again = press(call, "9")
    press(call, "1")

    assert again
    assert again in first
    assert calling.dose().state == "taken"


@pytest.mark.parametrize("key", ["0", "5", "*", "#"])
def test_a_slip_of_the_finger_reads_it_again_and_bothers_nobody(calling: Calling, key: str) -> None:
    call = calling.remind()
    pick_up(call)

    press(call, key)

    assert waits_for_a_key(call)
    assert calling.house.all(Task, kind=TaskKind.UNCLEAR_REPLY) == []


def test_a_key_pressed_after_the_dose_was_answered_changes_nothing(calling: Calling) -> None:
    call = calling.remind()
    pick_up(call)
    with writing(calling.house.engine) as session:
        anna = calling.house.anna.id
        answer_dose(session, calling.dose().id, Taken(), actor_id=anna, via="page", now=calling.house.now)

    said = press(call, "3")

    assert "already" in said
    assert calling.dose().state == "taken"


def test_it_is_the_called_persons_answer_whoever_has_that_number(calling: Calling) -> None:
    house = calling.house
    with writing(house.engine) as session:
        stranger = session.get_one(Person, house.stranger.id)
        add_contact(session, stranger, Kind.VOICE, LANDLINE, now=house.now, verified_by=VerifiedBy.CLINIC)
    call = calling.remind()
    pick_up(call)

    press(call, "1")

    assert calling.dose().answered_by == house.anna.id


def test_a_key_told_twice_counts_once(calling: Calling) -> None:
    call = calling.remind()
    pick_up(call)
    path = f"/hooks/twilio_voice/inbound/{calling.delivery().correlation_id}?turn=1"
    form = {"CallSid": call.sid, "To": LANDLINE, "Digits": "2"}
    headers = {"X-Twilio-Signature": signature(calling.url + path, form)}

    answers = [calling.client.post(path, data=form, headers=headers).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert len(calling.house.all(Inbound)) == 1


@pytest.mark.parametrize(
    ("end", "state"), [("busy", DeliveryState.UNDELIVERED), ("no-answer", DeliveryState.UNDELIVERED)]
)
def test_a_telephone_that_nobody_picks_up_is_not_delivered(calling: Calling, end: str, state: DeliveryState) -> None:
    call = calling.remind()
    report(call, "initiated")
    report(call, "ringing")

    report(call, end)

    assert calling.delivery().state == state
    assert calling.delivery().error_code == end


def test_late_news_of_ringing_takes_nothing_back(calling: Calling) -> None:
    call = calling.remind()
    pick_up(call)
    hang_up(call)

    report(call, "ringing")

    assert calling.delivery().state == DeliveryState.DELIVERED


def test_a_forged_key_is_refused_and_answers_nothing(calling: Calling) -> None:
    call = calling.remind()
    pick_up(call)
    path = f"/hooks/twilio_voice/inbound/{calling.delivery().correlation_id}?turn=1"

    forged = calling.client.post(path, data={"CallSid": call.sid, "To": LANDLINE, "Digits": "1"})

    assert forged.status_code == 403
    assert calling.dose().answered_at is None


def test_a_key_in_a_call_that_is_not_ours_is_not_found(calling: Calling) -> None:
    path, form = "/hooks/twilio_voice/inbound/nobody?turn=1", {"CallSid": "CA9", "To": LANDLINE, "Digits": "1"}
    headers = {"X-Twilio-Signature": signature(calling.url + path, form)}

    answer = calling.client.post(path, data=form, headers=headers)

    assert answer.status_code == 404
