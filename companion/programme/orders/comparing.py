"""What a pack costs at each pharmacy, side by side by the piece; and what an order would cost. Pure.

Compared is only what has the same name, piece and currency: whether two names are one medicine is a pharmacist's to
say. A batch that is past its date is left out. Nothing here chooses for anybody: the order is by price and name.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from companion.programme.orders.price_file import PriceRow

CENT = Decimal("0.01")
TEN_THOUSANDTH = Decimal("0.0001")


class Offer(NamedTuple):
    """One pack of one pharmacy's list."""

    pharmacy: str
    row: PriceRow

    @property
    def by_piece(self) -> Decimal:
        return (self.row.price / self.row.pack_size).quantize(TEN_THOUSANDTH, ROUND_HALF_UP)


class SideBySide(NamedTuple):
    """The offers of one medicine in one currency, the cheapest piece first."""

    drug: str
    piece: str
    currency: str
    offers: tuple[Offer, ...]


class Cost(NamedTuple):
    """So many packs come to so much."""

    packs: int
    price: Decimal
    currency: str


def side_by_side(offers: Iterable[Offer], today: date) -> list[SideBySide]:
    """By medicine's name."""
    groups: defaultdict[tuple[str, str, str], list[Offer]] = defaultdict(list)
    for offer in offers:
        if _is_good(offer.row, today):
            groups[(offer.row.drug.casefold(), offer.row.piece, offer.row.currency)].append(offer)
    return [
        SideBySide(found[0].row.drug, piece, currency, tuple(sorted(found, key=_cheapest_first)))
        for (_name, piece, currency), found in sorted(groups.items())
    ]


def cost_of(rows: Iterable[PriceRow], drug: str, piece: str, pieces: int, today: date) -> Cost | None:
    """The cheapest way to that many pieces in packs of one size; one pack where 0 are asked for. None: no price."""
    ways = [
        Cost(packs, packs * row.price.quantize(CENT), row.currency)
        for row in rows
        if row.drug.casefold() == drug.casefold() and row.piece == piece and _is_good(row, today)
        for packs in [max(1, int((pieces / row.pack_size).to_integral_value(ROUND_CEILING)))]
    ]
    return min(ways, key=lambda cost: (cost.price, cost.packs), default=None)


def _is_good(row: PriceRow, today: date) -> bool:
    return row.expires_on is None or row.expires_on >= today


def _cheapest_first(offer: Offer) -> tuple[Decimal, str, Decimal, str]:
    return offer.by_piece, offer.pharmacy, offer.row.pack_size, offer.row.batch
