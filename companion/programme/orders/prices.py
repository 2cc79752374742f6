"""Price lists as they are kept: versions, of which the highest counts."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import UNITS
from companion.programme.orders.comparing import Cost, Offer, SideBySide, cost_of, side_by_side
from companion.programme.orders.pharmacy_models import Pharmacy, PriceLine, PriceList
from companion.programme.orders.price_file import PriceRow, read_prices


def take_list(session: Session, pharmacy: Pharmacy, content: bytes, by: Person, now: datetime) -> PriceList | None:
    """A new version of the pharmacy's prices; None: the file is the version in force. Raises BadPriceList, and nothing
    is changed."""
    rows = read_prices(content, UNITS)
    sha256 = hashlib.sha256(content).hexdigest()
    session.get_one(Pharmacy, pharmacy.id, with_for_update=True)  # one upload at a time
    last = newest_list(session, pharmacy.id)
    if last is not None and last.sha256 == sha256:
        return None
    new = PriceList(pharmacy_id=pharmacy.id, number=last.number + 1 if last else 1, sha256=sha256, by_id=by.id, at=now)
    session.add(new)
    session.flush()
    session.execute(insert(PriceLine), [{"list_id": new.id, **row._asdict()} for row in rows])
    return new


def newest_list(session: Session, pharmacy_id: int) -> PriceList | None:
    query = select(PriceList).where(PriceList.pharmacy_id == pharmacy_id)
    return session.scalar(query.order_by(PriceList.number.desc()).limit(1))


def rows_in_force(session: Session, pharmacy_id: int, drugs: Iterable[str] | None = None) -> list[PriceRow]:
    """The pharmacy's prices; with `drugs` only those of these names, however they are written."""
    newest = select(func.max(PriceList.id)).where(PriceList.pharmacy_id == pharmacy_id).scalar_subquery()
    query = select(PriceLine).where(PriceLine.list_id == newest).order_by(PriceLine.id)
    wanted = None if drugs is None else {drug.casefold() for drug in drugs}
    # Small letters of other alphabets are no business of the database's.
    return [_row(line) for line in session.scalars(query) if wanted is None or line.drug.casefold() in wanted]


def compared(session: Session, today: date, drug: str = "") -> list[SideBySide]:
    """The prices of every open pharmacy side by side; of medicines whose name holds `drug`."""
    newest = select(func.max(PriceList.id)).group_by(PriceList.pharmacy_id)
    query = (
        select(PriceLine, Pharmacy.name)
        .join(PriceList, PriceList.id == PriceLine.list_id)
        .join(Pharmacy, Pharmacy.id == PriceList.pharmacy_id)
        .where(PriceList.id.in_(newest), Pharmacy.is_open)
    )
    sought = drug.casefold()
    offers = [Offer(name, _row(line)) for line, name in session.execute(query) if sought in line.drug.casefold()]
    return side_by_side(offers, today)


def cost_at(session: Session, pharmacy_id: int, asked: Iterable[tuple[str, str, int]], today: date) -> Cost | None:
    """What (drug, piece, pieces) come to there together; None where one has no price, or currencies differ."""
    wanted = list(asked)
    rows = rows_in_force(session, pharmacy_id, [drug for drug, _piece, _pieces in wanted])
    costs = [cost_of(rows, drug, piece, pieces, today) for drug, piece, pieces in wanted]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs) or len({cost.currency for cost in known}) != 1:
        return None
    return Cost(
        sum(cost.packs for cost in known), sum((cost.price for cost in known[1:]), known[0].price), known[0].currency
    )


def _row(line: PriceLine) -> PriceRow:
    return PriceRow(line.drug, line.piece, line.pack_size, line.price, line.currency, line.batch, line.expires_on)
