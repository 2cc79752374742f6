"""A search for FHIR resources: the rows of the patients that may be seen, the newest first, in pages."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import simplejson
from flask import Response, request
from marshmallow import ValidationError, fields, pre_load, validate
from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.fhir.bundle import JSON_TYPE, searchset
from companion.fhir.coding import Json
from companion.fhir.ids import public_id
from companion.web.access import Action, patients_for
from companion.web.api.paging import cursor_at, pair_behind
from companion.web.api.routes import PREFIX
from companion.web.api.schemas import Strict
from companion.web.context import actor, now, outside, record_client, shows

FHIR = f"{PREFIX}/fhir"
A_RESOURCE: dict[str, Any] = {"type": "object", "description": "a resource of HL7 FHIR R4"}
LARGEST_PAGE = 100


class FhirSearch(Strict):
    """What every search takes. What it does not know it refuses: a filter that is passed over shows too much."""

    patient = fields.Str(load_default=None, metadata={"description": "`Patient/pa-…` or `pa-…`"})
    count = fields.Int(load_default=20, validate=validate.Range(1, LARGEST_PAGE), data_key="_count")
    cursor = fields.Str(load_default=None, data_key="_cursor", metadata={"description": "of the `next` link; opaque"})

    @pre_load
    def refuse_unknown(self, data: Any, **_options: Any) -> Any:
        known = {field.data_key or name for name, field in self.fields.items()}
        if unknown := set(data) - known:
            raise ValidationError({name: ["is not searched for here"] for name in unknown})
        return data


class Found(NamedTuple):
    """Rows of one table to be told as one kind of resource: by the column `number`, each by `make`."""

    rows: Select[Any]
    number: Any
    make: Callable[[Any], Json]


def base() -> str:
    """The address of this server's FHIR resources."""
    return f"{outside().settings.public_url}{FHIR}"


def patients_sought(db: Session, wanted: str | None) -> dict[int, Person]:
    """By number: the patients that may be seen, or the one asked for if it is among them."""
    may_see = patients_for(db, actor(), Action.SEE_RECORDS, now())
    ours = public_id(wanted.removeprefix("Patient/")) if wanted else None
    return {patient.id: patient for patient in may_see if ours in (None, patient.public_id)}


def seen(patient: Person) -> Person:
    """Somebody of whom the answer tells something, for the log of reads: to a record system, if it is one that asks."""
    client = record_client()
    shows([patient], by=client.public_id if client else "")
    return patient


def page(db: Session, query: dict[str, Any], *sources: Found) -> Response:
    """One page over the sources, one after the other."""
    place, after = pair_behind(query["cursor"]) or (0, None)
    shows([])  # whoever is on this page, and nobody else
    resources: list[Json] = []
    last, has_more = (place, after or 0), False
    for number, source in enumerate(sources[place:], start=place):
        room = query["count"] - len(resources)
        rows = _rows(db, source, after if number == place else None, room + 1)
        for row, own_number in rows[:room]:
            resources.append(source.make(row))
            last = number, own_number
        if has_more := len(rows) > room:
            break
    links = _links(query, cursor_at(list(last)) if has_more else None)
    return told(searchset(resources, base=base(), total=_total(db, sources), links=links))


def _rows(db: Session, source: Found, after: int | None, limit: int) -> Sequence[Any]:
    query = source.rows.add_columns(source.number).order_by(source.number.desc()).limit(limit)
    return db.execute(query.where(source.number < after) if after is not None else query).all()


def _total(db: Session, sources: Sequence[Found]) -> int:
    return sum(db.scalar(source.rows.with_only_columns(func.count(source.number))) or 0 for source in sources)


def _links(query: dict[str, Any], following: str | None) -> list[tuple[str, str]]:
    """This page and the next, with everything that was asked for."""
    address = f"{outside().settings.public_url}{request.path}"
    asked = {name: value for name, value in request.args.items() if name != "_cursor"}
    here = asked | ({"_cursor": query["cursor"]} if query["cursor"] else {})
    links = [("self", f"{address}?{urlencode(here)}" if here else address)]
    if following is not None:
        links.append(("next", f"{address}?{urlencode(asked | {'_cursor': following})}"))
    return links


def told(resource: Json) -> Response:
    """The resource as FHIR's JSON; numbers keep their digits."""
    return Response(simplejson.dumps(resource, use_decimal=True, ensure_ascii=False), content_type=JSON_TYPE)
