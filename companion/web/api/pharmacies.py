"""Partner pharmacies and their prices by API, for an administrator or a program that acts for one. Setting a pharmacy
up, where orders go and by which secret, stays with an administrator's session."""

from typing import Any

from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.programme.orders.pharmacies import find_pharmacy
from companion.programme.orders.pharmacies import pharmacies as every_pharmacy
from companion.programme.orders.pharmacy_models import Pharmacy, PriceList
from companion.programme.orders.price_file import BadPriceList, as_file
from companion.programme.orders.prices import newest_list, rows_in_force, take_list
from companion.web.access import Action, guarded
from companion.web.api import pharmacy_schemas as schemas
from companion.web.api.problems import Problem
from companion.web.api.repeats import once
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import actor, changes, integration, look, now

A_PAGE = 500


@endpoint("GET", "/pharmacies", gives=schemas.PharmaciesOut)
@guarded(Action.SEE_PHARMACIES, integrations=True)
def pharmacies() -> dict[str, Any]:
    """The partners, where they deliver, and which list of prices is in force."""
    with look() as db:
        return {"pharmacies": [_shown(db, each) for each in every_pharmacy(db)]}


@endpoint("GET", "/pharmacies/<pharmacy_id>", gives=schemas.PharmacyOut)
@guarded(Action.SEE_PHARMACIES, integrations=True)
def pharmacy(pharmacy_id: str) -> dict[str, Any]:
    with look() as db:
        return _shown(db, _found(db, pharmacy_id))


@endpoint(
    "GET", "/pharmacies/<pharmacy_id>/prices", query=schemas.PricesQuery, gives=schemas.PricesOut, may_fail=(422,)
)
@guarded(Action.SEE_PHARMACIES, integrations=True)
def prices(query: dict[str, Any], pharmacy_id: str) -> dict[str, Any]:
    """The list in force, 500 packs a page, as it was sent."""
    skip = (query["page"] - 1) * A_PAGE
    with look() as db:
        found = _found(db, pharmacy_id)
        rows, last = rows_in_force(db, found.id), newest_list(db, found.id)
    shown = [row._asdict() for row in rows[skip : skip + A_PAGE]]
    return {"price_list": _list(last) if last else None, "prices": shown, "has_more": len(rows) > skip + A_PAGE}


@endpoint(
    "POST",
    "/pharmacies/<pharmacy_id>/price-lists",
    takes=schemas.PriceListIn,
    gives=schemas.PriceListTakenOut,
    status=201,
    may_fail=(400, 409, 422),
)
@guarded(Action.IMPORT_PRICES, integrations=True)
def import_prices(given: dict[str, Any], pharmacy_id: str) -> dict[str, Any]:
    """Taken whole, or refused with the row and the field. The list that is in force sent again changes nothing; one
    that was made for another version is refused, so that one played again later does not bring old prices back.
    `Idempotency-Key` is honoured."""
    return once(lambda: _take(given, pharmacy_id))


def _take(given: dict[str, Any], pharmacy_id: str) -> dict[str, Any]:
    content = as_file(given["prices"])
    try:
        with changes() as db:
            found = _found(db, pharmacy_id)
            db.get_one(Pharmacy, found.id, with_for_update=True)  # nobody brings another one meanwhile
            before = newest_list(db, found.id)
            taken = take_list(db, found, content, db.get_one(Person, actor().id), now())
            if taken is not None:
                _demand_known(before, given["replaces"])
                _note(db, found, taken)
            in_force = taken or before
            assert in_force is not None, "what is not new is in force"
            return _list(in_force) | {"is_new": taken is not None}
    except BadPriceList as bad:
        raise _refused(bad) from bad


def _demand_known(before: PriceList | None, replaces: int) -> None:
    version = before.number if before else 0
    if version != replaces:
        raise Problem(409, "other_version", f"Version {version} is in force: look at it, then send for that one.")


def _refused(bad: BadPriceList) -> Problem:
    """With the place in what was sent: the first price is the second row of a file."""
    place = f"/prices/{bad.row - 2}/{bad.column}".rstrip("/") if bad.row > 1 else "/prices"
    told = {"pointer": place, "detail": f"{bad.what}: {bad.advice}"}
    return Problem(422, "invalid", "The prices cannot be taken.", errors=[told])


def _note(db: Session, found: Pharmacy, taken: PriceList) -> None:
    by = integration()
    details: dict[str, Any] = {"pharmacy": found.public_id, "version": taken.number, "sha256": taken.sha256}
    if by is not None:
        details["integration"] = by.public_id
    audit.note(db, actor=actor().public_id, action="pharmacy.prices", now=now(), **details)


def _found(db: Session, pharmacy_id: str) -> Pharmacy:
    found = find_pharmacy(db, pharmacy_id)
    if found is None:
        raise Problem(404, "not_found", "There is no pharmacy of that id.")
    return found


def _shown(db: Session, found: Pharmacy) -> dict[str, Any]:
    last = newest_list(db, found.id)
    return {
        "id": found.public_id,
        "name": found.name,
        "is_open": found.is_open,
        "areas": [
            {"name": each.name, "urgent_hours": each.urgent_hours, "usual_hours": each.usual_hours}
            for each in found.areas
        ],
        "price_list": _list(last) if last else None,
    }


def _list(found: PriceList) -> dict[str, Any]:
    return {"version": found.number, "sha256": found.sha256, "at": instant(found.at, actor().zone)}
