"""The virtual meter's control point, talked to over real GATT."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import pytest

from companion.devices.radio.link import Link, OperationRefused
from firmware_mocks.air import Air
from firmware_mocks.control_point import NOT_SUBSCRIBED, PROCEDURE_IN_PROGRESS
from firmware_mocks.faults import Faults
from firmware_mocks.glucose_meter import GlucoseMeter
from tests.devices.air import memory, play, radio_on


class Talk:
    """An open link to a meter, subscribed, and the indications of its control point."""

    def __init__(self, meter: GlucoseMeter, link: Link) -> None:
        self.meter = meter
        self.link = link
        self.records: list[bytes] = []
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(self) -> None:
        await self.link.subscribe("2a34", lambda _: None)
        await self.link.subscribe("2a18", self.records.append)
        await self.link.subscribe("2a52", self._answers.put_nowait)

    async def ask(self, request: str) -> str:
        """The answer, in hexadecimal."""
        await self.link.write("2a52", bytes.fromhex(request))
        return (await self._answers.get()).hex()


@asynccontextmanager
async def talking_to(meter: GlucoseMeter, pair: bool = True) -> AsyncIterator[Talk]:
    await meter.start()
    async with radio_on(meter.air) as radio, radio.connect(meter.address, pair=pair, seconds=5) as link:
        yield Talk(meter, link)


def test_records_are_counted_reported_and_deleted() -> None:
    async def story() -> None:
        async with talking_to(GlucoseMeter(Air(), memory(10))) as talk:
            await talk.listen()
            answers = [
                await talk.ask(request)
                for request in ("0401", "0105", "0106", "010401 0300 0500", "0202010700", "0401", "0201", "0101")
            ]

        expected = [memory(10)[number].encode() for number in (0, 9, 3, 4, 5)]
        assert talk.records == expected
        assert answers == [
            "05000a00",  # ten
            "06000101", "06000101", "06000101",
            "06000201",  # those up to 7 are deleted
            "05000200",  # two are left
            "06000201",
            "06000106",  # none is left
        ]  # fmt: skip

    play(story())


def test_a_report_can_be_aborted_and_another_one_asked_for() -> None:
    async def story() -> None:
        meter = GlucoseMeter(Air(), memory(10), faults=Faults(stalls_after=4))
        async with talking_to(meter) as talk:
            await talk.listen()
            await talk.link.write("2a52", bytes.fromhex("0101"))
            aborted = await talk.ask("0300")
            meter.faults.stalls_after = None
            reported = await talk.ask("0106")

        assert (aborted, reported) == ("06000301", "06000101")

    play(story())


def test_a_second_request_has_to_wait_for_the_first() -> None:
    async def story() -> None:
        meter = GlucoseMeter(Air(), memory(10), faults=Faults(stalls_after=4))
        async with talking_to(meter) as talk:
            await talk.listen()
            await talk.link.write("2a52", bytes.fromhex("0101"))

            with pytest.raises(OperationRefused) as refused:
                await talk.link.write("2a52", bytes.fromhex("0101"))
            assert refused.value.code == PROCEDURE_IN_PROGRESS

    play(story())


def test_what_the_meter_does_not_support_is_answered_with_its_code() -> None:
    async def story() -> None:
        async with talking_to(GlucoseMeter(Air(), memory(3))) as talk:
            await talk.listen()

            assert [await talk.ask(request) for request in ("0901", "0100", "0107", "010303 00")] == [
                "06000902", "06000103", "06000104", "06000109"
            ]  # fmt: skip

    play(story())


def test_nobody_is_answered_who_does_not_listen() -> None:
    async def story() -> None:
        async with talking_to(GlucoseMeter(Air(), memory(3))) as talk:
            with pytest.raises(OperationRefused) as refused:
                await talk.link.write("2a52", bytes.fromhex("0101"))
            assert refused.value.code == NOT_SUBSCRIBED

    play(story())


async def _read_feature(talk: Talk) -> None:
    await talk.link.read("2a51")


async def _read_clock(talk: Talk) -> None:
    await talk.link.read("2a08")


async def _subscribe(talk: Talk) -> None:
    await talk.link.subscribe("2a18", lambda _: None)


@pytest.mark.parametrize("operation", [_read_feature, _read_clock, _subscribe])
def test_nothing_of_the_patients_is_told_over_a_plain_link(
    operation: Callable[[Talk], Coroutine[None, None, None]],
) -> None:
    async def story() -> None:
        async with talking_to(GlucoseMeter(Air(), []), pair=False) as talk:
            before = talk.meter.pairings

            await operation(talk)

            assert (before, talk.meter.pairings) == (0, 1)

    play(story())
