"""Which template says what, and how words fit into its fields."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.messages.channel import Outgoing
from companion.messages.channels.wechat_templates import Template, filled, read_templates


def shown(text: str, names: list[str], **fields: str) -> dict[str, str]:
    outgoing = Outgoing("o", "the text", "c0", 60, fields={"advice": text} | fields)
    return {name: entry["value"] for name, entry in filled(Template("tpl", {"advice": names}), outgoing).items()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "7",
        '{"reminder": {"id": "a", "what": "thing1"}}',
        '{"default": {"what": "thing1"}}',
        '{"default": {"id": "", "what": "thing1"}}',
        '{"default": {"id": "a"}}',
        '{"default": {"id": "a", "what": []}}',
        '{"default": "a"}',
        '{"default": {"id": "a", "what": 7}}',
    ],
)
def test_a_setting_that_is_no_table_of_templates_is_named(text: str) -> None:
    with pytest.raises(BadInput, match="COMPANION_WECHAT_TEMPLATES"):
        read_templates(text)


def test_a_field_is_named_alone_or_in_a_list() -> None:
    given_: dict[str, Any] = {"default": {"id": "a", "what": "thing1", "advice": ["thing2", "thing3"]}}

    assert read_templates(json.dumps(given_)) == {
        "default": Template("a", {"what": ["thing1"], "advice": ["thing2", "thing3"]})
    }


def test_a_text_that_fits_stands_in_the_first_field() -> None:
    assert shown("请马上处理", ["thing3", "thing4"]) == {"thing3": "请马上处理"}


def test_a_longer_text_goes_on_where_it_pauses() -> None:
    text = "您的血压高到危险。请马上拨打120，坐下，身边要有人，不要自行加药。"

    assert shown(text, ["thing3", "thing4"]) == {
        "thing3": "您的血压高到危险。请马上拨打120，",
        "thing4": "坐下，身边要有人，不要自行加药。",
    }


def test_words_are_parted_between_them() -> None:
    assert shown("Sit down and do not stay alone", ["thing3", "thing4"]) == {
        "thing3": "Sit down and do not",
        "thing4": "stay alone",
    }


def test_what_does_not_fit_ends_with_a_sign() -> None:
    assert shown("字" * 50, ["thing3", "thing4"]) == {"thing3": "字" * 20, "thing4": "字" * 19 + "…"}


def test_a_field_without_a_limit_takes_all() -> None:
    assert shown("字" * 50, ["remark"]) == {"remark": "字" * 50}


@given(st.text(max_size=120), st.integers(1, 4))
def test_nothing_is_lost_but_at_the_end_and_no_field_is_too_long(text: str, count: int) -> None:
    names = [f"thing{number}" for number in range(count)]

    values = list(shown(text, names).values())

    assert all(0 < len(value) <= 20 for value in values)
    whole = "".join(text.split())
    told = "".join("".join(values).split())
    assert told == whole or (told.endswith("…") and whole.startswith(told[:-1]))
