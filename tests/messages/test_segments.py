"""How many SMS segments a text takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.messages.segments import IN_PARTS, Alphabet, length

# 3GPP TS 23.038, 6.2.1, written down a second time, row by row of the table.
ROWS = (
    "@Δ 0¡P¿p £_!1AQaq $Φ\"2BRbr ¥Γ#3CScs èΛ¤4DTdt éΩ%5EUeu ùΠ&6FVfv ìΨ'7GWgw "
    "òΣ(8HXhx ÇΘ)9IYiy \nΞ*:JZjz Ø+;KÄkä øÆ,<LÖlö \ræ-=MÑmñ Åß.>NÜnü åÉ/?O§oà"
)
BASIC = "".join(ROWS.split(" ")) + " "


@pytest.mark.parametrize(
    ("text", "alphabet", "places", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("药" * 70, "UCS-2", 70, 1),
        ("药" * 71, "UCS-2", 71, 2),
        ("药" * 134, "UCS-2", 134, 2),
        ("药" * 135, "UCS-2", 135, 3),
    ],
)
def test_a_text_is_cut_where_the_standard_says(text: str, alphabet: str, places: int, segments: int) -> None:
    found = length(text)

    assert (found.alphabet, found.places, found.segments) == (alphabet, places, segments)


@pytest.mark.parametrize("character", "^{}\\[~]|€\f")
def test_a_character_of_the_extension_table_takes_two_places(character: str) -> None:
    alone, too_long = length(character * 80), length(character * 80 + "a")

    assert (alone.places, alone.segments, too_long.segments) == (160, 1, 2)


def test_a_character_of_two_places_is_never_cut_in_two() -> None:
    """153 is odd: a part of euro signs holds 76 of them and ends one place early."""
    euros, emoji = length("€" * 153), length("😀" * 66)

    assert (euros.places, euros.segments) == (306, 3)
    assert (emoji.places, emoji.segments) == (132, 2)


def test_one_curly_quote_turns_the_whole_text_to_sixteen_bits() -> None:
    straight, curly = length("Don't " + "a" * 80), length("Don\u2019t " + "a" * 80)

    assert (straight.alphabet, straight.segments) == ("GSM-7", 1)
    assert (curly.alphabet, curly.segments) == ("UCS-2", 2)


@pytest.mark.parametrize("character", sorted(set(BASIC)))
def test_every_character_of_the_basic_alphabet_takes_one_place(character: str) -> None:
    found = length(character)

    assert (found.alphabet, found.places) == ("GSM-7", 1)


def test_the_basic_alphabet_has_127_characters() -> None:
    ascii_and_more = (chr(number) for number in range(0x3000))

    singles = [one for one in ascii_and_more if (found := length(one)).alphabet == "GSM-7" and found.places == 1]

    assert set(singles) == set(BASIC)
    assert len(singles) == 127  # 128 places of the table, one of which is the escape


@given(st.text(max_size=500))
def test_the_segments_hold_the_text_and_the_last_is_not_empty(text: str) -> None:
    found = length(text)

    assert found.places <= found.room
    if found.segments > 1:
        # Each part but the last may end one place early.
        assert found.places > (found.segments - 1) * (IN_PARTS[found.alphabet] - 1)


def test_the_room_is_told() -> None:
    rooms = [length(text).room for text in ("a", "a" * 200, "药", "药" * 100)]

    assert rooms == [160, 306, 70, 134]
    assert {alphabet.value for alphabet in Alphabet} == {"GSM-7", "UCS-2"}
