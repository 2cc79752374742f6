"""`companion regimen`: a medicine is prescribed, or rests, in a clinician's name."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role, get_person
from companion.care.regimens import (
    DEFAULT_GRACE_MINUTES,
    DEFAULT_NAG_MINUTES,
    DRUG_CLASSES,
    FOOD,
    UNITS,
    Regimen,
    add_regimen,
    get_regimen,
    in_effect_from,
    revise,
)
from companion.cli.passwords import confirm_password
from companion.cli.types import ExactNumber, LocalDay
from companion.db import writing
from companion.errors import BadInput
from companion.reminders.schedules import pauses
from companion.reminders.schedules.plain_words import describe
from companion.reminders.schedules.prescribing import check, check_link, next_times
from companion.reminders.schedules.rule import Schedule
from companion.reminders.schedules.schedule_models import PauseReason
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
@click.option("--amount", type=ExactNumber(), help="For one intake; left out where the rule names amounts.")
@click.option("--unit", type=click.Choice(UNITS), required=True)
@click.option("--times", default="", help="Every day at these local times: 08:00,20:00")
@click.option("--rule", help='Or a whole rule as JSON: {"kind": "weekdays", …}')
@click.option("--food", type=click.Choice([choice for choice in FOOD if choice]))
@click.option("--start", type=LocalDay(), help="First local day, also one in the past; today if left out.")
@click.option("--end", type=LocalDay(), help="Last local day.")
@click.option("--grace", default=DEFAULT_GRACE_MINUTES, show_default=True, help="Minutes until unanswered is missed.")
@click.option("--critical", is_flag=True, help="A missed dose of it cannot wait.")
@click.option("--nag-times", default=0, show_default=True, help="How often an unanswered reminder is repeated.")
@click.option("--nag-minutes", default=DEFAULT_NAG_MINUTES, show_default=True, help="Minutes between the repeats.")
@click.option("--reason", required=True)
def add(
    patient: str,
    clinician: str,
    drug: str,
    drug_class: str,
    amount: Decimal | None,
    unit: str,
    times: str,
    rule: str | None,
    food: str | None,
    start: date | None,
    end: date | None,
    grace: int,
    critical: bool,
    nag_times: int,
    nag_minutes: int,
    reason: str,
) -> None:
    """Prescribe a medicine. Prints its id."""
    services = build_services(load_settings())
    now = services.clock()
    checked = check(_rule(times, rule), amount)
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
            nag_minutes=nag_minutes,
            nag_times=nag_times,
        )
        other = check_link(session, checked.rule, person.id, regimen, now)
        coming = next_times(Schedule(zone, first_day, end, checked.rule), now)
        revise(
            session,
            regimen,
            by=by,
            amount=checked.amount,
            rule=checked.as_json,
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
    said = describe("en", checked.rule, checked.amount, unit, food or "", other=other.drug if other else None)
    click.echo("; ".join([said, *(f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in coming)]), err=True)
    click.echo(regimen.public_id)


@command.command()
@click.argument("regimen")
@click.option("--by", "clinician", required=True, help="The clinician's id; asks for their password.")
@click.option("--from", "from_on", type=LocalDay(), help="First local day; today if left out.")
@click.option("--to", "to_on", type=LocalDay(), help="Last local day; until `resume` if left out.")
@click.option("--reason", type=click.Choice([each.value for each in PauseReason]), required=True)
@click.option("--note", default="", help="A few words.")
def pause(regimen: str, clinician: str, from_on: date | None, to_on: date | None, reason: str, note: str) -> None:
    """Let a medicine (its id) rest for some days: its doses are cancelled, and count in no rate."""
    with _changing(regimen, clinician, "regimen.pause") as (session, found, by, today, now):
        pauses.pause(
            session,
            found,
            by=by,
            from_on=from_on or today,
            to_on=to_on,
            reason=PauseReason(reason),
            note=note,
            today=today,
            now=now,
        )


@command.command()
@click.argument("regimen")
@click.option("--by", "clinician", required=True, help="The clinician's id; asks for their password.")
def resume(regimen: str, clinician: str) -> None:
    """End the rest of a medicine (its id): it is taken again from now on."""
    with _changing(regimen, clinician, "regimen.resume") as (session, found, by, today, now):
        resting = pauses.pause_now_or_to_come(session, found.id, today)
        if resting is None:
            raise BadInput("does not rest", where="regimen", advice="nothing is to be ended")
        pauses.end_pause(session, resting, by=by, now=now)


@contextmanager
def _changing(regimen: str, clinician: str, action: str) -> Iterator[tuple[Session, Regimen, Person, date, datetime]]:
    """One change of a medicine in a clinician's name: session, medicine, clinician, the patient's today, the instant.

    The act is in the audit.
    """
    services = build_services(load_settings())
    now = services.clock()
    with writing(services.engine) as session:
        by = get_person(session, clinician, Role.CLINICIAN)
        confirm_password(by)
        found = get_regimen(session, regimen)
        patient = session.get_one(Person, found.patient_id)
        yield session, found, by, now.astimezone(ZoneInfo(patient.zone)).date(), now
        told = {"patient": patient.public_id, "regimen": found.public_id}
        audit.note(session, actor=by.public_id, action=action, now=now, **told)


def _rule(times: str, rule: str | None) -> Any:
    """The rule as told: whole, or the times of every day."""
    if bool(times) == bool(rule):
        raise click.UsageError("give either --times or --rule")
    try:
        told = json.loads(rule) if rule else {"kind": "daily", "times": [t.strip() for t in times.split(",")]}
    except ValueError as error:
        raise BadInput(f"is not JSON: {error}", where="--rule") from None
    return told
