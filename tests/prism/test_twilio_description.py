"""Twilio's own OpenAPI description judges what our client asks, and what the tests' local Twilio answers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from companion.messages.channel import Accepted, Ambiguous, Found, Outgoing, Refusal, Rejected, RetryAfter
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.channels.twilio_voice import TwilioVoice
from companion.messages.models import DeliveryState
from tests.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, FakeTwilio, Fault, Text
from tests.fake_twilio.taken import API
from tests.prism.prism import prism_before

pytestmark = pytest.mark.slow

SERVICE = "MG" + "0" * 32
PUBLIC = "https://companion.example"
PHONE = "+8613800138000"
ASKED = Outgoing(
    PHONE, "该吃药了：08:00。回复1已服 2稍后 3跳过。", "c0", 1800, "zh", spoken="现在是服药时间 <8 & 点>。"
)


@pytest.fixture(scope="module")
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as server:
        yield server


@pytest.fixture(scope="module")
def judged(twilio: FakeTwilio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The local Twilio's address behind the judge."""
    folder: Path = tmp_path_factory.mktemp("prism")
    with prism_before(twilio.url, folder) as url:
        yield url


@pytest.fixture(params=["number", "service", "call"])
def channel(request: pytest.FixtureRequest, judged: str) -> TwilioSms | TwilioVoice:
    if request.param == "call":
        return TwilioVoice(ACCOUNT_SID, AUTH_TOKEN, NUMBER, PUBLIC, base_url=judged)
    sender = NUMBER if request.param == "number" else SERVICE
    return TwilioSms(ACCOUNT_SID, AUTH_TOKEN, sender, PUBLIC, base_url=judged)


def ask(judged: str, method: str, path: str, **form: object) -> requests.Response:
    return requests.request(method, judged + API + path, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=10)


def test_what_is_sent_and_answered_is_as_described(channel: TwilioSms | TwilioVoice) -> None:
    assert isinstance(channel.send(ASKED), Accepted)


def test_what_is_looked_up_is_as_described(channel: TwilioSms | TwilioVoice) -> None:
    sent = channel.send(ASKED)

    found = channel.lookup(ASKED, datetime.now(UTC), frozenset())

    assert isinstance(sent, Accepted)
    assert found == Found(sent.provider_id, DeliveryState.ACCEPTED)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (Fault.ERROR_AFTER_ACCEPT, Ambiguous("20500")),
        (Fault.BUSY, RetryAfter(30, "20429")),
        (Fault.INVALID_NUMBER, Rejected("21211", Refusal.BAD_ADDRESS)),
    ],
)
def test_refusals_pass_as_they_are(
    twilio: FakeTwilio, channel: TwilioSms | TwilioVoice, fault: Fault, answer: object
) -> None:
    twilio.faults.append(fault)

    assert channel.send(ASKED) == answer


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "failed", "delivered", "undelivered"])
def test_a_text_in_every_state_is_as_described(twilio: FakeTwilio, judged: str, status: str) -> None:
    text = Text(PHONE, "x", NUMBER, 60, "", status=status, error_code=30003 if status == "undelivered" else None)
    twilio.ledger.append(text)

    answer = ask(judged, "GET", f"/Messages/{text.sid}.json")

    assert (answer.status_code, answer.json()["status"]) == (200, status)


@pytest.mark.parametrize("status", ["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer"])
def test_a_call_in_every_state_is_as_described(twilio: FakeTwilio, judged: str, status: str) -> None:
    TwilioVoice(ACCOUNT_SID, AUTH_TOKEN, NUMBER, PUBLIC, base_url=twilio.url).send(ASKED)
    call = twilio.calls[-1]
    call.status = status

    answer = ask(judged, "GET", f"/Calls/{call.sid}.json")

    assert (answer.status_code, answer.json()["status"]) == (200, status)


def test_the_judge_refuses_a_request_that_is_not_as_described(judged: str) -> None:
    nobody = ask(judged, "POST", "/Messages.json", Body="x")
    wrong = ask(judged, "POST", "/Calls.json", To=PHONE, From=NUMBER, Twiml="<Response/>", Timeout="soon")

    assert (nobody.status_code, wrong.status_code) == (422, 422)
    assert "Timeout" in wrong.text


def test_the_judge_refuses_an_answer_that_is_not_as_described(twilio: FakeTwilio, judged: str) -> None:
    text = Text(PHONE, "x", NUMBER, 60, "", sid="SM" + "not a number of Twilio's".center(32))
    twilio.ledger.append(text)

    answer = ask(judged, "GET", "/Messages.json")
    twilio.ledger.remove(text)

    assert answer.status_code == 500
    assert "sid" in answer.text
