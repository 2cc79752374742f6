"""A questionnaire as a form: what was typed, what is wrong in the reader's language, and what stood there before."""

from collections.abc import Mapping, Sequence

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from companion.programme.questionnaires.answers import Answers, Why, check
from companion.programme.questionnaires.questions import LONGEST_TEXT, Questionnaire
from companion.web.words import Words

WHY: Words = {
    Why.MISSING: _l("This is needed."),
    Why.NO_SUCH_QUESTION: _l("This is not asked here."),
    Why.NO_SUCH_CHOICE: _l("Choose one of the answers."),
    Why.ONLY_ONE: _l("Only one answer fits here."),
    Why.NO_NUMBER: _l("Write a whole number."),
    Why.OUT_OF_BOUNDS: _l("Write a number from %(low)s to %(high)s."),
    Why.TOO_LONG: _l("Write at most %(most)s characters."),
}


def why(questionnaire: Questionnaire, link: str, reason: Why) -> str:
    """What is wrong with the answer to that question, as one would say it to a person."""
    item = next((item for item in questionnaire.items if item.link == link), None)
    bounds = {"low": item.low if item else 0, "high": item.high if item else 0, "most": LONGEST_TEXT}
    return gettext(str(WHY[reason]), **bounds) if reason in (Why.OUT_OF_BOUNDS, Why.TOO_LONG) else str(WHY[reason])


class AskedForm:
    """One questionnaire in one request, for the macros that `forms.Form` is made for. `answers` hold once it
    `is_valid()`; `known` is what it begins with."""

    def __init__(self, questionnaire: Questionnaire, known: Answers) -> None:
        self.questionnaire, self.known = questionnaire, known
        self.answers: Answers = {}
        self.errors: dict[str, str] = {}

    def is_valid(self) -> bool:
        if request.method != "POST":
            return False
        checked = check(self.questionnaire, self._typed())
        self.answers = checked.answers
        self.errors = {link: why(self.questionnaire, link, reason) for link, reason in checked.refusals}
        return not self.errors

    def value(self, name: str) -> str:
        """What the field shows: what was typed, else what was answered last."""
        said = self.chosen(name)
        return said[0] if said else ""

    def chosen(self, name: str) -> Sequence[str]:
        return request.form.getlist(name) if request.method == "POST" else self.known.get(name, ())

    @property
    def status(self) -> int:
        return 422 if self.errors else 200

    def _typed(self) -> Mapping[str, list[str]]:
        """Fields that are no question (the CSRF token) are left aside."""
        return {item.link: request.form.getlist(item.link) for item in self.questionnaire.items}
