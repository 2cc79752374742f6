"""Guides as they are kept: a guide, its versions, who stands for which, who was told of it, and who read it."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.db import Base, RowId


class Guide(Base):
    """What is written about one medicine, class or condition. Its texts stand in versions."""

    __tablename__ = "guide"
    __table_args__ = (
        CheckConstraint("about IN ('drug', 'drug_class', 'condition', 'everybody')", name="about"),
        CheckConstraint("topic IN ('general', 'injection', 'inhaler')", name="topic"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """A short name that stays: "insulin-pen". What else belongs to the guide (a quiz) is found by it."""
    about: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    topic: Mapped[str] = mapped_column(String(10))
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]


class GuideVersion(Base):
    """One version. It never changes: a trigger says so; `withdrawn_at` takes it from the patients' pages.

    A language without a text is not there, and the pages say so. `changed_…`: what is otherwise than in the version
    before, in plain words.
    """

    __tablename__ = "guide_version"
    __table_args__ = (
        UniqueConstraint("guide_id", "number"),
        UniqueConstraint("id", "drafted_by"),
        CheckConstraint("sources <> '' AND (text_en <> '' OR text_zh <> '')", name="sourced"),
        CheckConstraint("(text_en = '') = (title_en = '') AND (text_zh = '') = (title_zh = '')", name="titled"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    guide_id: Mapped[int] = mapped_column(ForeignKey("guide.id"))
    number: Mapped[int]
    title_en: Mapped[str] = mapped_column(String(120))
    title_zh: Mapped[str] = mapped_column(String(120))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    sources: Mapped[str] = mapped_column(String(1000))
    videos: Mapped[list[str]] = mapped_column(JSON)
    changed_en: Mapped[str] = mapped_column(String(600))
    changed_zh: Mapped[str] = mapped_column(String(600))
    drafted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    guide: Mapped[Guide] = relationship(lazy="joined", innerjoin=True)
    review: Mapped["GuideReview | None"] = relationship(back_populates="version", lazy="joined")


class GuideReview(Base):
    """A named pharmacist or doctor, not the author, stands for one version until a day; append-only. The foreign keys
    make the database refuse anybody else."""

    __tablename__ = "guide_review"
    __table_args__ = (
        CheckConstraint("reviewer_role IN ('clinician', 'pharmacist')", name="by_professional"),
        CheckConstraint("reviewer_id <> author_id", name="by_another"),
        ForeignKeyConstraint(["reviewer_id", "reviewer_role"], ["person.id", "person.role"]),
        ForeignKeyConstraint(["version_id", "author_id"], ["guide_version.id", "guide_version.drafted_by"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    version_id: Mapped[int] = mapped_column(RowId, unique=True)
    author_id: Mapped[int] = mapped_column(RowId)
    reviewer_id: Mapped[int] = mapped_column(RowId)
    reviewer_role: Mapped[str] = mapped_column(String(10))
    reviewed_at: Mapped[datetime]
    review_by: Mapped[date]
    """The last day on which patients are shown it."""
    quiz_digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the quiz that was read and signed with it; None: there was none."""

    version: Mapped[GuideVersion] = relationship(back_populates="review")


class GuideRead(Base):
    """A patient said that they read a version."""

    __tablename__ = "guide_read"
    __table_args__ = (UniqueConstraint("patient_id", "version_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("guide_version.id"))
    read_at: Mapped[datetime]


class GuideNews(Base):
    """A patient was sent word that this version is there."""

    __tablename__ = "guide_news"

    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("guide_version.id"), primary_key=True, autoincrement=False)
    sent_at: Mapped[datetime]


class GuidePicture(Base):
    """A picture, kept here under the SHA-256 of its bytes."""

    __tablename__ = "guide_picture"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str] = mapped_column(String(120))
    added_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
