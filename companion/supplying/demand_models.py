"""What was forecast of each medicine, week by week, as it was worked out then."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base


class DemandRun(Base):
    """The week (by its Monday) for which it was worked out, and when. `hidden`: of how many medicines nothing is kept,
    for they are taken by too few."""

    __tablename__ = "demand_run"

    week_of: Mapped[date] = mapped_column(primary_key=True)
    computed_at: Mapped[datetime]
    hidden: Mapped[int]


class DemandForecast(Base):
    """One medicine of a run. `coming`: [mean, low, high] of each week ahead; `mean`: of the last weeks; the rest is its
    back-test (`forecasting.BackTest`)."""

    __tablename__ = "demand_forecast"

    week_of: Mapped[date] = mapped_column(ForeignKey("demand_run.week_of"), primary_key=True)
    drug: Mapped[str] = mapped_column(String(80), primary_key=True)
    unit: Mapped[str] = mapped_column(String(12), primary_key=True)
    patients: Mapped[int]
    coming: Mapped[list[Any]] = mapped_column(JSON)
    mean: Mapped[float]
    weeks: Mapped[int]
    error: Mapped[float]
    error_of_last: Mapped[float]
    error_of_mean: Mapped[float]
    held: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(12))
