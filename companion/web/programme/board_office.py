"""The boards for professionals: what waits, what was reported, what is shown. They read made-up names, too."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.programme.amount_words import amounts_in
from companion.programme.board import moderating
from companion.programme.board.board_models import BoardPost
from companion.programme.board.reading_boards import Shown, reported, threads, to_decide
from companion.programme.board.writing import BOARDS
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, shows
from companion.web.forms import Form
from companion.web.in_words import board_words
from companion.web.programme.board_forms import WordsSchema

blueprint = Blueprint("board_office", __name__)

Answer = str | Response | tuple[str, int]
RELEASE, REFUSE, TAKE_DOWN, KEEP, REPLY = "release", "refuse", "take_down", "keep", "reply"


@blueprint.get("/clinic/boards")
@guarded(Action.MODERATE_BOARD)
def index() -> str:
    return _page(Form(WordsSchema()))


@blueprint.post("/clinic/boards/posts/<post_id>")
@guarded(Action.MODERATE_BOARD)
def decide(post_id: str) -> Answer:
    """One act on one post; what it was is what the button says."""
    form = Form(WordsSchema())
    what = request.form.get("do", "")
    if what == REPLY and not form.is_valid():
        return _page(form), 422
    try:
        with changes() as db:
            _act(db, moderating.get_post(db, post_id), what, form)
    except BadInput as bad:
        form.refuse(bad)
        return _page(form), 422
    flash(_("Done, in your name."))
    return redirect(url_for(".index"))


def _act(db: Session, post: BoardPost, what: str, form: Form) -> None:
    by, why = actor(), request.form.get("why", "")
    match what:
        case "release":
            moderating.release(db, post, by, now())
        case "refuse":
            moderating.refuse(db, post, by, why, now())
        case "take_down":
            moderating.take_down(db, post, by, why, now())
        case "keep":
            moderating.keep(db, post, by, now())
        case "reply" if post.question_id is None and post.state == "released":
            moderating.reply(db, post, by, form.data["words"], now())
        case _:
            abort(400)


def _page(form: Form) -> str:
    with look() as db:
        waiting, wrong = to_decide(db), reported(db)
        boards = {board: threads(db, board) for board in BOARDS}
        _say_who_is_shown(db, [*waiting, *wrong, *(post for some in boards.values() for post in some)])
    return render_template(
        "programme/board_office.html",
        form=form,
        waiting=waiting,
        reported=wrong,
        boards=boards,
        told=board_words,
        amounts=amounts_in,
        may_release_amounts=actor().role == Role.CLINICIAN,
    )


def _say_who_is_shown(db: Session, posts: list[Shown]) -> None:
    """The service knows whose words they are, so whoever reads them here is in the log of reads."""
    authors = {each.author_id for post in posts for each in (post, *post.answers) if each.professional is None}
    shows(db.scalars(select(Person).where(Person.id.in_(authors))))
