"""What is said of guides."""

from companion.care.people import Role
from companion.programme.guides.kinds import About, Topic
from companion.programme.guides.models import Guide
from companion.programme.guides.publishing import State
from companion.programme.guides.writing import CLASSES, CONDITIONS_NAMED, DIABETES
from companion.web import words
from companion.web.language import lazy_gettext as _l
from companion.web.words import Choice, Words

ABOUT: Words = {
    About.DRUG: _l("one medicine"),
    About.DRUG_CLASS: _l("a class of medicines"),
    About.CONDITION: _l("a condition"),
    About.EVERYBODY: _l("everybody"),
}
TOPICS: Words = {
    Topic.GENERAL: _l("in general"),
    Topic.INJECTION: _l("how to inject"),
    Topic.INHALER: _l("how to inhale"),
}
STATES: Words = {
    State.DRAFT: _l("draft: no patient sees it"),
    State.SHOWN: _l("patients see it"),
    State.SOON_OVER: _l("patients see it, and its last day is near"),
    State.OVERDUE: _l("past its day: no patient sees it"),
    State.REPLACED: _l("replaced by a newer version"),
    State.WITHDRAWN: _l("withdrawn"),
}
STATE_TAGS = {
    State.DRAFT: "warn",
    State.SHOWN: "ok",
    State.SOON_OVER: "warn",
    State.OVERDUE: "high",
    State.REPLACED: "plain",
    State.WITHDRAWN: "plain",
}
LANGUAGES: Words = {"en": _l("English"), "zh": _l("Chinese")}
REVIEWERS: Words = {Role.CLINICIAN: words.ROLES[Role.CLINICIAN], Role.PHARMACIST: words.ROLES[Role.PHARMACIST]}
_DIABETES = _l("diabetes, of whatever type")


def condition(name: str) -> str:
    """A condition of a guide."""
    known = words.CONDITIONS.get(name) or words.FACT_VALUES.get(name)
    return str(_DIABETES if name == DIABETES else known or name)


def about(guide: Guide) -> str:
    """ "basal insulin: how to inject" """
    match About(guide.about):
        case About.DRUG_CLASS:
            what = str(words.DRUG_CLASSES[guide.name])
        case About.CONDITION:
            what = condition(guide.name)
        case About.EVERYBODY:
            what = str(ABOUT[About.EVERYBODY])
        case _:
            what = guide.name
    return what if guide.topic == Topic.GENERAL else f"{what}: {TOPICS[guide.topic]}"


def classes() -> list[Choice]:
    return words.named(CLASSES, words.DRUG_CLASSES)


def conditions() -> list[Choice]:
    return [(name, condition(name)) for name in CONDITIONS_NAMED]
