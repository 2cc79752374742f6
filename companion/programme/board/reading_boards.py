"""Boards as they are read: released questions with released answers; one's own posts; what waits for professionals."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.programme.board.board_models import BoardName, BoardPost, BoardReport, PostState
from companion.programme.board.sealed_words import words_of

MOST_QUESTIONS = 50
MOST_WAITING = 100


@dataclass(frozen=True)
class Shown:
    """A post as others read it. `name`: the made-up one of a patient; `professional`: the real name and role of a
    member of staff, who answers in their own name. `answers`: of a question. `reports`: open ones."""

    id: str
    board: str
    words: str
    sent_at: datetime
    state: str
    why: str | None
    is_flagged: bool
    is_question: bool
    author_id: int
    name: str | None
    professional: tuple[str, str] | None
    answers: tuple["Shown", ...] = ()
    reports: tuple[str, ...] = ()


def threads(session: Session, board: str) -> list[Shown]:
    """The newest released questions with their released answers, the oldest answer first."""
    released = BoardPost.board == board, BoardPost.state == PostState.RELEASED.value
    newest = select(BoardPost).where(*released, BoardPost.question_id.is_(None))
    questions = session.scalars(newest.order_by(BoardPost.sent_at.desc(), BoardPost.id.desc()).limit(MOST_QUESTIONS))
    asked = list(questions)
    to_these = select(BoardPost).where(*released, BoardPost.question_id.in_([post.id for post in asked]))
    answers: defaultdict[int | None, list[BoardPost]] = defaultdict(list)
    for post in session.scalars(to_these.order_by(BoardPost.sent_at, BoardPost.id)):
        answers[post.question_id].append(post)
    shown = _by_id(session, [*asked, *(post for some in answers.values() for post in some)])
    return [_with(shown[post.id], [shown[answer.id] for answer in answers[post.id]]) for post in asked]


def own_posts(session: Session, patient_id: int, board: str) -> list[Shown]:
    """What the patient wrote there and has not taken back, the newest first."""
    own = BoardPost.author_id == patient_id, BoardPost.board == board, BoardPost.sealed.is_not(None)
    posts = list(session.scalars(select(BoardPost).where(*own).order_by(BoardPost.sent_at.desc(), BoardPost.id.desc())))
    shown = _by_id(session, posts)
    return [shown[post.id] for post in posts]


def to_decide(session: Session) -> list[Shown]:
    """What waits for a professional: words of an emergency first, then the oldest."""
    waits = select(BoardPost).where(BoardPost.state == PostState.WAITING.value)
    posts = list(session.scalars(waits.order_by(BoardPost.sent_at, BoardPost.id).limit(MOST_WAITING)))
    shown = _by_id(session, posts)
    return sorted((shown[post.id] for post in posts), key=lambda post: not post.is_flagged)


def reported(session: Session) -> list[Shown]:
    """What is shown, and a reader said that something is wrong with it."""
    open_ones = select(BoardReport.post_id).where(BoardReport.settled_at.is_(None))
    released = BoardPost.state == PostState.RELEASED.value, BoardPost.id.in_(open_ones)
    posts = list(session.scalars(select(BoardPost).where(*released).order_by(BoardPost.sent_at)))
    shown = _by_id(session, posts)
    return [shown[post.id] for post in posts]


def _with(question: Shown, answers: Sequence[Shown]) -> Shown:
    return Shown(**vars(question) | {"answers": tuple(answers)})


def _by_id(session: Session, posts: Sequence[BoardPost]) -> dict[int, Shown]:
    words = words_of(session.connection(), posts)
    names, staff, reports = _names(session, posts), _staff(session, posts), _reports(session, posts)
    return {
        post.id: Shown(
            id=post.public_id,
            board=post.board,
            words=words[post.id],
            sent_at=post.sent_at,
            state=post.state,
            why=post.why,
            is_flagged=post.is_flagged,
            is_question=post.question_id is None,
            author_id=post.author_id,
            name=names.get((post.author_id, post.board)),
            professional=staff.get(post.author_id),
            reports=tuple(reports[post.id]),
        )
        for post in posts
    }


def _names(session: Session, posts: Iterable[BoardPost]) -> dict[tuple[int, str], str]:
    authors = {post.author_id for post in posts}
    rows = session.scalars(select(BoardName).where(BoardName.patient_id.in_(authors)))
    return {(row.patient_id, row.board): row.name for row in rows}


def _staff(session: Session, posts: Iterable[BoardPost]) -> dict[int, tuple[str, str]]:
    authors = {post.author_id for post in posts}
    rows = session.scalars(select(Person).where(Person.id.in_(authors), Person.role != Role.PATIENT.value))
    return {row.id: (row.name, row.role) for row in rows}


def _reports(session: Session, posts: Iterable[BoardPost]) -> defaultdict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    wanted = BoardReport.post_id.in_([post.id for post in posts]), BoardReport.settled_at.is_(None)
    for report in session.scalars(select(BoardReport).where(*wanted).order_by(BoardReport.id)):
        found[report.post_id].append(report.reason)
    return found
