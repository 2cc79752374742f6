"""Calls by the real Twilio client, to the local Twilio's telephones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Said,
)
from companion.messages.channels.twilio_client import spoken
from companion.messages.channels.twilio_voice import TwilioVoice
from companion.messages.models import DeliveryState
from tests.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, Call, FakeTwilio, Fault, signature
from tests.fake_twilio.telephone import heard as words_heard
from tests.fake_twilio.telephone import languages, waits_for_a_key

PHONE = "+8613800138000"
PUBLIC = "https://companion.example"
SPOKEN = "It is time for your medicine of 8 o'clock. Press 1 if you took it."


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio(hangs_for_s=5) as server:
        yield server


@pytest.fixture
def voice(twilio: FakeTwilio) -> TwilioVoice:
    return TwilioVoice(ACCOUNT_SID, AUTH_TOKEN, NUMBER, PUBLIC, base_url=twilio.url, timeout_s=0.5)


def outgoing(**changes: object) -> Outgoing:
    values = {"to": PHONE, "text": "08:00", "correlation_id": "c0", "valid_for_s": 1800, "spoken": SPOKEN} | changes
    return Outgoing(**values)  # type: ignore[arg-type]


def hook(form: dict[str, str], *, turn: str | None = None, correlation_id: str | None = "c0") -> Heard:
    """A request about a call; what is signed is looked at elsewhere."""
    query = {"turn": turn} if turn is not None else {}
    return Heard(f"{PUBLIC}/hooks", {}, query, {"CallSid": "CA1", "To": PHONE} | form, b"", correlation_id)


def line_after(answer: str) -> Call:
    """The line once the answer was read to it."""
    return Call(PHONE, answer, NUMBER, 40, "", ())


# Calling


def test_a_call_says_the_words_twice_and_waits_for_a_key(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    result = voice.send(outgoing())

    [call] = twilio.calls
    assert result == Accepted(call.sid)
    assert (call.to, call.caller) == (PHONE, NUMBER)
    assert words_heard(call) == f"{SPOKEN} {SPOKEN}"
    assert waits_for_a_key(call)


def test_its_progress_is_reported_to_an_address_with_our_id(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    voice.send(outgoing(correlation_id="abc"))

    [call] = twilio.calls
    assert call.status_callback == f"{PUBLIC}/hooks/twilio_voice/status/abc"
    assert call.events == ("initiated", "ringing", "answered", "completed")


def test_without_spoken_words_the_text_is_read(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    voice.send(outgoing(spoken="", text="Time for your 08:00 medicine."))

    assert "Time for your 08:00 medicine." in words_heard(twilio.calls[0])


@pytest.mark.parametrize(("language", "spoken_as"), [("en", "en-US"), ("zh", "zh-CN"), ("zh_Hans", "zh-CN")])
def test_it_speaks_the_recipients_language(
    twilio: FakeTwilio, voice: TwilioVoice, language: str, spoken_as: str
) -> None:
    voice.send(outgoing(language=language))

    assert languages(twilio.calls[0]) == {spoken_as}


def test_no_words_are_in_an_address(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    voice.send(outgoing())

    [call] = twilio.calls
    assert "medicine" not in call.status_callback
    assert 'action="https://companion.example/hooks/twilio_voice/inbound/c0?turn=1"' in call.twiml


@pytest.mark.parametrize(("valid_for_s", "rings_s"), [(3600, 40), (45, 40), (30, 25), (15, 10)])
def test_it_rings_no_longer_than_the_window_lasts(
    twilio: FakeTwilio, voice: TwilioVoice, valid_for_s: int, rings_s: int
) -> None:
    voice.send(outgoing(valid_for_s=valid_for_s))

    assert twilio.calls[0].rings_s == rings_s


def test_nobody_is_called_for_a_few_seconds(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    result = voice.send(outgoing(valid_for_s=14))

    assert result == Rejected("no_time_to_ring", Refusal.OTHER_WAY)
    assert twilio.asked == 0


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (Fault.BUSY, RetryAfter(30, "20429")),
        (Fault.ERROR_AFTER_ACCEPT, Ambiguous("20500")),
        (Fault.ERROR_BEFORE_ACCEPT, Ambiguous("20500")),
        (Fault.HANG_AFTER_ACCEPT, Ambiguous("ReadTimeout")),
        (Fault.INVALID_NUMBER, Rejected("21211", Refusal.BAD_ADDRESS)),
    ],
)
def test_each_fault_has_its_answer(twilio: FakeTwilio, voice: TwilioVoice, fault: Fault, result: object) -> None:
    twilio.faults.append(fault)

    assert voice.send(outgoing()) == result


@given(
    text=st.text(
        alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "), max_size=300
    )
)
def test_any_words_are_spoken_as_they_are_and_open_no_tag(text: str) -> None:
    twiml = spoken(text, "en-US", times=2, keys_go_to="https://x.example/?a=1&b=<2>")

    line = line_after(twiml)
    assert words_heard(line) == f"{text} {text}"
    assert waits_for_a_key(line)


def test_a_sign_that_no_line_can_hold_does_not_silence_the_rest() -> None:
    twiml = spoken("Anna\x0b Berg\x00\ufffe, it is time.", "en-US")

    assert words_heard(line_after(twiml)) == "Anna  Berg  , it is time."


# Look-up


def test_a_look_up_finds_the_call_to_that_number(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    before = datetime.now(UTC)
    voice.send(outgoing())

    found = voice.lookup(outgoing(), before, frozenset())

    assert found == Found(twilio.calls[0].sid, DeliveryState.ACCEPTED)


def test_a_look_up_takes_no_other_call_for_it(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    voice.send(outgoing())
    voice.send(outgoing(to="+8613800138999"))
    known = frozenset({twilio.calls[0].sid})
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    assert voice.lookup(outgoing(), datetime.now(UTC), known) == NotFound()
    assert voice.lookup(outgoing(), tomorrow, frozenset()) == NotFound()


def test_a_look_up_while_twilio_is_busy_settles_nothing(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    twilio.is_busy = True

    assert isinstance(voice.lookup(outgoing(), datetime.now(UTC), frozenset()), RetryAfter)


# What Twilio reports


@pytest.mark.parametrize(
    ("said", "status", "code", "means"),
    [
        ("queued", DeliveryState.ACCEPTED, None, None),
        ("initiated", DeliveryState.ACCEPTED, None, None),
        ("ringing", DeliveryState.SENT, None, None),
        ("in-progress", DeliveryState.DELIVERED, None, None),
        ("completed", DeliveryState.DELIVERED, None, None),
        ("busy", DeliveryState.UNDELIVERED, "busy", Refusal.TRY_AGAIN),
        ("no-answer", DeliveryState.UNDELIVERED, "no-answer", Refusal.OTHER_WAY),
        ("failed", DeliveryState.UNDELIVERED, "failed", Refusal.OTHER_WAY),
        ("canceled", DeliveryState.UNDELIVERED, "canceled", Refusal.OTHER_WAY),
    ],
)
def test_a_call_status_is_understood(
    voice: TwilioVoice, said: str, status: DeliveryState, code: str | None, means: Refusal | None
) -> None:
    (report,) = voice.parse_callback(hook({"CallStatus": said}))

    assert (report.provider_id, report.status, report.error_code, report.means) == ("CA1", status, code, means)
    assert report.correlation_id == "c0"


def test_a_number_that_is_none_is_bad(voice: TwilioVoice) -> None:
    (report,) = voice.parse_callback(hook({"CallStatus": "failed", "ErrorCode": "13224"}))

    assert (report.error_code, report.means) == ("13224", Refusal.BAD_ADDRESS)


@pytest.mark.parametrize("form", [{}, {"CallStatus": "levitating"}])
def test_a_callback_without_a_known_status_is_bad_input(voice: TwilioVoice, form: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="CallStatus"):
        voice.parse_callback(hook(form))


# Keys


def test_a_key_is_an_answer_to_its_own_call(voice: TwilioVoice) -> None:
    (pressed,) = voice.parse_inbound(hook({"Digits": "1"}, turn="2"))

    assert (pressed.provider_id, pressed.from_address, pressed.body) == ("CA1:2", PHONE, "1")
    assert pressed.correlation_id == "c0"


def test_no_key_is_no_answer(voice: TwilioVoice) -> None:
    assert voice.parse_inbound(hook({})) == []


@pytest.mark.parametrize("turn", ["", "-1", "two", "1000", "²"])
def test_a_turn_that_we_never_gave_out_is_bad_input(voice: TwilioVoice, turn: str) -> None:
    with pytest.raises(BadInput, match="turn"):
        voice.parse_inbound(hook({"Digits": "1"}, turn=turn))


def test_what_was_noted_is_said_once_and_the_line_is_closed(voice: TwilioVoice) -> None:
    answer = voice.answer(hook({}, turn="1"), Said("已记录：08:00 已服。", "zh", asks=False))

    line = line_after(answer.body)
    assert answer.mimetype == "text/xml"
    assert words_heard(line) == "已记录：08:00 已服。"
    assert languages(line) == {"zh-CN"}
    assert not waits_for_a_key(line)


def test_words_that_ask_wait_for_the_next_key(voice: TwilioVoice) -> None:
    answer = voice.answer(hook({}, turn="1"), Said(SPOKEN, "en", asks=True))

    assert waits_for_a_key(line_after(answer.body))
    [address] = [part for part in answer.body.split('"') if part.startswith("https://")]
    assert parse_qs(urlsplit(address).query) == {"turn": ["2"]}


def test_a_key_that_is_stuck_ends_the_call(voice: TwilioVoice) -> None:
    answer = voice.answer(hook({}, turn="9"), Said(SPOKEN, "en", asks=True))

    assert not waits_for_a_key(line_after(answer.body))


def test_a_report_is_answered_with_silence(voice: TwilioVoice) -> None:
    answer = voice.answer(hook({"CallStatus": "ringing"}), None)

    assert words_heard(line_after(answer.body)) == ""


def test_only_what_twilio_signed_is_genuine(voice: TwilioVoice) -> None:
    url, form = f"{PUBLIC}/hooks/twilio_voice/inbound/c0?turn=1", {"CallSid": "CA1", "Digits": "1"}
    signed = {"x-twilio-signature": signature(url, form)}

    assert voice.verify(Heard(url, signed, {"turn": "1"}, form, b""))
    assert not voice.verify(Heard(url.replace("turn=1", "turn=2"), signed, {"turn": "2"}, form, b""))
    assert not voice.verify(Heard(url, signed, {"turn": "1"}, form | {"Digits": "3"}, b""))
