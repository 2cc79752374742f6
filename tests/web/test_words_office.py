"""The clinic reads every text in both languages, with how many text messages it takes."""

import re
from typing import Any

import pytest

from companion.messages.wording import Contacts
from companion.messages.wording.examples import examples
from companion.web.for_clinic.words_office import SAMPLES
from tests.people import Cast

CONTACTS = {language: Contacts("+861000000", "120 / 112 / 911") for language in SAMPLES}


def page(cast: Cast, signed_in: Any, role: str = "admin") -> str:
    """Of every purpose, one after the other."""
    browser = signed_in(getattr(cast, role))
    first = browser.get("/office/words").get_data(as_text=True)
    addresses = sorted(set(re.findall(r'href="(/office/words\?purpose=\w+)"', first)))
    return "".join(browser.get(address).get_data(as_text=True) for address in addresses)


@pytest.mark.parametrize("language", SAMPLES)
def test_every_text_is_shown(cast: Cast, signed_in: Any, language: str) -> None:
    shown = page(cast, signed_in)

    missing = [
        one.words.text
        for one in examples(language, CONTACTS[language], SAMPLES[language])
        if one.words.text not in shown or one.words.title not in shown or one.words.spoken not in shown
    ]
    assert missing == []


def test_each_with_the_text_messages_it_takes(cast: Cast, signed_in: Any) -> None:
    shown = page(cast, signed_in, "doctor")

    counted = re.findall(r"(\d+) text messages?, (\d+) of (\d+) characters", shown)

    texts = sum(len(examples(language, CONTACTS[language], SAMPLES[language])) for language in SAMPLES)
    assert len(counted) == texts
    assert {(segments, room) for segments, _, room in counted} == {("1", "160"), ("1", "70")}


def test_a_purpose_that_there_is_not_has_no_page(cast: Cast, signed_in: Any) -> None:
    answer = signed_in(cast.admin).get("/office/words?purpose=nothing")

    assert answer.status_code == 404


def test_the_page_about_messages_leads_there(cast: Cast, signed_in: Any) -> None:
    shown = signed_in(cast.doctor).get("/messages").get_data(as_text=True)

    assert 'href="/office/words"' in shown
