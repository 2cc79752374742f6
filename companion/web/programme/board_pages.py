"""Boards of questions for patients: read, ask, answer, report, take back.

Words of an emergency are answered at once, with whom to call; nothing else is shown before a professional released it.
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.board.board_models import BoardPost
from companion.programme.board.made_up_names import shown_name
from companion.programme.board.reading_boards import own_posts, threads
from companion.programme.board.writing import BOARDS, find_released, known_name, report, withdraw, write
from companion.urgency.by_words import ask_to_call
from companion.web.access import Action, guarded
from companion.web.context import changes, look, now, outside, subject
from companion.web.for_patients.calling import contacts_for
from companion.web.forms import Form
from companion.web.in_words import board_words
from companion.web.language import language
from companion.web.programme.board_forms import WordsSchema

blueprint = Blueprint("board", __name__)

EVENT = "board_words"
"""What the clinic's urgent task is about (`advice_words.EVENTS`)."""
Answer = str | Response | tuple[str, int]


@blueprint.get("/boards")
@guarded(Action.SEE_BOARD)
def boards() -> str:
    return render_template("programme/boards.html", boards=board_words.BOARDS)


@blueprint.get("/boards/<board>")
@guarded(Action.SEE_BOARD)
def index(board: str) -> str:
    return _page(_known(board), Form(WordsSchema()))


@blueprint.post("/boards/<board>/questions")
@guarded(Action.WRITE_BOARD)
def ask(board: str) -> Answer:
    return _written(_known(board), None)


@blueprint.post("/boards/<board>/questions/<question_id>/answers")
@guarded(Action.WRITE_BOARD)
def answer(board: str, question_id: str) -> Answer:
    return _written(_known(board), question_id)


def _written(board: str, question_id: str | None) -> Answer:
    form = Form(WordsSchema())
    if form.is_valid():
        try:
            is_urgent = keep(board, form.data["words"], question_id)
        except BadInput as bad:
            form.refuse(bad)
        else:
            if is_urgent:
                return redirect(url_for(".urgent"))
            flash(_("Thank you. A professional reads it first; then it is on the board."))
            return redirect(url_for(".index", board=board))
    return _page(board, form), form.status


def keep(board: str, words: str, question_id: str | None) -> bool:
    """Keeps it, and asks the clinic to call where it holds words of an emergency; whether it does. Raises BadInput."""
    with changes() as db:
        question = _question(db, board, question_id) if question_id else None
        post = write(db, subject(), board, words, now(), question=question)
        if post.is_flagged:
            ask_to_call(db, subject().id, EVENT, post.public_id, now())
        return post.is_flagged


def _question(db: Session, board: str, question_id: str) -> BoardPost:
    found = find_released(db, question_id)
    return found if found and found.board == board and found.question_id is None else abort(404)


@blueprint.get("/boards/urgent")
@guarded(Action.SEE_BOARD)
def urgent() -> str:
    return render_template("programme/board_urgent.html", call=contacts_for(outside().settings, subject()))


@blueprint.post("/boards/posts/<shown_id>/report")
@guarded(Action.WRITE_BOARD)
def tell(shown_id: str) -> Response:
    with changes() as db:
        post = find_released(db, shown_id) or abort(404)
        try:
            report(db, post, subject(), request.form.get("reason", ""), now())
        except BadInput:
            abort(400)
        board = post.board
    flash(_("Thank you. A professional looks at it."))
    return redirect(url_for(".index", board=board))


def author_of(session: Session, own_post_id: str) -> Person | None:
    """Whose it is: for the gate."""
    query = select(Person).join(BoardPost, BoardPost.author_id == Person.id)
    return session.scalar(query.where(BoardPost.public_id == own_post_id))


@blueprint.post("/boards/own/<own_post_id>/withdraw")
@guarded(Action.WRITE_BOARD, patient_of=author_of)
def take_back(own_post_id: str) -> Response:
    with changes() as db:
        board = db.scalars(select(BoardPost.board).where(BoardPost.public_id == own_post_id)).one()
        withdraw(db, own_post_id, subject(), now())
    flash(_("Taken back. Nobody can read it any more."))
    return redirect(url_for(".index", board=board))


def _known(board: str) -> str:
    return board if board in BOARDS else abort(404)


def _page(board: str, form: Form) -> str:
    with look() as db:
        shown, own = threads(db, board), own_posts(db, subject().id, board)
        name = known_name(db, subject().id, board)
    return render_template(
        "programme/board.html",
        board=board,
        form=form,
        patient=subject(),
        threads=shown,
        own=own,
        name=shown_name(name, language()) if name else "",
        told=board_words,
        call=contacts_for(outside().settings, subject()),
    )
