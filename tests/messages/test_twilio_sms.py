"""The real Twilio client over HTTP against the local Twilio."""

import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
from flask import Flask, request
from sqlalchemy import Engine
from werkzeug.serving import make_server

from companion.db import writing
from companion.errors import BadInput
from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Found,
    Heard,
    NotFound,
    Outgoing,
    Refusal,
    Rejected,
    RetryAfter,
)
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.composed import Asked, Composed
from companion.messages.dispatch import dispatch
from companion.messages.models import DeliveryState, MessageState
from companion.messages.receipts import note_report
from tests.fake_twilio import NUMBER, FakeTwilio, Fault, signature
from tests.messages.conftest import (
    PHONE,
    Enqueue,
    MovableClock,
    by_text,
    compose,
    deliveries,
    only_message,
    twilio_channel,
)

TEXT = "Time for your 08:00 medicine. Reply 1 taken, 2 later, 3 skip."


def outgoing(to: str = PHONE, text: str = TEXT, correlation_id: str = "c0", valid_for_s: int = 1800) -> Outgoing:
    return Outgoing(to, text, correlation_id, valid_for_s)


def test_a_text_is_taken_with_its_validity_and_callback(twilio: FakeTwilio, sms: TwilioSms) -> None:
    result = sms.send(outgoing(correlation_id="abc"))

    [text] = twilio.ledger
    assert result == Accepted(text.sid)
    assert (text.to, text.body, text.sender) == (PHONE, TEXT, NUMBER)
    assert text.validity_period == 1800
    assert text.status_callback == "https://companion.example/hooks/twilio_sms/status/abc"


@pytest.mark.parametrize(("seconds", "sent"), [(0, 1), (36_001, 36_000)])
def test_the_validity_keeps_to_what_twilio_allows(twilio: FakeTwilio, sms: TwilioSms, seconds: int, sent: int) -> None:
    sms.send(outgoing(valid_for_s=seconds))

    assert twilio.ledger[0].validity_period == sent


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (Fault.BUSY, RetryAfter(30, "20429")),
        (Fault.ERROR_AFTER_ACCEPT, Ambiguous("20500")),
        (Fault.ERROR_BEFORE_ACCEPT, Ambiguous("20500")),
        (Fault.HANG_AFTER_ACCEPT, Ambiguous("ReadTimeout")),
        (Fault.INVALID_NUMBER, Rejected("21211", Refusal.BAD_ADDRESS)),
        (Fault.NOT_MOBILE, Rejected("21614", Refusal.BAD_ADDRESS)),
    ],
)
def test_each_fault_has_its_answer(twilio: FakeTwilio, sms: TwilioSms, fault: Fault, result: object) -> None:
    twilio.faults.append(fault)

    assert sms.send(outgoing()) == result


def test_nobody_listening_means_surely_not_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    result = twilio_channel(f"http://127.0.0.1:{port}").send(outgoing())

    assert result == RetryAfter(30, "no_connection")


def test_a_wrong_password_is_our_trouble_and_not_the_texts(twilio: FakeTwilio) -> None:
    channel = TwilioSms("AC" + "1" * 32, "wrong", NUMBER, "https://x.example", base_url=twilio.url)

    assert channel.send(outgoing()) == RetryAfter(30, "20003")


def test_after_stop_twilio_refuses_and_says_that_they_opted_out(twilio: FakeTwilio, sms: TwilioSms) -> None:
    twilio.opted_out.add(PHONE)

    assert sms.send(outgoing()) == Rejected("21610", Refusal.OPTED_OUT)


def test_many_threads_send_by_one_channel_and_each_text_arrives_once(twilio: FakeTwilio, sms: TwilioSms) -> None:
    bodies = [f"08:00 no. {n}" for n in range(40)]

    with ThreadPoolExecutor(sms.caps.at_once) as threads:
        results = list(threads.map(lambda body: sms.send(outgoing(text=body)), bodies))

    taken = {text.sid: text.body for text in twilio.ledger}
    assert [taken[result.provider_id] for result in results if isinstance(result, Accepted)] == bodies


# Look-up


def test_a_look_up_finds_the_same_text_to_the_same_number(twilio: FakeTwilio, sms: TwilioSms) -> None:
    before = datetime.now(UTC)
    sms.send(outgoing())

    found = sms.lookup(outgoing(), before, frozenset())

    assert found == Found(twilio.ledger[0].sid, DeliveryState.ACCEPTED)


@pytest.mark.parametrize(
    "other", [outgoing(text=TEXT.replace("08:00", "20:00")), outgoing(to="+8613800138999"), outgoing(text=TEXT + " ")]
)
def test_a_look_up_does_not_take_another_text_for_it(twilio: FakeTwilio, sms: TwilioSms, other: Outgoing) -> None:
    before = datetime.now(UTC)
    sms.send(other)

    assert sms.lookup(outgoing(), before, frozenset()) == NotFound()


