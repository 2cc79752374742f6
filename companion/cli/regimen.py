"""`companion regimen add`: a medicine, prescribed in a clinician's name."""

import json
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import click

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Role, get_person
from companion.care.regimens import (
    DEFAULT_GRACE_MINUTES,
    DRUG_CLASSES,
    FOOD,
    UNITS,
    add_regimen,
    in_effect_from,
    revise,
)
from companion.cli.passwords import confirm_password
from companion.cli.types import ExactNumber, LocalDay
from companion.db import writing
from companion.errors import BadInput
from companion.reminders.rule_json import parse_rule
from companion.services import build_services
from companion.settings import load_settings


@click.group()
def command() -> None:
    """Medicines as prescribed."""


@command.command()
@click.option("--patient", required=True, help="The patient's id.")
@click.option("--by", "clinician", required=True, help="The prescribing clinician's id; asks for their password.")
@click.option("--drug", required=True)
@click.option("--class", "drug_class", type=click.Choice(DRUG_CLASSES), required=True)
@click.option("--amount", type=ExactNumber(), required=True, help="For one intake.")
@click.option("--unit", type=click.Choice(UNITS), required=True)
@click.option("--times", default="", help="Every day at these local times: 08:00,20:00")
@click.option("--rule", help='Or a whole rule as JSON: {"kind": "weekdays", …}')
@click.option("--food", type=click.Choice([choice for choice in FOOD if choice]))
@click.option("--start", type=LocalDay(), help="First local day, also one in the past; today if left out.")
@click.option("--end", type=LocalDay(), help="Last local day.")
@click.option("--grace", default=DEFAULT_GRACE_MINUTES, show_default=True, help="Minutes until unanswered is missed.")
@click.option("--critical", is_flag=True, help="A missed dose of it cannot wait.")
@click.option("--reason", required=True)
def add(
    patient: str,
    clinician: str,
    drug: str,
    drug_class: str,
    amount: Decimal,
    unit: str,
    times: str,
    rule: str | None,
    food: str | None,
    start: date | None,
    end: date | None,
    grace: int,
    critical: bool,
    reason: str,
) -> None:
    """Prescribe a medicine. Prints its id."""
    services = build_services(load_settings())
    now = services.clock()
    checked_rule = _rule(times, rule)
    with writing(services.engine) as session:
        by = get_person(session, clinician, Role.CLINICIAN)
        confirm_password(by)
        person = get_person(session, patient, Role.PATIENT)
        zone = ZoneInfo(person.zone)
        first_day = start or now.astimezone(zone).date()
        regimen = add_regimen(
            session,
            patient=person,
            drug=drug,
            drug_class=drug_class,
            unit=unit,
            now=now,
            food=food or "",
            grace_minutes=grace,
            is_critical=critical,
        )
        revise(
            session,
            regimen,
            by=by,
            amount=amount,
            rule=checked_rule,
            start_on=first_day,
            end_on=end,
            reason=reason,
            now=now,
            effective_at=in_effect_from(regimen, first_day, zone, now),
        )
        due_work.put_off(session, WorkKind.PLAN, regimen.id, now)
        audit.note(
            session, actor=by.public_id, action="regimen.add", now=now, patient=patient, regimen=regimen.public_id
        )
    click.echo(regimen.public_id)


def _rule(times: str, rule: str | None) -> dict[str, object]:
    """The rule as it will be kept, checked by the timetable."""
    if bool(times) == bool(rule):
        raise click.UsageError("give either --times or --rule")
    try:
        told = json.loads(rule) if rule else {"kind": "daily", "times": [t.strip() for t in times.split(",")]}
    except ValueError as error:
        raise BadInput(f"is not JSON: {error}", where="--rule") from None
    parse_rule(told)
    checked: dict[str, object] = told
    return checked
