"""Boards of questions by API."""

from typing import Any

from flask import abort
from flask_babel import gettext as _

from companion.programme.board.board_models import PostState
from companion.programme.board.reading_boards import Shown, own_posts, threads
from companion.programme.board.writing import BOARDS
from companion.web.access import Action, guarded
from companion.web.api import board_schemas as schemas
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import look, outside, subject
from companion.web.for_patients.calling import contacts_for
from companion.web.in_words.board_words import who
from companion.web.programme.board_pages import keep


@endpoint("GET", "/patients/<patient_id>/boards/<board>", gives=schemas.BoardOut)
@guarded(Action.SEE_BOARD)
def board(patient_id: str, board: str) -> dict[str, Any]:
    """What is released there, under made-up names, and the patient's own posts whatever became of them."""
    if board not in BOARDS:
        abort(404)
    with look() as db:
        shown, own = threads(db, board), own_posts(db, subject().id, board)
    return {
        "questions": [_shown(post) | {"answers": [_shown(answer) for answer in post.answers]} for post in shown],
        "own": [_shown(post) for post in own],
    }


@endpoint(
    "POST",
    "/patients/<patient_id>/boards/<board>/questions",
    takes=schemas.QuestionIn,
    gives=schemas.QuestionOut,
    status=201,
    may_fail=(400, 422),
)
@guarded(Action.WRITE_BOARD)
def ask_board(given: dict[str, Any], patient_id: str, board: str) -> dict[str, Any]:
    """Waits for a professional. `act_now` says whom to call where it holds words of an emergency; the clinic is asked
    to call, too. `Idempotency-Key` is honoured."""
    if board not in BOARDS:
        abort(404)
    return once(lambda: _ask(board, given["words"]))


def _ask(board: str, words: str) -> dict[str, Any]:
    is_urgent = keep(board, words, None)
    call = contacts_for(outside().settings, subject())
    told = {
        "words": urgent_text(),
        "emergency": call.emergency_number,
        "clinic": call.clinic_phone,
    }
    return {"state": PostState.WAITING.value, "act_now": told if is_urgent else None}


def urgent_text() -> str:
    return _("What you wrote may be an emergency. Nobody reads the board live: call now.")


def _shown(post: Shown) -> dict[str, Any]:
    return {
        "id": post.id,
        "name": who(post),
        "is_professional": post.professional is not None,
        "words": post.words,
        "sent_at": instant(post.sent_at, subject().zone),
        "state": post.state,
    }
