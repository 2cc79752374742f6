"""Anna and a pharmacy: what the tests of orders begin with."""

from datetime import datetime
from typing import Any

from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.db import reading, writing
from companion.programme.orders.agreeing import say_pharmacy
from companion.programme.orders.order_models import MedicineOrder
from companion.programme.orders.pharmacies import Area, add_pharmacy
from companion.programme.orders.pharmacy_models import Pharmacy
from companion.programme.orders.placing import Asked, NewOrder, place
from companion.programme.orders.tracking import Told, Verdict, read_event, take_event
from tests.world import World

ADDRESS = "Lindenstr. 4, 10969 Berlin"
BERLIN = Area("Berlin", 4, 48)


def add_admin(world: World) -> Person:
    with writing(world.engine) as session:
        return world.add(session, Role.ADMIN, "Administrator", None)


def open_pharmacy(
    world: World, *, name: str = "Linden", url: str = "https://linden.example/orders"
) -> tuple[Pharmacy, str]:
    """One that delivers in Berlin, and its secret."""
    admin = add_admin(world)
    with writing(world.engine) as session:
        return add_pharmacy(session, name=name, url=url, areas=[BERLIN], by=admin, now=world.now)


def agree(world: World, pharmacy: Pharmacy, *, agrees: bool = True) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        said = {"agrees": agrees, "noted_by": anna, "language": "en", "now": world.now}
        say_pharmacy(session, anna, session.get_one(Pharmacy, pharmacy.id), **said)


def tablets(world: World, **changed: Any) -> Regimen:
    given: dict[str, Any] = {"drug": "Metformin", "drug_class": "metformin", "unit": "tablet", "amount": "1"}
    return world.prescribe(**{"times": ("20:00",), "public_id": "rg_tablets"} | given | changed)


def order(world: World, pharmacy: Pharmacy, *regimens: Regimen, **changed: Any) -> MedicineOrder:
    """What she ticks, thirty pieces of each."""
    with writing(world.engine) as session:
        asked = [Asked(session.get_one(Regimen, each.id), 30, each.unit, 1) for each in regimens]
        given = {"area": "Berlin", "address": ADDRESS, "asked": asked, "key": "form-1"} | changed
        anna = session.get_one(Person, world.anna.id)
        new = NewOrder(session.get_one(Pharmacy, pharmacy.id), **given)
        return place(session, anna, new, by=anna, now=world.now)[0]


def ordered(world: World, **changed: Any) -> tuple[Pharmacy, MedicineOrder]:
    """An order of tablets, placed a moment ago."""
    pharmacy, _secret = open_pharmacy(world)
    agree(world, pharmacy)
    return pharmacy, order(world, pharmacy, tablets(world), **changed)


def now_of(world: World, placed: MedicineOrder) -> MedicineOrder:
    """The order as it is now."""
    with reading(world.engine) as session:
        found = session.get_one(MedicineOrder, placed.id)
        session.expunge_all()
        return found


def mark_tried(world: World, placed: MedicineOrder) -> None:
    """The pharmacy may have it."""
    with writing(world.engine) as session:
        session.get_one(MedicineOrder, placed.id).tries = 1


def tell(world: World, pharmacy: Pharmacy, placed: MedicineOrder, event: str, event_id: str, at: datetime) -> Verdict:
    """The pharmacy tells, and its signature was right."""
    body = f'{{"order": "{placed.public_id}", "event": "{event}", "at": "{at.isoformat()}"}}'.encode()
    told: Told = read_event(event_id, body)
    with writing(world.engine) as session:
        return take_event(session, session.get_one(Pharmacy, pharmacy.id), told, world.now)
