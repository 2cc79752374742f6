"""The clinic's figures as they were counted on a day."""

from datetime import date, datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base


class ClinicFigure(Base):
    """One figure (`kpi.figures.Counted`) of the days before `until_on`. Small numbers are in here; pages hide them."""

    __tablename__ = "clinic_figure"

    until_on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    n: Mapped[int | None] = mapped_column(BigInteger)
    of: Mapped[int | None] = mapped_column(BigInteger)
    people: Mapped[int]
    made_at: Mapped[datetime]
