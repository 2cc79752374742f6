"""Price lists: read whole or refused with the row, kept as versions, compared by the piece."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.people import Person
from companion.care.regimens import UNITS
from companion.db import reading, writing
from companion.programme.orders.comparing import Cost, Offer, cost_of, side_by_side
from companion.programme.orders.pharmacy_models import Pharmacy, PriceList
from companion.programme.orders.price_file import BadPriceList, PriceRow, read_prices
from companion.programme.orders.prices import compared, cost_at, rows_in_force, take_list
from tests.programme.orders.ordering import open_pharmacy
from tests.world import World

HEAD = "drug,piece,pack_size,price,currency,batch,expires_on\n"
GOOD = HEAD + "Metformin,tablet,30,4.50,EUR,B1,2027-01-31\nGlargine,U,1500,52,EUR,,\n"
TODAY = date(2026, 3, 4)


def read(text: str) -> list[PriceRow]:
    return read_prices(text.encode(), UNITS)


def test_a_list_is_read_with_its_own_digits() -> None:
    rows = read("\ufeff" + GOOD)

    assert rows[0] == PriceRow("Metformin", "tablet", Decimal(30), Decimal("4.50"), "EUR", "B1", date(2027, 1, 31))
    assert rows[1].expires_on is None


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("", 1, "drug"),
        ("drug,piece,pack_size,price\n", 1, "currency"),
        (HEAD, 1, ""),
        (GOOD + "Aspirin,tablet,30,1.x,EUR,,\n", 4, "price"),
        (GOOD + 'Aspirin,tablet,30,"1,50",EUR,,\n', 4, "price"),
        (GOOD + "Aspirin,tablet,30,-1,EUR,,\n", 4, "price"),
        (GOOD + "Aspirin,tablet,30,1e3,EUR,,\n", 4, "price"),
        (GOOD + "Aspirin,tablet,0,1,EUR,,\n", 4, "pack_size"),
        (GOOD + "Aspirin,barrel,30,1,EUR,,\n", 4, "piece"),
        (GOOD + "Aspirin,tablet,30,1,€,,\n", 4, "currency"),
        (GOOD + "Aspirin,tablet,30,1,EUR,,31.1.2027\n", 4, "expires_on"),
        (GOOD + ",tablet,30,1,EUR,,\n", 4, "drug"),
        (GOOD + "Aspirin,tablet,30\n", 4, ""),
        (GOOD + "Aspirin,tablet,30,1,EUR,,,more\n", 4, ""),
        (GOOD + "metformin,tablet,30,5,EUR,B1,\n", 4, "drug"),
    ],
)
def test_a_fault_is_told_with_its_row_and_column(text: str, row: int, column: str) -> None:
    with pytest.raises(BadPriceList) as refused:
        read(text)

    assert (refused.value.row, refused.value.column) == (row, column)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    with suppress(BadPriceList):
        rows = read_prices(content, UNITS)
        assert rows


def test_offers_stand_side_by_side_by_the_piece_and_old_batches_are_left_out() -> None:
    def offer(pharmacy: str, pack: int, price: str, expires_on: date | None = None, currency: str = "EUR") -> Offer:
        return Offer(pharmacy, PriceRow("Metformin", "tablet", Decimal(pack), Decimal(price), currency, "", expires_on))

    offers = [
        offer("Linden", 30, "4.50"),
        offer("Rose", 100, "9.00"),
        offer("Old", 100, "1.00", date(2026, 3, 3)),
        offer("Far", 30, "3.00", currency="USD"),
    ]

    found = side_by_side(offers, TODAY)

    assert [(each.currency, [one.pharmacy for one in each.offers]) for each in found] == [
        ("EUR", ["Rose", "Linden"]), ("USD", ["Far"]),
    ]  # fmt: skip
    assert found[0].offers[0].by_piece == Decimal("0.0900")


def test_an_order_costs_whole_packs_and_the_cheapest_way_counts() -> None:
    rows = [
        PriceRow("Metformin", "tablet", Decimal(30), Decimal("4.50"), "EUR"),
        PriceRow("Metformin", "tablet", Decimal(100), Decimal("9.00"), "EUR"),
    ]

    assert cost_of(rows, "metformin", "tablet", 61, TODAY) == Cost(1, Decimal("9.00"), "EUR")
    assert cost_of(rows, "metformin", "tablet", 0, TODAY) == Cost(1, Decimal("4.50"), "EUR")
    assert cost_of(rows, "Aspirin", "tablet", 60, TODAY) is None


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def take(world: World, pharmacy: Pharmacy, text: str) -> PriceList | None:
    with writing(world.engine) as session:
        by = session.get_one(Person, world.doctor.id)
        return take_list(session, session.get_one(Pharmacy, pharmacy.id), text.encode(), by, world.now)


def test_a_new_list_is_a_version_and_the_same_file_again_is_none(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)

    versions = [
        take(world, pharmacy, GOOD),
        take(world, pharmacy, GOOD),
        take(world, pharmacy, GOOD.replace("4.50", "5")),
    ]

    assert [each and each.number for each in versions] == [1, None, 2]
    with reading(world.engine) as session:
        assert rows_in_force(session, pharmacy.id, ["METFORMIN"])[0].price == Decimal(5)
        assert [each.drug for each in compared(session, TODAY)] == ["Glargine", "Metformin"]
        assert cost_at(session, pharmacy.id, [("Metformin", "tablet", 60)], TODAY) == Cost(2, Decimal("10.00"), "EUR")
        assert cost_at(session, pharmacy.id, [("Metformin", "tablet", 60), ("Aspirin", "tablet", 1)], TODAY) is None


def test_a_list_with_a_fault_changes_nothing(world: World) -> None:
    pharmacy, _secret = open_pharmacy(world)
    take(world, pharmacy, GOOD)

    with pytest.raises(BadPriceList):
        take(world, pharmacy, GOOD + "Aspirin,tablet,30,free,EUR,,\n")

    assert [each.number for each in world.all(PriceList)] == [1]
