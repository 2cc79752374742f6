"""Tips, in the clinic's words: for whom they are."""

from companion.programme.outreach.tips import Tip
from companion.web.in_words.segment_words import AXES, MEASURES, level_words
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import DRUG_CLASSES, FACT_VALUES, Words

EVENTS: Words = {
    "first_month": _l("here for less than a month"),
    "new_medicine": _l("a new medicine"),
    "silent_14d": _l("no value for two weeks"),
    "back_again": _l("values again after a pause"),
}
VERDICTS: Words = {
    "uneven": _l("Do not trust this: the people are not split as they should be."),
    "too_few": _l("Too few people: nothing can be said."),
    "no_difference": _l("No difference shown."),
    "more": _l("With tips more doses were taken."),
    "fewer": _l("With tips fewer doses were taken."),
}
ARMS: Words = {"sent": _l("got tips"), "held_out": _l("got none, by lot")}


def whom(tip: Tip) -> str:
    """ "a new medicine; metformin or statin" """
    groups = [_(" or ").join(trait(each) for each in sorted(group)) for group in tip.needs.groups]
    return "; ".join(groups)


def trait(name: str) -> str:
    kind, _colon, value = name.partition(":")
    if kind == "class":
        return str(DRUG_CLASSES[value])
    if kind == "event":
        return str(EVENTS[value])
    if kind == "diagnosis":
        return _("diabetes: %(type)s", type=FACT_VALUES[value.removeprefix("diabetes_")])
    if kind == "worsening":
        return _("getting worse: %(what)s", what=MEASURES[value])
    return f"{AXES[kind]}: {level_words(value)}" if kind in AXES else value
