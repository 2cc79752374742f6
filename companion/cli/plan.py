"""`companion plan sign`: a clinician lets a protocol run for a medicine."""

import json
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import click

from companion.advice.signed import plans
from companion.advice.signed.plan_terms import PlannedStep, Terms
from companion.care.people import Person, Role, get_person
from companion.care.regimens import get_regimen
from companion.cli.passwords import confirm_password
from companion.cli.types import ExactNumber, LocalDay
from companion.db import reading, writing
from companion.gather import Evidence, preview
from companion.services import build_services
from companion.settings import load_settings


@click.group()
def command() -> None:
    """Plans: which protocol may propose changes of which medicine."""


class StepOption(click.ParamType[PlannedStep]):
    """A step of a plan: a medicine's id and its new amount of one intake, like rg_1a2b=100."""

    name = "medicine=amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> PlannedStep:
        medicine, _equals, amount = str(value).partition("=")
        return PlannedStep(medicine, ExactNumber().convert(amount, param, ctx))


@command.command("sign")
@click.option("--regimen", required=True, help="The medicine's id (companion regimen add).")
@click.option("--by", "clinician", required=True, help="The signing clinician's id; asks for their password.")
@click.option("--protocol", required=True, help="Like basal.ada_2u3d; it has to be signed (companion protocols).")
@click.option("--low", type=ExactNumber(), help="Lower end of the fasting target, mg/dL.")
@click.option("--high", type=ExactNumber(), help="Upper end, mg/dL.")
@click.option("--profile", help="Whose goals these are, like ada_older_complex.")
@click.option("--systolic", type=ExactNumber(), help="Blood pressure at home is to be below this, mmHg.")
@click.option("--diastolic", type=ExactNumber(), help="And below this.")
@click.option("--measures-since", type=LocalDay(), help="The day since which blood pressure is measured at home.")
@click.option("--max-daily", type=ExactNumber(), help="The most a day, in the medicine's unit.")
@click.option("--step", "steps", type=StepOption(), multiple=True, help="A step to come; several in their order.")
@click.option("--ends", type=LocalDay(), required=True, help="The last day it may run; 90 days at most.")
@click.option("--preview", "only_look", is_flag=True, help="Sign nothing; say as JSON what it would say today.")
def sign_plan(
    regimen: str,
    clinician: str,
    protocol: str,
    low: Decimal | None,
    high: Decimal | None,
    profile: str | None,
    systolic: Decimal | None,
    diastolic: Decimal | None,
    measures_since: date | None,
    max_daily: Decimal | None,
    steps: tuple[PlannedStep, ...],
    ends: date,
    only_look: bool,
) -> None:
    """Sign a plan. It only proposes; every change still waits for a doctor. Which terms are needed is the protocol's:
    a target of glucose or of blood pressure, a maximum of a day or steps."""
    terms = Terms(protocol, low, high, max_daily, ends, profile, systolic, diastolic, measures_since, steps)
    if only_look:
        click.echo(json.dumps(_look(regimen, clinician, terms).outcome.as_dict()))
        return
    services = build_services(load_settings())
    now = services.clock()
    with writing(services.engine) as session:
        by = get_person(session, clinician, Role.CLINICIAN)
        confirm_password(by)
        medicine = get_regimen(session, regimen)
        today = now.astimezone(ZoneInfo(session.get_one(Person, medicine.patient_id).zone)).date()
        plan = plans.sign(session, services.stores.registry, medicine, by=by, terms=terms, today=today, now=now)
    click.echo(f"signed {plan.protocol}@{plan.version} until {plan.ends_on}")


def _look(regimen: str, clinician: str, terms: Terms) -> Evidence:
    """What the plan would say now. Nothing is kept."""
    services = build_services(load_settings())
    now = services.clock()
    with reading(services.engine) as session:
        by = get_person(session, clinician, Role.CLINICIAN)
        confirm_password(by)
        medicine = get_regimen(session, regimen)
        today = now.astimezone(ZoneInfo(session.get_one(Person, medicine.patient_id).zone)).date()
        registry = services.stores.registry
        return preview(session, services.store, registry, medicine, by=by, terms=terms, today=today, now=now)