def test_a_look_up_finds_it_though_our_clock_is_ten_minutes_ahead(twilio: FakeTwilio, sms: TwilioSms) -> None:
    before = datetime.now(UTC)
    sms.send(outgoing())
    twilio.ledger[0].created_at -= timedelta(minutes=10)

    found = sms.lookup(outgoing(), before, frozenset())

    assert found == Found(twilio.ledger[0].sid, DeliveryState.ACCEPTED)


def test_a_look_up_does_not_take_yesterdays_text_for_todays(twilio: FakeTwilio, sms: TwilioSms) -> None:
    sms.send(outgoing())
    twilio.ledger[0].created_at -= timedelta(days=1)

    assert sms.lookup(outgoing(), datetime.now(UTC), frozenset()) == NotFound()


def test_a_look_up_does_not_take_another_attempts_text_for_it(twilio: FakeTwilio, sms: TwilioSms) -> None:
    sms.send(outgoing())
    known = frozenset({twilio.ledger[0].sid})

    assert sms.lookup(outgoing(), datetime.now(UTC), known) == NotFound()


def test_a_look_up_while_twilio_is_down_settles_nothing(twilio: FakeTwilio, sms: TwilioSms) -> None:
    twilio.is_down = True

    assert isinstance(sms.lookup(outgoing(), datetime.now(UTC), frozenset()), RetryAfter)


# Webhooks

URL = "https://companion.example/hooks/twilio/sms"
FORM = {"MessageSid": "SM1", "From": PHONE, "Body": "1"}


def heard(form: dict[str, str], signed: str = "", url: str = URL) -> Heard:
    """A request of Twilio's, or of somebody who would like to be."""
    return Heard(url, {"x-twilio-signature": signed}, {}, form, b"")


def test_what_twilio_signed_is_genuine(sms: TwilioSms) -> None:
    assert sms.verify(heard(FORM, signature(URL, FORM)))


@pytest.mark.parametrize(
    ("url", "form", "forged"),
    [
        (URL, FORM | {"Body": "3"}, signature(URL, FORM)),
        (URL, FORM | {"Extra": "x"}, signature(URL, FORM)),
        (URL + "/", FORM, signature(URL, FORM)),
        (URL, FORM, ""),
        (URL, FORM, "not base64 ✓"),
    ],
)
def test_a_forged_request_is_not(sms: TwilioSms, url: str, form: dict[str, str], forged: str) -> None:
    assert not sms.verify(heard(form, forged, url))


