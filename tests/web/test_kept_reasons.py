"""Reasons that an assessment kept in English, in the reader's language."""

from string import Formatter

from flask import Flask
from flask_babel import force_locale

from companion.advice.assessing.case import Reason
from companion.advice.assessing.reasons import SENTENCES
from companion.web.in_words.advice_words import reason_words
from companion.web.in_words.kept_reasons import kept_words


def sample(code: str) -> Reason:
    params = {name: "R5" for _text, name, *_more in Formatter().parse(SENTENCES[code]) if name}
    return Reason(code, params, SENTENCES[code].format(**params))


def test_every_sentence_is_known_again(app: Flask) -> None:
    reasons = [sample(code) for code in SENTENCES]

    with app.test_request_context(), force_locale("zh"):
        told = {each.text: kept_words(each.text) for each in reasons}
        wanted = {each.text: reason_words(each) for each in reasons}

    assert told == wanted


def test_a_rule_is_said_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        told = kept_words("R5: The mean of the last 3 fasting values is above the goal.")

    assert told.startswith("R5")
    assert "mean" not in told


def test_what_nobody_knows_stays_as_it_is(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert kept_words("Nobody says this.") == "Nobody says this."
