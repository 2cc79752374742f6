"""What is sent in which order, and what each answer leaves in the spool."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from companion.devices.radio.session import Identity
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.hub import outgoing, paired, sessions
from companion.hub.moment import Moment
from companion.hub.sender import Sender, Stopped
from companion.hub.service import Reply, Unreachable
from companion.hub.spool import Spool, open_spool
from companion.hub.verdict import PROBLEM, Answer
from tests.devices.air import play
from tests.hub.household import Machine, add_paired

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TAKEN = Answer(201, "application/json")
ADDRESS = "AA:01"


class FakeService:
    """Answers in turn, the last answer for ever; None is no answer at all."""

    def __init__(self, *answers: Answer | None, date: datetime | None = None) -> None:
        self.answers, self.date = list(answers), date
        self.asked: list[tuple[str, dict[str, Any], str]] = []

    def post(self, path: str, body: dict[str, Any], key: str) -> Reply:
        self.asked.append((path, body, key))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise Unreachable("no network")
        return Reply(answer, {}, self.date)

    def tell_time(self) -> datetime | None:
        return self.date

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    spool = open_spool(tmp_path / "spool.db")
    add_paired(spool, ADDRESS, "meter")
    return spool


def spooled(spool: Spool, *values: bytes, is_complete: bool = True) -> None:
    """A session that is over."""
    number = sessions.begin(spool, ADDRESS, Moment(NOON, 10.0, "boot-1"))
    payloads = [RawPayload("2a18", value, NOON) for value in values]
    device = {"kind": "meter", "address": ADDRESS}
    clock = ClockReading(datetime(2026, 3, 4, 13), NOON)
    sessions.end(spool, number, sessions.Ended(device, Identity(serial="7"), clock, payloads, is_complete))


def sender(spool: Spool, service: FakeService, machine: Machine | None = None) -> Sender:
    return Sender(spool, machine or Machine(NOON), service)


def test_the_device_is_told_first_then_the_oldest_batch(spool: Spool) -> None:
    spooled(spool, b"1")
    spooled(spool, b"2")
    service = FakeService(TAKEN)

    outcome = play(sender(spool, service).send_all())

    assert service.paths == ["/devices", "/readings:batch", "/readings:batch"]
    assert [body["items"][0]["value"] for _, body, _ in service.asked[1:]] == ["31", "32"]
    assert (outcome.stopped, outcome.sent, outgoing.waiting(spool)) == (Stopped.NOTHING_LEFT, 3, 0)


def test_a_batch_says_what_it_has_to(spool: Spool) -> None:
    spooled(spool, b"1")
    service = FakeService(TAKEN)

    play(sender(spool, service).send_all())

    _, body, key = service.asked[1]
    assert body["clock"] == {"device_time": "2026-03-04T13:00:00", "read_at": "2026-03-04T12:00:00+00:00"}
    assert body["items"] == [{"characteristic": "2a18", "value": "31", "received_at": "2026-03-04T12:00:00+00:00"}]
    assert (body["complete"], len(key)) == (True, 36)


def test_no_answer_leaves_everything_and_the_next_try_is_the_same_request(spool: Spool) -> None:
    spooled(spool, b"1")
    service, machine = FakeService(TAKEN, None, TAKEN), Machine(NOON)

    first = play(sender(spool, service, machine).send_all())
    machine.pass_time(timedelta(hours=3))
    second = play(sender(spool, service, machine).send_all())

    (_, body, key), (_, again, same_key) = service.asked[1:]
    assert (first.stopped, second.stopped) == (Stopped.LATER, Stopped.NOTHING_LEFT)
    assert key == same_key
    assert body | {"sent_at": ""} == again | {"sent_at": ""}
    assert body["sent_at"] != again["sent_at"]


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_what_may_pass_is_tried_later(spool: Spool, status: int) -> None:
    spooled(spool, b"1")
    service = FakeService(TAKEN, Answer(status, PROBLEM, retry_after=timedelta(minutes=9)))

    outcome = play(sender(spool, service).send_all())

    assert (outcome.stopped, outcome.retry_after) == (Stopped.LATER, timedelta(minutes=9))
    assert (outgoing.waiting(spool), outgoing.refusals(spool)) == (1, [])


def test_a_refused_batch_is_set_aside_and_the_next_is_sent(spool: Spool) -> None:
    spooled(spool, b"1", b"2")
    spooled(spool, b"3")
    service = FakeService(TAKEN, Answer(422, PROBLEM, "invalid", "It does not fit."), TAKEN)

    outcome = play(sender(spool, service).send_all())

    (refusal,) = outgoing.refusals(spool)
    assert refusal[1:] == (ADDRESS, 2, "invalid", "It does not fit.")
    assert (outcome.stopped, outgoing.waiting(spool)) == (Stopped.NOTHING_LEFT, 0)


def test_what_was_set_aside_is_sent_again_when_somebody_says_so(spool: Spool) -> None:
    spooled(spool, b"1")
    service = FakeService(TAKEN, Answer(422, PROBLEM, "invalid"), TAKEN)
    play(sender(spool, service).send_all())

    put_back = outgoing.put_back(spool)
    play(sender(spool, service).send_all())

    assert put_back == 1
    assert service.asked[1][2] == service.asked[2][2]
    assert outgoing.refusals(spool) == []


def test_an_unwelcome_hub_asks_no_further(spool: Spool) -> None:
    spooled(spool, b"1")
    service = FakeService(Answer(401, PROBLEM, "hub_revoked", "Pair it anew."))

    outcome = play(sender(spool, service).send_all())

    assert (outcome.stopped, outcome.said, len(service.asked)) == (Stopped.NOT_WELCOME, "Pair it anew.", 1)
    assert outgoing.waiting(spool) == 1


def test_a_device_that_the_service_refuses_is_not_told_for_ever(spool: Spool) -> None:
    spooled(spool, b"1")
    service = FakeService(Answer(422, PROBLEM, "invalid"))

    play(sender(spool, service).send_all())

    assert service.paths == ["/devices", "/readings:batch"]
    assert paired.unknown_to_service(spool) == []


def test_how_far_our_clock_is_off_is_learnt_from_every_answer(spool: Spool) -> None:
    spooled(spool, b"1")
    service = FakeService(TAKEN, date=NOON - timedelta(hours=2))

    outcome = play(sender(spool, service).send_all())

    assert outcome.clock_ahead == timedelta(hours=2)


def test_only_the_last_batch_of_a_whole_session_says_that_it_is_complete(spool: Spool) -> None:
    spooled(spool, *(number.to_bytes(2, "little") for number in range(501)))
    spooled(spool, b"1", is_complete=False)
    service = FakeService(TAKEN)

    play(sender(spool, service).send_all())

    sent = [(len(body["items"]), body["complete"]) for path, body, _ in service.asked if path == "/readings:batch"]
    assert sent == [(251, False), (250, True), (1, False)]
