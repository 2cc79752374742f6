"""What is asked and answered on the boards, under which name, and what was reported."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class PostState(StrEnum):
    WAITING = "waiting"  # nobody but its author and the professionals reads it
    RELEASED = "released"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by its author, or because they were erased
    TAKEN_DOWN = "taken_down"  # by a professional, after it was released


class BoardPost(Base):
    """A question, or an answer to one (`question_id`). What it says is sealed under its author's key.

    `is_flagged`: it holds words of an emergency; the clinic was asked to call, and it is never released.
    """

    __tablename__ = "board_post"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint("state IN ('waiting', 'released', 'refused', 'withdrawn', 'taken_down')", name="state"),
        CheckConstraint("state <> 'released' OR decided_by IS NOT NULL", name="released_by"),
        Index("ix_board_post_board_state", "board", "state", "sent_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20))
    board: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("board_post.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_flagged: Mapped[bool]
    sent_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    why: Mapped[str | None] = mapped_column(String(20))


class BoardName(Base):
    """What a patient is called on one board: random, and another one on every board."""

    __tablename__ = "board_name"
    __table_args__ = (UniqueConstraint("board", "name"),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    board: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


class BoardReport(Base):
    """A reader says that something is wrong with a post; settled once a professional looked."""

    __tablename__ = "board_report"
    __table_args__ = (
        UniqueConstraint("post_id", "reporter_id"),
        CheckConstraint("reason IN ('danger', 'advert', 'unkind', 'private')", name="reason"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("board_post.id"))
    reporter_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
