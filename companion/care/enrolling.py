"""A new person: what has to be right about them before anything is kept."""

import re
import secrets
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.common_passwords import check_is_uncommon
from companion.care.contact_models import Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.people import LANGUAGES, Person, Role, checked_phone, hash_password
from companion.clock import get_zone
from companion.errors import BadInput
from companion.sealing.texts import seal_text

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{2,63}")


def add_person(
    session: Session,
    *,
    role: Role,
    name: str,
    now: datetime,
    login: str | None = None,
    password: str | None = None,
    phone: str | None = None,
    language: str = "en",
    zone: str = "UTC",
    birth_on: date | None = None,
    sex: str | None = None,
    is_demo: bool = False,
    noted_by: Person | None = None,
) -> Person:
    """A new person; `phone` is where texts reach them, and that they agreed to get them, as `noted_by` at the clinic
    noted it. Raises BadInput naming the field that cannot be accepted."""
    number, whole_name = checked_phone(phone), _checked_name(name)
    person = Person(
        public_id=f"{role.value[:2]}_{secrets.token_hex(6)}",
        role=role.value,
        name="",  # until there is somebody whose key can seal it
        login=_checked_login(session, login),
        password_hash=_hash_of_new(password, login, name) if password else None,
        language=_checked_language(language),
        zone=get_zone(zone, "zone").key,
        birth_on=_checked_birth(birth_on, role, now),
        sex=_checked_sex(sex),
        is_demo=is_demo,
        created_at=now,
    )
    session.add(person)
    session.flush()
    person.name = seal_text(session, person.id, Person.name, whole_name, now)
    session.flush()
    if number:
        add_contact(session, person, Kind.SMS, number, now=now, verified_by=VerifiedBy.CLINIC, noted_by=noted_by)
    return person


def _hash_of_new(password: str, login: str | None, name: str) -> str:
    stored = hash_password(password)
    check_is_uncommon(password, login, name)
    return stored


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        raise BadInput("a name is needed", where="name", advice="write 1 to 120 characters")
    return name


def _checked_login(session: Session, login: str | None) -> str | None:
    if not login:
        return None
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise BadInput("cannot be used", where="login", advice="use 3 to 64 of a-z 0-9 . _ @ + -")
    if session.scalar(select(Person.id).where(Person.login == login)):
        raise BadInput("is already taken", where="login", advice="choose another")
    return login


def _checked_language(language: str) -> str:
    if language not in LANGUAGES:
        raise BadInput(f"{language!r} is not offered", where="language", advice=f"choose one of {', '.join(LANGUAGES)}")
    return language


def _checked_sex(sex: str | None) -> str | None:
    if sex not in (None, "", "female", "male", "other"):
        raise BadInput(f"{sex!r} is not known", where="sex", advice="choose female, male or other")
    return sex or None


def _checked_birth(birth_on: date | None, role: Role, now: datetime) -> date | None:
    if birth_on is None:
        if role is Role.PATIENT:
            raise BadInput("a birth date is needed", where="birth_on", advice="write it like 1948-05-31")
        return None
    if not date(1900, 1, 1) <= birth_on <= now.date():
        raise BadInput("is not a possible birth date", where="birth_on", advice="check the year")
    return birth_on
