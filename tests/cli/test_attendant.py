"""Questions at the terminal while a device is paired."""

import asyncio
import os
from collections.abc import Iterator
from typing import TextIO

import pytest

from companion.cli.attendant import AtTerminal, Keyboard

DEVICE = "C1:00:00:00:18:08"


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """What is written here is typed at the terminal."""
    read, write = os.pipe()
    with os.fdopen(read) as terminal, os.fdopen(write, "w", buffering=1) as typing:
        monkeypatch.setattr("sys.stdin", terminal)
        yield typing


def test_a_number_is_asked_for_by_the_devices_address(hand: TextIO, capsys: pytest.CaptureFixture[str]) -> None:
    hand.write(" 271828 \n")

    typed = asyncio.run(AtTerminal().passkey(DEVICE))

    assert typed == "271828"
    assert DEVICE in capsys.readouterr().err


@pytest.mark.parametrize(("line", "same"), [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False)])
def test_only_a_yes_says_that_the_numbers_are_the_same(hand: TextIO, line: str, same: bool) -> None:
    hand.write(line)

    assert asyncio.run(AtTerminal().sees(DEVICE, "004711")) is same


def test_a_number_for_the_device_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(AtTerminal().show(DEVICE, "004711"))

    assert "004711" in capsys.readouterr().err


def test_at_the_end_of_the_input_nobody_answers(hand: TextIO) -> None:
    hand.close()

    assert asyncio.run(AtTerminal().passkey(DEVICE)) is None


def test_what_is_typed_after_a_withdrawn_question_answers_the_next_one(hand: TextIO) -> None:
    keyboard = Keyboard()

    async def story() -> str | None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(keyboard.ask("the PIN? "), 0.05)
        hand.write("yes\n")
        return await keyboard.ask("go on? ")

    assert asyncio.run(story()) == "yes"
