"""`companion people invite | end | reopen`: letting somebody in by a code, and ending their care."""

from datetime import date, datetime

import click

from companion.care import audit
from companion.care.endings import REOPENED_WITHIN, Ending
from companion.care.invitations import ValidDays
from companion.care.invitations import invite as make_invitation
from companion.care.people import get_person
from companion.cli.common import ACTOR, print_json
from companion.cli.records import records
from companion.clock import system_clock
from companion.db import writing
from companion.ending.reopening import find_left
from companion.ending.reopening import reopen as take_up
from companion.errors import BadInput
from companion.settings import load_settings
from companion.web.door.closing import end_for_good


@click.command()
@click.option("--person", "public_id", required=True, metavar="ID")
@click.option("--days", type=click.Choice([days.value for days in ValidDays]), default="7", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def invite(public_id: str, days: str, as_json: bool) -> None:
    """A code that lets somebody in once, without a password. It is shown only now; one made before works no more."""
    now, settings = system_clock(), load_settings()
    with writing(records()) as session:
        person = get_person(session, public_id)
        valid_for = ValidDays(days).span
        code = make_invitation(session, person, key=settings.secret_key, valid_for=valid_for, by=None, now=now)
        audit.note(session, actor=ACTOR, action="invited", now=now, person=public_id)
    if as_json:
        print_json({"id": public_id, "code": code, "page": f"{settings.public_url}/enter", "valid_days": int(days)})
    else:
        click.echo(f"{person.name}: open {settings.public_url}/enter and type {code}, once, within {days} days")


@click.command()
@click.option("--person", "public_id", required=True, metavar="ID")
@click.option("--reason", required=True, type=click.Choice([reason.value for reason in Ending]))
@click.option("--on", "day", required=True, metavar="YYYY-MM-DD", help="The day they moved, left or died.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def end(public_id: str, reason: str, day: str, as_json: bool) -> None:
    """End somebody's care, or work: everything stops at once, nothing is deleted. After a death no message goes to the
    family; the administrator's page asks that somebody speaks with them."""
    now, settings = system_clock(), load_settings()
    happened_on = _day(day)
    with writing(records()) as session:
        ending = end_for_good(
            session,
            get_person(session, public_id),
            Ending(reason),
            happened_on,
            by=ACTOR,
            now=now,
            keep_years=settings.keep_approvals_years,
        )
        stopped, kept_until = ending.stopped["counts"], ending.kept_until.isoformat()
    if as_json:
        print_json({"id": public_id, "reason": reason, "stopped": stopped, "kept_until": kept_until})
    else:
        told = ", ".join(f"{name} {count}" for name, count in stopped.items() if count) or "nothing was running"
        click.echo(f"{public_id} has ended; stopped: {told}; kept until {kept_until}")
        click.echo(f"a mistake? companion people reopen --person {public_id}, within {REOPENED_WITHIN.days} days")


@click.command()
@click.option("--person", "public_id", required=True, metavar="ID")
def reopen(public_id: str) -> None:
    """Undo an ending that was a mistake, within 30 days. Nothing is sent late; a doctor is asked to look."""
    with writing(records()) as session:
        take_up(session, find_left(session, public_id), by=ACTOR, now=system_clock())
    click.echo(f"{public_id} is with the service again")


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        raise BadInput(f"{text!r} is not a day", where="--on", advice="write it like 2026-05-31") from None
