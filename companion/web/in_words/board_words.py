"""Boards in the reader's language: what they are called, what became of a post, why."""

from companion.programme.board.board_models import PostState
from companion.programme.board.made_up_names import shown_name
from companion.programme.board.reading_boards import Shown
from companion.web.language import gettext as _
from companion.web.language import language
from companion.web.language import lazy_gettext as _l
from companion.web.words import ROLES, Words

BOARDS: Words = {
    "diabetes": _l("Living with diabetes"),
    "blood_pressure": _l("Living with high blood pressure"),
}
STATES: Words = {
    PostState.WAITING: _l("waits to be read by a professional"),
    PostState.RELEASED: _l("on the board"),
    PostState.REFUSED: _l("not shown"),
    PostState.TAKEN_DOWN: _l("taken down"),
    PostState.WITHDRAWN: _l("taken back"),
}
WHY: Words = {
    "dose": _l("It is about how much medicine: only your own doctor can say that. Ask your clinic."),
    "urgent": _l("It cannot wait for a board. Your clinic was asked to call you."),
    "find": _l("It could tell others who somebody is."),
    "unkind": _l("It may hurt somebody."),
    "advert": _l("It sells something."),
    "other": _l("It does not fit on this board. Ask your clinic."),
}
"""Said to whoever wrote it."""
WRONG: Words = {
    "danger": _l("It could harm somebody"),
    "unkind": _l("It is unkind"),
    "private": _l("It tells who somebody is"),
    "advert": _l("It sells something"),
}
"""What a reader can report, what cannot wait first."""


def who(post: Shown) -> str:
    """Under which name it stands there: a made-up one, or the real one of a professional with the role."""
    if post.professional is not None:
        name, role = post.professional
        return f"{name} ({ROLES[role]})"
    return shown_name(post.name, language()) if post.name else _("somebody")
