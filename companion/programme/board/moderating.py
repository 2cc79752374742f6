"""What professionals do: release, refuse, take down, keep, answer. Each act is theirs by name, and in the audit.

What speaks of an amount of medicine is released or written by a doctor only; what holds words of an emergency is
released by nobody.
"""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person, Role
from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.amount_words import amounts_in
from companion.programme.board.board_models import BoardPost, BoardReport, PostState
from companion.programme.board.screening import FIELD, checked
from companion.programme.board.sealed_words import sealed, words_of

WHY = ("dose", "urgent", "find", "unkind", "advert", "other")
"""Why something is not shown: it asks for or gives amounts, is urgent, says who somebody is, …"""


def get_post(session: Session, public_id: str) -> BoardPost:
    """Raises BadInput for one that is not there."""
    post = session.scalar(select(BoardPost).where(BoardPost.public_id == public_id))
    if post is None:
        raise BadInput("There is no such post.", where="post", advice="Open the page anew.")
    return post


def release(session: Session, post: BoardPost, by: Person, now: datetime) -> None:
    """From now on everybody on the board reads it. Raises BadInput where it may not be, or somebody was first."""
    if post.is_flagged:
        advice = "Refuse it, and see that somebody called."
        raise BadInput("It holds words of an emergency.", where=FIELD, advice=advice)
    _check_amounts(words_of(session.connection(), [post])[post.id], by)
    _decide(session, post, PostState.WAITING, PostState.RELEASED, by, now)
    _note(session, "board.released", post, by, now)


def refuse(session: Session, post: BoardPost, by: Person, why: str, now: datetime) -> None:
    """It is never shown; its author reads why. Raises BadInput."""
    _decide(session, post, PostState.WAITING, PostState.REFUSED, by, now, why=_why(why))
    _note(session, "board.refused", post, by, now)


def take_down(session: Session, post: BoardPost, by: Person, why: str, now: datetime) -> None:
    """It is shown no more; its author reads why. Raises BadInput."""
    _decide(session, post, PostState.RELEASED, PostState.TAKEN_DOWN, by, now, why=_why(why))
    _note(session, "board.taken_down", post, by, now)


def keep(session: Session, post: BoardPost, by: Person, now: datetime) -> None:
    """Nothing is wrong with what was reported."""
    _settle_reports(session, post, by, now)
    _note(session, "board.kept", post, by, now)


def reply(session: Session, question: BoardPost, by: Person, words: str, now: datetime) -> BoardPost:
    """A professional's answer, in their own name: shown at once. Raises BadInput."""
    plain = checked(words)
    _check_amounts(plain, by)
    public_id = f"bp_{secrets.token_hex(6)}"
    post = BoardPost(
        public_id=public_id,
        board=question.board,
        author_id=by.id,
        question_id=question.id,
        state=PostState.RELEASED.value,
        sealed=sealed(session.connection(), by.id, public_id, plain, now),
        is_flagged=False,
        sent_at=now,
        decided_at=now,
        decided_by=by.id,
    )
    session.add(post)
    _note(session, "board.replied", post, by, now)
    return post


def _check_amounts(words: str, by: Person) -> None:
    found = amounts_in(words)
    if found and by.role != Role.CLINICIAN:
        what = "It speaks of how much medicine, or of changing it: only a doctor may release or write that."
        raise BadInput(what, where=FIELD, advice="Leave it to a doctor, or refuse it.")


def _why(why: str) -> str:
    if why not in WHY:
        raise BadInput("Say why.", where="why", advice="Choose one of the reasons.")
    return why


def _decide(
    session: Session,
    post: BoardPost,
    was: PostState,
    becomes: PostState,
    by: Person,
    now: datetime,
    *,
    why: str | None = None,
) -> None:
    """Only while it is as the page showed it: another professional, or its author, may have been first."""
    values = {"state": becomes.value, "decided_at": now, "decided_by": by.id, "why": why}
    there = BoardPost.id == post.id, BoardPost.state == was.value
    changed = session.execute(
        update(BoardPost).where(*there).values(**values).execution_options(synchronize_session=False)
    )
    if not rows_changed(changed):
        raise BadInput("It was changed meanwhile.", where=FIELD, advice="Open the page anew.")
    _settle_reports(session, post, by, now)


def _settle_reports(session: Session, post: BoardPost, by: Person, now: datetime) -> None:
    open_ones = BoardReport.post_id == post.id, BoardReport.settled_at.is_(None)
    session.execute(update(BoardReport).where(*open_ones).values(settled_at=now, settled_by=by.id))


def _note(session: Session, action: str, post: BoardPost, by: Person, now: datetime) -> None:
    author = session.get_one(Person, post.author_id)
    audit.note(session, actor=by.public_id, action=action, now=now, patient=author.public_id, post=post.public_id)