@pytest.mark.parametrize(
    ("words", "code", "status", "means"),
    [
        ("queued", None, DeliveryState.ACCEPTED, None),
        ("sent", None, DeliveryState.SENT, None),
        ("delivered", None, DeliveryState.DELIVERED, None),
        ("undelivered", "30003", DeliveryState.UNDELIVERED, Refusal.TRY_AGAIN),
        ("failed", "30005", DeliveryState.UNDELIVERED, Refusal.BAD_ADDRESS),
        ("undelivered", "30006", DeliveryState.UNDELIVERED, Refusal.OTHER_WAY),
        ("undelivered", "30007", DeliveryState.UNDELIVERED, Refusal.NOT_THESE_WORDS),
        ("undelivered", "30034", DeliveryState.UNDELIVERED, Refusal.OTHER_WAY),
        ("undelivered", "30036", DeliveryState.UNDELIVERED, Refusal.TRY_AGAIN),
        ("failed", "21610", DeliveryState.UNDELIVERED, Refusal.OPTED_OUT),
        ("failed", "99999", DeliveryState.UNDELIVERED, Refusal.OTHER_WAY),
    ],
)
def test_a_status_callback_is_understood(
    sms: TwilioSms, words: str, code: str | None, status: DeliveryState, means: Refusal | None
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": words} | ({"ErrorCode": code} if code else {})

    (report,) = sms.parse_callback(heard(form))

    assert (report.provider_id, report.status, report.error_code) == ("SM1", status, code)
    assert report.means is means


@pytest.mark.parametrize("form", [{}, {"MessageSid": "SM1"}, {"MessageSid": "SM1", "MessageStatus": "levitating"}])
def test_a_callback_without_a_known_status_is_bad_input(sms: TwilioSms, form: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="MessageStatus"):
        sms.parse_callback(heard(form))


@pytest.mark.parametrize(
    ("more", "opts_out"), [({}, None), ({"OptOutType": "STOP"}, True), ({"OptOutType": "START"}, False)]
)
def test_an_incoming_text_is_understood(sms: TwilioSms, more: dict[str, str], opts_out: bool | None) -> None:
    (inbound,) = sms.parse_inbound(heard(FORM | more))

    assert (inbound.provider_id, inbound.from_address, inbound.body) == ("SM1", PHONE, "1")
    assert inbound.opts_out is opts_out


# With the outbox


@pytest.mark.parametrize(
    "fault", [Fault.BUSY, Fault.ERROR_AFTER_ACCEPT, Fault.ERROR_BEFORE_ACCEPT, Fault.HANG_AFTER_ACCEPT]
)
def test_whatever_twilio_does_it_has_the_text_exactly_once_in_the_end(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, twilio: FakeTwilio, sms: TwilioSms, fault: Fault
) -> None:
    enqueue("due:1")
    twilio.faults.append(fault)

    for _ in range(4):
        dispatch(engine, by_text(sms), compose, clock, 10)
        clock.advance(seconds=100)

    assert [text.body for text in twilio.texts_to(PHONE)] == ["08:00 due:1"]
    assert only_message(engine).state == MessageState.HANDED_OVER


def test_twilio_being_down_for_a_while_loses_nothing_and_doubles_nothing(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, twilio: FakeTwilio, sms: TwilioSms
) -> None:
    enqueue("due:1")
    enqueue("due:2")
    twilio.is_down = True

    for minute in range(8):
        twilio.is_down = minute < 4
        dispatch(engine, by_text(sms), compose, clock, 10)
        clock.advance(seconds=100)

    assert sorted(text.body for text in twilio.ledger) == ["08:00 due:1", "08:00 due:2"]


def test_the_same_words_told_twice_are_two_texts_even_when_one_has_to_be_looked_up(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, twilio: FakeTwilio, sms: TwilioSms
) -> None:
    enqueue("reply:1")
    enqueue("reply:2")

    def same_words(_session: object, batch: Sequence[Asked]) -> list[Composed | None]:
        return [Composed("Noted: 08:00 taken.") for _ in batch]

    dispatch(engine, by_text(sms), same_words, clock, 1)
    twilio.faults.append(Fault.ERROR_BEFORE_ACCEPT)

    for _ in range(3):
        dispatch(engine, by_text(sms), same_words, clock, 1)
        clock.advance(seconds=100)

    assert [text.body for text in twilio.ledger] == ["Noted: 08:00 taken."] * 2


class Hooks:
    """The smallest receiver of status callbacks: checks the signature, notes the report."""

    def __init__(self, engine: Engine, clock: MovableClock) -> None:
        self.answers: list[int] = []
        self._engine, self._clock = engine, clock
        app = Flask(__name__)
        app.add_url_rule("/hooks/twilio_sms/status/<correlation_id>", "status", self._status, methods=["POST"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.channel: TwilioSms | None = None

    def _status(self, correlation_id: str) -> tuple[str, int]:
        assert self.channel is not None
        form = request.form.to_dict()
        asked = heard(form, request.headers.get("X-Twilio-Signature", ""), self.url + request.path)
        self.answers.append(self._note(correlation_id, asked) if self.channel.verify(asked) else 403)
        return "", self.answers[-1]

    def _note(self, correlation_id: str, asked: Heard) -> int:
        assert self.channel is not None
        (report,) = self.channel.parse_callback(asked)
        report = replace(report, correlation_id=correlation_id)
        with writing(self._engine) as session:
            known = note_report(session, self.channel.name, report, self._clock())
        return 204 if known else 404

    def __enter__(self) -> "Hooks":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hooks(engine: Engine, clock: MovableClock) -> Iterator[Hooks]:
    with Hooks(engine, clock) as receiver:
        yield receiver


def test_signed_callbacks_over_http_move_the_message_and_forged_ones_do_not(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, twilio: FakeTwilio, hooks: Hooks
) -> None:
    hooks.channel = twilio_channel(twilio.url, hooks.url)
    enqueue("due:1")
    dispatch(engine, by_text(hooks.channel), compose, clock, 10)
    [text] = twilio.ledger

    forged = requests.post(text.status_callback, {"MessageSid": text.sid, "MessageStatus": "failed"}, timeout=5)
    twilio.report(text, "delivered")
    twilio.report(text, "sent")

    assert forged.status_code == 403
    assert hooks.answers == [403, 204, 204]
    assert only_message(engine).state == MessageState.DELIVERED
    assert deliveries(engine)[0].provider_id == text.sid


def test_a_callback_settles_a_text_that_timed_out_before_any_look_up(
    engine: Engine, enqueue: Enqueue, clock: MovableClock, twilio: FakeTwilio, hooks: Hooks
) -> None:
    hooks.channel = twilio_channel(twilio.url, hooks.url)
    twilio.faults.append(Fault.ERROR_AFTER_ACCEPT)
    enqueue("due:1")
    dispatch(engine, by_text(hooks.channel), compose, clock, 10)
    asked = twilio.asked

    twilio.report(twilio.ledger[0], "sent")
    clock.advance(minutes=10)
    dispatch(engine, by_text(hooks.channel), compose, clock, 10)

    assert twilio.asked == asked
    assert len(twilio.ledger) == 1
    assert only_message(engine).state == MessageState.HANDED_OVER
