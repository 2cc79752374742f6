"""`companion people`: enrol people, open a patient to somebody, list who is there."""

import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from companion.care import audit, consent
from companion.care.consent import Scope
from companion.care.enrolling import add_person
from companion.care.names import by_name
from companion.care.people import LANGUAGES, Person, Role, get_person
from companion.care.sign_in_links import LINK_LIFETIME, make_link
from companion.cli.common import ACTOR, print_json
from companion.cli.contacts import contact
from companion.cli.leaving import end, invite, reopen
from companion.cli.records import records
from companion.clock import system_clock
from companion.db import reading, writing
from companion.errors import BadInput
from companion.reminders.planning import travel
from companion.settings import load_settings


@click.group()
def command() -> None:
    """Who is with the service, who may see whom, and how they are reached."""


for each in (contact, invite, end, reopen):
    command.add_command(each)


@command.command()
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", required=True)
@click.option("--login", help="Needed for a password; 3 to 64 of a-z 0-9 . _ @ + -")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--phone", help="With its country code, like +8613800138000.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--zone", default="UTC", show_default=True, help="Where they take their medicines: Asia/Shanghai.")
@click.option("--birth", metavar="YYYY-MM-DD", help="Needed for a patient.")
@click.option("--sex", type=click.Choice(["female", "male", "other"]))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add(
    role: str,
    name: str,
    login: str | None,
    password_stdin: bool,
    phone: str | None,
    language: str,
    zone: str,
    birth: str | None,
    sex: str | None,
    as_json: bool,
) -> None:
    """Enrol somebody. Without a password, a one-time sign-in link is printed (it is shown only now)."""
    if password_stdin and not login:
        raise click.UsageError("--password-stdin needs --login")
    now, settings = system_clock(), load_settings()
    with writing(records()) as session:
        person = add_person(
            session,
            role=Role(role),
            name=name,
            login=login,
            password=sys.stdin.readline().rstrip("\r\n") if password_stdin else None,
            phone=phone,
            language=language,
            zone=zone,
            birth_on=_day(birth),
            sex=sex,
            now=now,
        )
        audit.note(session, actor=ACTOR, action="enrolled", now=now, person=person.public_id, role=role)
        token = None if password_stdin else make_link(session, person, now)
    link = token and f"{settings.public_url}/enter/{token}"
    if as_json:
        print_json({"id": person.public_id, "role": role, "sign_in_link": link})
    else:
        click.echo(f"{person.public_id}  {role}  {person.name}")
        if link:
            hours = LINK_LIFETIME // timedelta(hours=1)
            click.echo(f"sign in once, within {hours} hours: {link}")


@command.command()
@click.option("--patient", required=True, metavar="ID")
@click.option("--member", required=True, metavar="ID", help="A clinician, a caregiver or a pharmacist.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="Clinicians: care. Caregivers: missed_doses, readings. Pharmacists: medicines. May be given twice.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def link(patient: str, member: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Open a patient to somebody. Calling it says that the patient has agreed."""
    now = system_clock()
    with writing(records()) as session:
        whose = get_person(session, patient, Role.PATIENT)
        who = get_person(session, member)
        for scope in scopes:
            consent.link(session, patient=whose, member=who, scope=Scope(scope), noted_by=whose, now=now)
            audit.note(
                session, actor=ACTOR, action="opened_care_link", now=now, patient=patient, member=member, scope=scope
            )
    if as_json:
        print_json({"patient": patient, "member": member, "scopes": list(scopes)})
    else:
        click.echo(f"{who.name} may see {whose.name}: {', '.join(scopes)}")


@command.command()
@click.option("--patient", required=True, metavar="ID")
@click.option("--zone", required=True, help="Where the patient is now: Asia/Shanghai.")
def move(patient: str, zone: str) -> None:
    """Propose that a patient's medicines follow another clock. The patient decides; see the page "On a journey"."""
    now = system_clock()
    with writing(records()) as session:
        whose = get_person(session, patient, Role.PATIENT)
        made = travel.propose(session, whose, zone, by=whose, now=now)
        state = made.state if made else "nothing to move"
        audit.note(session, actor=ACTOR, action="proposed_move", now=now, patient=patient, zone=zone, state=state)
        lines = _times_there(travel.preview(session, whose, zone, now), zone) if made else []
    click.echo("\n".join([f"{whose.name}: {state}", *lines]))


def _times_there(moved: list[travel.Moved], zone: str) -> list[str]:
    """The next three times of each medicine on that clock, by the medicine's id."""
    there = ZoneInfo(zone)
    return [
        f"{each.regimen.public_id}  {', '.join(f'{at.astimezone(there):%Y-%m-%d %H:%M}' for at in each.next_times)}"
        for each in moved
    ]


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_people(as_json: bool) -> None:
    """Everybody with the service, by role and name."""
    with reading(records()) as session:
        here = by_name(session.scalars(select(Person).where(Person.left_at.is_(None))))
        people = [_listed(person) for person in sorted(here, key=lambda person: person.role)]
    if as_json:
        print_json({"people": people})
        return
    for person in people:
        click.echo("  ".join(f"{person[key] or '-':<{width}}" for key, width in WIDTHS.items()).rstrip())


WIDTHS = {"id": 16, "role": 10, "login": 16, "zone": 20, "name": 0}


def _listed(person: Person) -> dict[str, str | None]:
    return {
        "id": person.public_id,
        "role": person.role,
        "name": person.name,
        "login": person.login,
        "language": person.language,
        "zone": person.zone,
    }


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        raise BadInput(f"{text!r} is not a day", where="--birth", advice="write it like 1948-05-31") from None
