"""Readings as lines, and back: nothing is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.backups.reading_lines import blocks, readings
from companion.errors import BadInput
from companion.readings.reading import Reading
from tests.readings.store_builders import glucose, pressure
from tests.readings.store_builders import readings as any_readings


@given(st.lists(any_readings("pa_wang"), max_size=5))
def test_every_reading_comes_back_as_it_was(some: list[Reading]) -> None:
    lines = b"".join(blocks(some)).splitlines(keepends=True)

    assert list(readings(lines)) == some


def test_so_do_a_limit_and_a_second_value() -> None:
    some = [pressure(), glucose()._replace(value=None, raw=b"")]

    assert list(readings(b"".join(blocks(some)).splitlines())) == some


@pytest.mark.parametrize("line", [b"{}", b"[1]", b"nothing", b'["pa_1"]', b"\xff"])
def test_a_line_that_is_none_is_told_by_its_number(line: bytes) -> None:
    good = b"".join(blocks([glucose()])).splitlines()

    with pytest.raises(BadInput, match="readings, line 2: is no reading"):
        list(readings([*good, line]))
