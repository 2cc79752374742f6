"""An order as the bytes that its pharmacy reads. The same order gives the same bytes."""

from zoneinfo import ZoneInfo

import simplejson
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision
from companion.fhir.supply_request import Ordered, OrderedLine, order_bundle
from companion.fhir.told import Medicine, Prescribed, Who
from companion.programme.orders.order_models import MedicineOrder, OrderLine
from companion.programme.orders.placing import address_of
from companion.reminders.schedules.plain_words import describe
from companion.reminders.schedules.rule import Daily, Linked, Rule, names_amounts
from companion.reminders.schedules.rule_json import parse_rule

ENGLISH = "en"


def bundle_of(session: Session, order: MedicineOrder) -> bytes:
    """Raises BrokenSealError, Unavailable where the address cannot be opened."""
    ordered = Ordered(
        id=order.public_id,
        patient=_who(order.patient),
        zone=ZoneInfo(order.patient.zone),
        pharmacy=Who(order.pharmacy.public_id, order.pharmacy.name),
        area=order.area,
        address=address_of(session, order),
        placed_at=order.placed_at,
        promised_by=order.promised_by,
        lines=[_line(session, line, order.patient) for line in order.lines],
    )
    told = simplejson.dumps(order_bundle(ordered), ensure_ascii=False, separators=(",", ":"), use_decimal=True)
    return told.encode()


def _line(session: Session, line: OrderLine, patient: Person) -> OrderedLine:
    prescribed = _prescribed(session, line.regimen, line.revision, patient)
    return OrderedLine(prescribed, line.pieces, line.piece, line.packs, line.is_urgent)


def _prescribed(session: Session, regimen: Regimen, revision: RegimenRevision, patient: Person) -> Prescribed:
    """The revision that held when the order was placed, without the doctor's reason: a pharmacy needs none."""
    rule = parse_rule(revision.rule)
    is_simple = isinstance(rule, Daily) and not names_amounts(rule)
    times = tuple(revision.rule["times"]) if is_simple else ()
    said = describe(ENGLISH, rule, revision.amount, regimen.unit, regimen.food, other=_other(session, rule))
    return Prescribed(
        id=f"{regimen.public_id}.{revision.number}",
        patient=_who(patient),
        zone=ZoneInfo(patient.zone),
        medicine=Medicine(regimen.public_id, regimen.drug, regimen.unit, times, said),
        amount=revision.amount,
        status="active",
        by=_who(session.get_one(Person, revision.clinician_id)),
        made_at=revision.made_at,
        reason="",
    )


def _other(session: Session, rule: Rule) -> str | None:
    """The name of the medicine that this one is linked to."""
    if not isinstance(rule, Linked):
        return None
    return session.scalar(select(Regimen.drug).where(Regimen.public_id == rule.to))


def _who(person: Person) -> Who:
    return Who(person.public_id, person.name)
