"""A session, told against a scripted link: what is asked, in which order, and what is made of the answers."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from companion.devices.download import download_blood_pressure, download_glucose
from companion.devices.link import OperationRefused
from companion.devices.session import Identity, Session
from firmware_mocks.encode import BloodPressure, Context, Glucose, current_time, date_time

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLOCK = datetime(2026, 3, 1, 13, 5)
COUNT_ALL, REPORT_ALL, REPORT_LAST = "0401", "0101", "0106"
SUCCESS, NO_RECORDS = "06000101", "06000106"
CANNOT_COUNT, CANNOT_SELECT = "06000402", "06000104"

LOST = None
"""In a script: the link is lost."""


class TickingClock:
    """A second goes by each time it is looked at."""

    def __init__(self) -> None:
        self._instant = START

    def __call__(self) -> datetime:
        self._instant += timedelta(seconds=1)
        return self._instant


class ScriptedLink:
    """Answers each write to the control point with what the script holds for it, in the order of the writes."""

    address = "C1:00:00:00:18:08"
    mtu = 23

    def __init__(
        self, script: dict[str, list[tuple[str, bytes] | None]], values: dict[str, bytes] | None = None
    ) -> None:
        self.disconnected = asyncio.Event()
        self.asked: list[str] = []
        self._script = script
        self._values = {"2a08": date_time(CLOCK)} if values is None else values
        self._callbacks: dict[str, Callable[[bytes], None]] = {}

    def has(self, uuid: str) -> bool:
        return uuid in self._values or uuid in {"2a18", "2a34", "2a35", "2a52"}

    async def read(self, uuid: str) -> bytes:
        self.asked.append(f"read {uuid}")
        if not self._values[uuid]:
            raise OperationRefused("no", where=self.address, advice="", code=5)
        return self._values[uuid]

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        self.asked.append(f"subscribe {uuid}")
        self._callbacks[uuid] = callback
        self._play(f"subscribe {uuid}")

    async def write(self, uuid: str, value: bytes) -> None:
        self.asked.append(value.hex())
        self._play(value.hex())

    def _play(self, cue: str) -> None:
        for event in self._script.get(cue, []):
            if event is LOST:
                self.disconnected.set()
            else:
                self._callbacks[event[0]](event[1])


def record(sequence: int, context: Context | None = None, value: str = "0.00120") -> tuple[str, bytes]:
    return "2a18", Glucose(sequence, datetime(2026, 3, 1, 7, 0), value, context=context).encode()


def answer(payload: str) -> tuple[str, bytes]:
    return "2a52", bytes.fromhex(payload)


def counted(records: int) -> tuple[str, bytes]:
    return answer("0500" + records.to_bytes(2, "little").hex())


def glucose_session(link: ScriptedLink, after_sequence: int | None = None) -> Session:
    async def download() -> Session:
        return await download_glucose(link, after_sequence=after_sequence, now=TickingClock(), idle_timeout=0.05)

    return asyncio.run(download())


def cuff_session(link: ScriptedLink) -> Session:
    async def download() -> Session:
        return await download_blood_pressure(link, now=TickingClock(), quiet=0.05)

    return asyncio.run(download())


def test_the_clock_is_read_first_and_the_control_point_is_subscribed_to_last() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(0)], REPORT_ALL: [answer(NO_RECORDS)]})

    glucose_session(link)

    assert link.asked == [
        "read 2a08", "subscribe 2a34", "subscribe 2a18", "subscribe 2a52", COUNT_ALL, REPORT_ALL
    ]  # fmt: skip


def test_a_session_keeps_every_payload_raw_in_order_with_its_arrival() -> None:
    context = Context(meal=3)
    sent = [record(0), record(1, context), ("2a34", context.encode(1))]
    link = ScriptedLink({COUNT_ALL: [counted(2)], REPORT_ALL: [*sent, answer(SUCCESS)]})

    session = glucose_session(link)

    assert [payload[:2] for payload in session.payloads] == sent
    arrivals = [payload.received_at for payload in session.payloads]
    assert arrivals == sorted(arrivals)
    assert (session.announced, session.complete, session.anomalies) == (2, True, ())


def test_current_time_is_preferred_and_a_device_says_who_it_is() -> None:
    link = ScriptedLink(
        {COUNT_ALL: [counted(0)], REPORT_ALL: [answer(NO_RECORDS)]},
        values={
            "2a2b": current_time(CLOCK),
            "2a08": date_time(None),
            "2a29": b"Maker",
            "2a24": b"GM-1\0",
            "2a25": b"",  # refused
        },
    )

    session = glucose_session(link)

    assert session.clock is not None
    assert (session.clock.device_time, session.clock.read_at) == (CLOCK, START + timedelta(seconds=1))
    assert session.identity == Identity("Maker", "GM-1", serial="", firmware="")


@pytest.mark.parametrize("clock", [b"", b"\xea\x07", bytes.fromhex("ea070d01070000"), bytes(7)])
def test_a_clock_that_cannot_be_read_is_an_anomaly_and_no_reason_to_stop(clock: bytes) -> None:
    link = ScriptedLink({COUNT_ALL: [counted(0)], REPORT_ALL: [answer(NO_RECORDS)]}, values={"2a08": clock})

    session = glucose_session(link)

    assert (session.clock, session.complete) == (None, True)
    assert "clock" in session.anomalies[0]


def test_only_what_is_new_is_asked_for() -> None:
    link = ScriptedLink({"040301f501": [counted(1)], "010301f501": [record(501), answer(SUCCESS)]})

    session = glucose_session(link, after_sequence=500)

    assert [payload[:2] for payload in session.payloads] == [record(501)]
    assert session.complete


def test_after_the_last_number_everything_is_asked_for() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(1)], REPORT_ALL: [record(0), answer(SUCCESS)]})

    session = glucose_session(link, after_sequence=0xFFFF)

    assert len(session.payloads) == 1


def test_a_model_that_numbers_backwards_is_always_read_whole() -> None:
    link = ScriptedLink(
        {COUNT_ALL: [counted(1)], REPORT_ALL: [record(0), answer(SUCCESS)]}, values={"2a24": b"Diamond Mini"}
    )

    session = glucose_session(link, after_sequence=7)

    assert len(session.payloads) == 1


def test_nothing_new_is_told_from_a_memory_that_started_over() -> None:
    script = {"0403010800": [counted(0)], "0103010800": [answer(NO_RECORDS)]}
    unchanged = ScriptedLink(script | {REPORT_LAST: [record(7), answer(SUCCESS)]})
    erased = ScriptedLink(
        script
        | {
            REPORT_LAST: [record(1), answer(SUCCESS)],
            COUNT_ALL: [counted(2)],
            REPORT_ALL: [record(0), record(1), answer(SUCCESS)],
        }
    )

    nothing_new, all_over = glucose_session(unchanged, 7), glucose_session(erased, 7)

    assert (nothing_new.payloads, nothing_new.complete, nothing_new.anomalies) == ((), True, ())
    assert [payload[:2] for payload in all_over.payloads] == [record(0), record(1)]
    assert all_over.complete
    assert "from the start" in all_over.anomalies[0]


def test_a_memory_that_started_over_and_then_broke_off_is_not_complete() -> None:
    link = ScriptedLink(
        {
            "0403010800": [counted(0)],
            "0103010800": [answer(NO_RECORDS)],
            REPORT_LAST: [record(1), answer(SUCCESS)],
            COUNT_ALL: [answer(CANNOT_COUNT)],
            REPORT_ALL: [record(0), LOST],
        }
    )

    session = glucose_session(link, after_sequence=7)

    assert ([payload[:2] for payload in session.payloads], session.complete) == ([record(0)], False)


def test_a_meter_that_cannot_count_and_sent_new_records_is_asked_no_more() -> None:
    link = ScriptedLink({"0403010800": [answer(CANNOT_COUNT)], "0103010800": [record(8), answer(SUCCESS)]})

    session = glucose_session(link, after_sequence=7)

    assert ([payload[:2] for payload in session.payloads], session.complete) == ([record(8)], True)
    assert link.asked[-1] == "0103010800"


def test_a_meter_that_cannot_select_is_read_whole() -> None:
    link = ScriptedLink(
        {
            "0403010800": [answer("06000404")],
            "0103010800": [answer(CANNOT_SELECT)],
            COUNT_ALL: [counted(1)],
            REPORT_ALL: [record(9), answer(SUCCESS)],
        }
    )

    session = glucose_session(link, after_sequence=7)

    assert ([payload[:2] for payload in session.payloads], session.complete) == ([record(9)], True)


def test_a_meter_that_cannot_count_has_announced_nothing() -> None:
    link = ScriptedLink({COUNT_ALL: [answer(CANNOT_COUNT)], REPORT_ALL: [record(0), answer(SUCCESS)]})

    session = glucose_session(link)

    assert (session.announced, session.complete, session.anomalies) == (None, True, ())


def test_what_came_before_the_link_was_lost_is_returned() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(3)], REPORT_ALL: [record(0), record(1), LOST]})

    session = glucose_session(link)

    assert [payload[:2] for payload in session.payloads] == [record(0), record(1)]
    assert not session.complete
    assert "the link was lost" in session.anomalies[0]


def test_a_meter_that_falls_silent_ends_the_session() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(3)], REPORT_ALL: [record(0)]})

    session = glucose_session(link)

    assert (len(session.payloads), session.complete) == (1, False)
    assert "silent for 0.05 s" in session.anomalies[0]


def test_a_report_that_fails_is_not_complete() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(1)], REPORT_ALL: [record(0), answer("06000108")]})

    session = glucose_session(link)

    assert (len(session.payloads), session.complete) == (1, False)
    assert "code 8" in session.anomalies[0]


@pytest.mark.parametrize(
    ("events", "complete", "anomaly"),
    [
        ([record(0)], False, "2 records were counted and 1 came"),
        ([record(0), record(1), record(2)], True, "2 records were counted and 3 came"),
        ([record(0), record(1), record(1)], True, "1 records came twice"),
        ([record(0), record(1), record(1, value="0.00121")], True, "record 1 came twice with different"),
        ([record(0), ("2a18", b"\x1b\x01")], True, "cut short"),
        ([record(0), record(1, Context(meal=1))], True, "no context came for the records 1"),
        ([record(0), record(1, Context(meal=1)), ("2a34", b"\x02")], True, "glucose context"),
        ([record(0), record(1), answer("ff")], True, "record access"),
        ([record(0), record(1), answer("06000301")], True, "answered something else"),
    ],
)
def test_what_is_odd_about_the_records_is_told_and_nothing_is_dropped(
    events: list[tuple[str, bytes] | None], complete: bool, anomaly: str
) -> None:
    link = ScriptedLink({COUNT_ALL: [counted(2)], REPORT_ALL: [*events, answer(SUCCESS)]})

    session = glucose_session(link)

    assert session.complete is complete
    assert anomaly in " / ".join(session.anomalies)
    assert [payload[:2] for payload in session.payloads] == [e for e in events if e and e[0] != "2a52"]


def pressure(systolic: str) -> tuple[str, bytes]:
    return "2a35", BloodPressure(systolic, "86", "103").encode()


def test_a_cuff_is_listened_to_until_it_is_quiet() -> None:
    link = ScriptedLink({"subscribe 2a35": [pressure("138"), pressure("140")]})

    session = cuff_session(link)

    assert [payload[:2] for payload in session.payloads] == [pressure("138"), pressure("140")]
    assert (session.complete, session.announced, session.anomalies) == (True, None, ())


def test_a_cuff_may_hang_up_when_it_is_done() -> None:
    link = ScriptedLink({"subscribe 2a35": [pressure("138"), LOST]})

    session = cuff_session(link)

    assert ([payload[:2] for payload in session.payloads], session.complete) == ([pressure("138")], True)


def test_a_cuff_that_hangs_up_without_a_word_is_not_done() -> None:
    link = ScriptedLink({"subscribe 2a35": [LOST]})

    session = cuff_session(link)

    assert (session.payloads, session.complete) == ((), False)
