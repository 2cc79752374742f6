"""`companion plan sign`: a clinician lets a protocol run for one medicine."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import click

from companion.advice.plan_terms import Terms
from companion.advice.plans import sign
from companion.care.people import Person, Role, get_person
from companion.care.regimens import get_regimen
from companion.cli.passwords import confirm_password
from companion.cli.types import ExactNumber, LocalDay
from companion.db import writing
from companion.services import build_services
from companion.settings import load_settings


@click.group()
def command() -> None:
    """Plans: which protocol may propose changes of which medicine."""


@command.command("sign")
@click.option("--regimen", required=True, help="The medicine's id (companion regimen add).")
@click.option("--by", "clinician", required=True, help="The signing clinician's id; asks for their password.")
@click.option("--protocol", required=True, help="Like basal.ada_2u3d.")
@click.option("--low", type=ExactNumber(), required=True, help="Lower end of the fasting target, mg/dL.")
@click.option("--high", type=ExactNumber(), required=True, help="Upper end, mg/dL.")
@click.option("--max-daily", type=ExactNumber(), required=True, help="The most a day, in the medicine's unit.")
@click.option("--ends", type=LocalDay(), required=True, help="The last day it may run; 90 days at most.")
def sign_plan(
    regimen: str, clinician: str, protocol: str, low: Decimal, high: Decimal, max_daily: Decimal, ends: date
) -> None:
    """Sign a plan. It only proposes; every change still waits for a doctor."""
    services = build_services(load_settings())
    now = services.clock()
    with writing(services.engine) as session:
        by = get_person(session, clinician, Role.CLINICIAN)
        confirm_password(by)
        medicine = get_regimen(session, regimen)
        today = now.astimezone(ZoneInfo(session.get_one(Person, medicine.patient_id).zone)).date()
        terms = Terms(protocol, low, high, max_daily, ends)
        plan = sign(session, services.stores.registry, medicine, by=by, terms=terms, today=today, now=now)
    click.echo(f"signed {plan.protocol}@{plan.version} until {plan.ends_on}")
