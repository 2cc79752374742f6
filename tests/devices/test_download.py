"""A session, told against a scripted link: what is asked, in which order, and what is made of the answers."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from companion.devices.radio.download import download
from companion.devices.radio.link import OperationRefused
from companion.devices.radio.selection import Mark
from companion.devices.radio.session import Identity, Order, Session
from companion.devices.radio.troubles import Trouble
from firmware_mocks.encode import BloodPressure, Context, Glucose, current_time, date_time

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLOCK = datetime(2026, 3, 1, 13, 5)
COUNT_ALL, REPORT_ALL, REPORT_FIRST = "0401", "0101", "0105"
COUNT_FROM_7, REPORT_FROM_7 = "0403010700", "0103010700"
READ_AT = datetime(2026, 3, 1, 7, 0)
METER, CUFF = frozenset({"2a18", "2a34", "2a52"}), frozenset({"2a35"})
ABORT = "0300"
ABORTED = "06000301"
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
        self,
        script: dict[str, list[tuple[str, bytes] | None]],
        values: dict[str, bytes] | None = None,
        offers: frozenset[str] = METER,
    ) -> None:
        self.disconnected = asyncio.Event()
        self.asked: list[str] = []
        self._script = script
        self._values = {"2a08": date_time(CLOCK)} if values is None else values
        self._offers = offers
        self._callbacks: dict[str, Callable[[bytes], None]] = {}

    def has(self, uuid: str) -> bool:
        return uuid in self._values or uuid in self._offers

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
    return "2a18", Glucose(sequence, READ_AT, value, context=context).encode()


def answer(payload: str) -> tuple[str, bytes]:
    return "2a52", bytes.fromhex(payload)


def counted(records: int) -> tuple[str, bytes]:
    return answer("0500" + records.to_bytes(2, "little").hex())


def session_of(link: ScriptedLink, after: Mark | None = None) -> Session:
    order = Order(TickingClock(), after, idle_s=0.05, quiet_s=0.05)
    return asyncio.run(download(link, order))


def told(session: Session) -> str:
    return " / ".join(map(str, session.anomalies))


def test_the_clock_is_read_first_and_the_control_point_is_subscribed_to_last() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(0)], REPORT_ALL: [answer(NO_RECORDS)]})

    session_of(link)

    assert link.asked == [
        "read 2a08", "subscribe 2a34", "subscribe 2a18", "subscribe 2a52", COUNT_ALL, REPORT_ALL
    ]  # fmt: skip


def test_a_session_keeps_every_payload_raw_in_order_with_its_arrival() -> None:
    context = Context(meal=3)
    sent = [record(0), record(1, context), ("2a34", context.encode(1))]
    link = ScriptedLink({COUNT_ALL: [counted(2)], REPORT_ALL: [*sent, answer(SUCCESS)]})

    session = session_of(link)

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

    session = session_of(link)

    assert session.clock is not None
    assert session.clock.device_time == CLOCK
    assert session.clock.read_at > START
    assert session.identity == Identity("Maker", "GM-1", serial="", firmware="")


@pytest.mark.parametrize("clock", [b"", b"\xea\x07", bytes.fromhex("ea070d01070000"), bytes(7)])
def test_a_clock_that_cannot_be_read_is_an_anomaly_and_no_reason_to_stop(clock: bytes) -> None:
    link = ScriptedLink({COUNT_ALL: [counted(0)], REPORT_ALL: [answer(NO_RECORDS)]}, values={"2a08": clock})

    session = session_of(link)

    assert (session.clock, session.complete) == (None, True)
    assert session.anomalies[0].trouble is Trouble.NO_CLOCK


def test_only_the_record_read_last_and_what_is_new_are_asked_for() -> None:
    link = ScriptedLink({COUNT_FROM_7: [counted(2)], REPORT_FROM_7: [record(7), record(8), answer(SUCCESS)]})

    session = session_of(link, Mark(7, READ_AT))

    assert [payload[:2] for payload in session.payloads] == [record(7), record(8)]
    assert (session.complete, session.mark, session.anomalies) == (True, Mark(8, READ_AT), ())


def test_after_the_last_number_everything_is_asked_for() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(1)], REPORT_ALL: [record(0), answer(SUCCESS)]})

    session = session_of(link, Mark(0xFFFF))

    assert len(session.payloads) == 1


def test_behind_the_last_number_records_may_hide() -> None:
    all_records = [record(7), record(0xFFFF), record(0)]
    link = ScriptedLink(
        {
            COUNT_FROM_7: [counted(2)],
            REPORT_FROM_7: [record(7), record(0xFFFF), answer(SUCCESS)],
            COUNT_ALL: [counted(3)],
            REPORT_ALL: [*all_records, answer(SUCCESS)],
        }
    )

    session = session_of(link, Mark(7, READ_AT))

    assert {payload[:2] for payload in session.payloads} == set(all_records)
    assert session.complete


@pytest.mark.parametrize(
    "found",
    [
        [("2a52", bytes.fromhex("06000106"))],
        [("2a18", Glucose(7, datetime(2026, 4, 1), "0.00100").encode()), ("2a52", bytes.fromhex("06000101"))],
    ],
    ids=["gone", "another record with its number"],
)
def test_a_memory_that_started_over_is_read_whole(found: list[tuple[str, bytes] | None]) -> None:
    link = ScriptedLink(
        {
            COUNT_FROM_7: [counted(len(found) - 1)],
            REPORT_FROM_7: found,
            COUNT_ALL: [counted(2)],
            REPORT_ALL: [record(0), record(1), answer(SUCCESS)],
        }
    )

    session = session_of(link, Mark(7, READ_AT))

    assert {record(0), record(1)} <= {payload[:2] for payload in session.payloads}
    assert session.complete
    assert session.sentence == "All was read; the memory of the device has started over since the last time."


def test_a_memory_that_started_over_and_then_broke_off_is_not_complete() -> None:
    link = ScriptedLink(
        {
            COUNT_FROM_7: [counted(0)],
            REPORT_FROM_7: [answer(NO_RECORDS)],
            COUNT_ALL: [answer(CANNOT_COUNT)],
            REPORT_ALL: [record(0), LOST],
        }
    )

    session = session_of(link, Mark(7, READ_AT))

    assert ([payload[:2] for payload in session.payloads], session.complete) == ([record(0)], False)


def test_a_meter_that_numbers_backwards_is_asked_for_its_newest_record_first() -> None:
    values = {"2a24": b"Diamond Mini"}
    nothing_new = ScriptedLink({REPORT_FIRST: [record(0), answer(SUCCESS)]}, values)
    something_new = ScriptedLink(
        {
            REPORT_FIRST: [record(0, value="0.00099"), answer(SUCCESS)],
            COUNT_ALL: [counted(2)],
            REPORT_ALL: [record(0, value="0.00099"), record(1), answer(SUCCESS)],
        },
        values,
    )

    unchanged = session_of(nothing_new, Mark(0, READ_AT))
    changed = session_of(something_new, Mark(0, datetime(2026, 2, 28)))

    assert (unchanged.payloads, unchanged.complete) == ((), True)
    assert (len(changed.payloads), changed.complete) == (2, True)


def test_a_meter_that_cannot_select_is_read_whole() -> None:
    link = ScriptedLink(
        {
            COUNT_FROM_7: [answer("06000404")],
            REPORT_FROM_7: [answer(CANNOT_SELECT)],
            COUNT_ALL: [counted(1)],
            REPORT_ALL: [record(9), answer(SUCCESS)],
        }
    )

    session = session_of(link, Mark(7))

    assert ([payload[:2] for payload in session.payloads], session.complete) == ([record(9)], True)


def test_a_meter_that_only_knows_records_from_a_number_is_asked_from_0() -> None:
    link = ScriptedLink(
        {"0403010000": [counted(1)], "0103010000": [record(9), answer(SUCCESS)]}, values={"2a29": b"Ascensia"}
    )

    session = session_of(link)

    assert (len(session.payloads), session.complete) == (1, True)
    assert COUNT_ALL not in link.asked


def test_a_meter_that_cannot_count_has_announced_nothing() -> None:
    link = ScriptedLink({COUNT_ALL: [answer(CANNOT_COUNT)], REPORT_ALL: [record(0), answer(SUCCESS)]})

    session = session_of(link)

    assert (session.announced, session.complete, session.anomalies) == (None, True, ())


def test_what_came_before_the_link_was_lost_is_returned() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(3)], REPORT_ALL: [record(0), record(1), LOST]})

    session = session_of(link)

    assert [payload[:2] for payload in session.payloads] == [record(0), record(1)]
    assert not session.complete
    assert session.anomalies[0].trouble is Trouble.LINK_LOST


def test_a_meter_that_falls_silent_ends_the_session() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(3)], REPORT_ALL: [record(0)]})

    session = session_of(link)

    assert (len(session.payloads), session.complete) == (1, False)
    assert session.anomalies[-1].trouble is Trouble.SILENT
    assert link.asked[-1] == ABORT


def test_whoever_gives_up_waiting_aborts_the_report() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(3)], REPORT_ALL: [record(0)], ABORT: [answer(ABORTED)]})

    async def give_up() -> None:
        reading = asyncio.create_task(download(link, Order(TickingClock())))
        while REPORT_ALL not in link.asked:
            await asyncio.sleep(0)
        reading.cancel()
        await reading

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(give_up())

    assert link.asked[-1] == ABORT


def test_a_device_is_never_asked_to_delete() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(1)], REPORT_ALL: [record(0), answer(SUCCESS)]})

    session_of(link)

    assert not [asked for asked in link.asked if asked.startswith("02")]


def test_a_report_that_fails_is_not_complete() -> None:
    link = ScriptedLink({COUNT_ALL: [counted(1)], REPORT_ALL: [record(0), answer("06000108")]})

    session = session_of(link)

    assert (len(session.payloads), session.complete) == (1, False)
    assert "code 8" in told(session)


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

    session = session_of(link)

    assert session.complete is complete
    assert anomaly in told(session)
    assert [payload[:2] for payload in session.payloads] == [e for e in events if e and e[0] != "2a52"]


def pressure(systolic: str) -> tuple[str, bytes]:
    return "2a35", BloodPressure(systolic, "86", "103").encode()


def test_a_cuff_is_listened_to_until_it_is_quiet() -> None:
    link = ScriptedLink({"subscribe 2a35": [pressure("138"), pressure("140")]}, offers=CUFF)

    session = session_of(link)

    assert [payload[:2] for payload in session.payloads] == [pressure("138"), pressure("140")]
    assert (session.complete, session.announced, session.anomalies) == (True, None, ())


def test_a_cuff_may_hang_up_when_it_is_done() -> None:
    link = ScriptedLink({"subscribe 2a35": [pressure("138"), LOST]}, offers=CUFF)

    session = session_of(link)

    assert ([payload[:2] for payload in session.payloads], session.complete) == ([pressure("138")], True)


def test_a_cuff_that_hangs_up_without_a_word_is_not_done() -> None:
    link = ScriptedLink({"subscribe 2a35": [LOST]}, offers=CUFF)

    session = session_of(link)

    assert (session.payloads, session.complete) == ((), False)
