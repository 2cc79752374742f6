"""What changes, line by line."""

from hypothesis import given
from hypothesis import strategies as st

from companion.web.for_doctors.differences import NOTHING, Difference, differences

lines = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["", "1", "2", "3"]))


def test_only_what_changes_is_told_what_goes_last() -> None:
    found = differences(
        {"goal": "80–130", "most": "40", "steps": "a"}, {"goal": "80–130", "most": "30", "until": "May"}
    )

    assert found == [
        Difference("most", "40", "30"),
        Difference("until", NOTHING, "May"),
        Difference("steps", "a", NOTHING),
    ]


@given(lines)
def test_nothing_differs_from_itself(same: dict[str, str]) -> None:
    assert differences(same, dict(reversed(same.items()))) == []


@given(lines, lines)
def test_the_way_back_is_the_way_there_turned_round(before: dict[str, str], after: dict[str, str]) -> None:
    there = differences(before, after)

    back = {(line.what, line.after, line.before) for line in differences(after, before)}
    assert back == set(there)


@given(lines, lines)
def test_a_line_that_is_told_is_a_line_that_changes(before: dict[str, str], after: dict[str, str]) -> None:
    assert all(line.before != line.after for line in differences(before, after))
