"""What patients do on a board: ask, answer, report, take back. Nothing they write is read by others before it is
released."""

import secrets
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import rows_changed
from companion.errors import BadInput
from companion.messages.unique import insert_unless_known
from companion.programme.board.board_models import BoardName, BoardPost, BoardReport, PostState
from companion.programme.board.made_up_names import draw_name
from companion.programme.board.screening import FIELD, checked
from companion.programme.board.sealed_words import sealed
from companion.programme.red_flags import red_flags

BOARDS = ("diabetes", "blood_pressure")
"""One for each condition that this service is for."""
REPORTS = ("danger", "advert", "unkind", "private")
MOST_WAITING = 5
"""Of one patient: so much a professional reads before there is more."""
TRIES = 50


def write(
    session: Session, author: Person, board: str, words: str, now: datetime, *, question: BoardPost | None = None
) -> BoardPost:
    """A question of a patient, or an answer to a released one; it waits. `is_flagged`: it holds words of an emergency,
    and the caller tells the patient and the clinic at once. Raises BadInput."""
    plain = checked(words)
    session.get_one(Person, author.id, with_for_update={"key_share": True})
    waits = BoardPost.author_id == author.id, BoardPost.state == PostState.WAITING.value
    flags = red_flags(plain)
    if not flags and (session.scalar(select(func.count()).where(*waits)) or 0) >= MOST_WAITING:
        advice = "Wait until a professional has read what you wrote before."
        raise BadInput("Several posts of yours wait already.", where=FIELD, advice=advice)
    name_on(session, author.id, board)
    public_id = f"bp_{secrets.token_hex(6)}"
    post = BoardPost(
        public_id=public_id,
        board=board,
        author_id=author.id,
        question_id=question.id if question else None,
        state=PostState.WAITING.value,
        sealed=sealed(session.connection(), author.id, public_id, plain, now),
        is_flagged=bool(flags),
        sent_at=now,
    )
    session.add(post)
    session.flush()
    return post


def name_on(session: Session, patient_id: int, board: str) -> str:
    """What the patient is called on that board, from the first time on. On another board they are called otherwise."""
    for _ in range(TRIES):
        known = known_name(session, patient_id, board)
        if known is not None:
            return known
        values = {"patient_id": patient_id, "board": board, "name": draw_name(secrets.choice)}
        if not session.scalar(select(BoardName.name).where(BoardName.board == board, BoardName.name == values["name"])):
            session.execute(insert_unless_known(session, BoardName, "patient_id", "board").values(**values))
    raise BadInput("No name is free on this board.", where=FIELD, advice="Tell the clinic.")


def known_name(session: Session, patient_id: int, board: str) -> str | None:
    """The name the patient has there; None before they wrote anything."""
    return session.scalar(select(BoardName.name).where(BoardName.patient_id == patient_id, BoardName.board == board))


def find_released(session: Session, public_id: str) -> BoardPost | None:
    """A post that everybody on the board reads."""
    released = BoardPost.public_id == public_id, BoardPost.state == PostState.RELEASED.value
    return session.scalar(select(BoardPost).where(*released))


def withdraw(session: Session, public_id: str, author: Person, now: datetime) -> bool:
    """The author takes it back: its words are gone for everybody. False where there is nothing to take back."""
    own = BoardPost.public_id == public_id, BoardPost.author_id == author.id
    there = BoardPost.state.in_([PostState.WAITING.value, PostState.RELEASED.value])
    gone = {"state": PostState.WITHDRAWN.value, "sealed": None, "decided_at": now}
    return _changed(session, update(BoardPost).where(*own, there).values(**gone))


def report(session: Session, post: BoardPost, reporter: Person, reason: str, now: datetime) -> None:
    """Once by each reader. What is said to be dangerous is read by nobody until a professional has looked again."""
    if reason not in REPORTS:
        raise BadInput("Say what is wrong.", where="reason", advice="Choose one of the reasons.")
    values = {"post_id": post.id, "reporter_id": reporter.id, "reason": reason, "at": now}
    session.execute(insert_unless_known(session, BoardReport, "post_id", "reporter_id").values(**values))
    if reason == "danger":
        shown = BoardPost.id == post.id, BoardPost.state == PostState.RELEASED.value
        hidden = {"state": PostState.WAITING.value, "decided_at": None, "decided_by": None}
        _changed(session, update(BoardPost).where(*shown).values(**hidden))


def _changed(session: Session, statement: object) -> bool:
    return rows_changed(session.execute(statement.execution_options(synchronize_session=False))) > 0  # type: ignore[attr-defined]
