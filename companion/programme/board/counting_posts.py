"""How much waits on the boards: counts only, no words and no names."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from companion.programme.board.board_models import BoardPost, BoardReport, PostState
from companion.programme.board.writing import BOARDS


class BoardCount(NamedTuple):
    """`flagged`: of those waiting, with words of an emergency. `reported`: shown, and somebody says it is wrong."""

    board: str
    waiting: int
    flagged: int
    reported: int


def board_counts(session: Session) -> list[BoardCount]:
    """Every board, in the order of the pages."""
    waits = BoardPost.state == PostState.WAITING.value
    open_ones = select(BoardReport.post_id).where(BoardReport.settled_at.is_(None))
    waiting = _by_board(session, waits)
    flagged = _by_board(session, waits & BoardPost.is_flagged)
    reported = _by_board(session, (BoardPost.state == PostState.RELEASED.value) & BoardPost.id.in_(open_ones))
    return [BoardCount(each, waiting.get(each, 0), flagged.get(each, 0), reported.get(each, 0)) for each in BOARDS]


def _by_board(session: Session, which: ColumnElement[bool]) -> dict[str, int]:
    rows = session.execute(select(BoardPost.board, func.count()).where(which).group_by(BoardPost.board))
    return {row[0]: row[1] for row in rows}
