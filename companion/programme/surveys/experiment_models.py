"""Experiments with words and pages: the terms, and who was shown what first."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class Place(StrEnum):
    """Where something may be put in more than one way. Nothing clinical is among them, and no alert: another place
    needs a new version of this list, and of the check in the database."""

    TIP_WORDING = "tip_wording"  # how a message says that there is something to read
    TIP_PAGE = "tip_page"  # how the page with tips begins


class ExperimentMetric(StrEnum):
    """What an experiment is decided by, named before it starts: of the people shown it, how many within 14 days …"""

    OPENED = "opened"  # … opened a tip
    USEFUL = "useful"  # … called one useful


class Experiment(Base):
    """The terms, which never change. `shares`: {way: parts}, all above 0, the usual way among them."""

    __tablename__ = "experiment"
    __table_args__ = (
        CheckConstraint("place IN ('tip_wording', 'tip_page')", name="place"),
        CheckConstraint("metric IN ('opened', 'useful')", name="metric"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    place: Mapped[str] = mapped_column(String(20))
    salt: Mapped[str] = mapped_column(String(64))
    shares: Mapped[dict[str, Any]] = mapped_column(JSON)
    metric: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    started_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    stopped_at: Mapped[datetime | None]


class ExperimentExposure(Base):
    """The first time a patient was shown a way; append-only."""

    __tablename__ = "experiment_exposure"
    __table_args__ = (UniqueConstraint("experiment_id", "patient_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(ForeignKey("experiment.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    way: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
