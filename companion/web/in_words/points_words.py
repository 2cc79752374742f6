"""What points were given for, in the reader's language."""

from companion.programme.points.points_models import Account, PointTransfer
from companion.programme.points.rules import Event, Rules, Text
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

REASONS: Words = {
    Event.GUIDE_READ: _l("You read a guide"),
    Event.QUIZ_PASSED: _l("You answered a quiz"),
    Event.MEASURED: _l("You measured on a day"),
    Event.ANSWERED: _l("You answered reminders on a day"),
    "expired": _l("Too old: they are gone"),
}
EARNS: Words = {
    Event.GUIDE_READ: _l("a guide read"),
    Event.QUIZ_PASSED: _l("a quiz with all answers right"),
    Event.MEASURED: _l("a day on which something was measured"),
    Event.ANSWERED: _l("a day on which reminders were answered, taken or not"),
}
ACCOUNTS: Words = {
    Account.PATIENT: _l("with patients"),
    Account.SPENT: _l("spent on coupons"),
    Account.EXPIRED: _l("too old"),
    Account.ISSUED: _l("given out"),
}


def reason_text(transfer: PointTransfer, rules: Rules, language: str) -> str:
    """What it was for; a reward by its name, as far as the rules still have it."""
    if transfer.reason in REASONS:
        return str(REASONS[transfer.reason])
    names = {reward.key: reward.name.in_language(language) for reward in rules.rewards}
    return names.get(transfer.reason, transfer.reason)


def in_language(text: object, language: str) -> str:
    """One text of a data file."""
    assert isinstance(text, Text)
    return text.in_language(language)
