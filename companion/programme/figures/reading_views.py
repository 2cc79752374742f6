"""The figures as the views tell them: summed up by month or quarter, with how many people they are of."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Executable, Integer, String, column, distinct, func, literal_column, select, table
from sqlalchemy.orm import Session

from companion.programme.figures.definitions import A_QUARTER, FIGURES, Counted, Figure


def by_month(session: Session, months: range) -> list[Counted]:
    """Every figure of each month of which there is anything."""
    return list(_all(session, months, "month_no"))


def by_quarter(session: Session, quarters: range) -> list[Counted]:
    """The same of quarters, each person counted once."""
    months = range(quarters.start * A_QUARTER, quarters.stop * A_QUARTER)
    return list(_all(session, months, f"month_no / {A_QUARTER}"))


def _all(session: Session, months: range, period: str) -> Iterator[Counted]:
    for figure in FIGURES:
        yield from _told(figure, session.execute(_query(figure, months, period)))


def _query(figure: Figure, months: range, period: str) -> Executable:
    said = literal_column(period, Integer)
    currency = literal_column("currency" if figure.by_currency else "NULL", String)
    counted, among = (func.coalesce(func.sum(column(name, Integer)), 0) for name in (figure.counted, figure.among))
    query = select(said, counted, among, func.count(distinct(column("patient_id"))), currency)
    query = query.select_from(table(figure.view)).where(column("month_no") >= months.start)
    query = query.where(column("month_no") < months.stop).group_by(said)
    query = query.order_by(said)
    return query.group_by(currency).order_by(currency) if figure.by_currency else query


def _told(figure: Figure, rows: Iterable[Any]) -> Iterator[Counted]:
    for period, counted, among, people, currency in rows:
        yield Counted(figure.name, int(period), int(counted), int(among), int(people), currency)
