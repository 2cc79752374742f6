"""People: patients, clinicians, caregivers, pharmacists and the administrator, and the secrets they sign in with."""

import re
import secrets
from datetime import date, datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import CheckConstraint, String, UniqueConstraint, false, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId
from companion.errors import BadInput
from companion.sealing.texts import SealedText

MIN_PASSWORD_LENGTH = 15
"""NIST SP 800-63B-4: a password that is the only factor has at least 15 characters; no composition rules."""
MAX_PASSWORD_LENGTH = 128
LANGUAGES = ("en", "zh")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


class Role(StrEnum):
    PATIENT = "patient"
    CLINICIAN = "clinician"
    CAREGIVER = "caregiver"
    PHARMACIST = "pharmacist"  # looks after guides and answers questions; decides and prescribes nothing
    ADMIN = "admin"


class ZoneMode(StrEnum):
    """What becomes of the times of a patient's medicines on a journey."""

    HOME = "home"  # the times of home count everywhere
    FOLLOW = "follow"  # they follow the clock where the patient is, and say so
    ASK = "ask"  # a move is proposed, and the patient decides


class Person(Base):
    """Somebody with a name. `public_id` is what leaves the database; `id` never does."""

    __tablename__ = "person"
    __table_args__ = (
        # Lets other tables demand "a clinician" by a foreign key on (id, role).
        UniqueConstraint("id", "role"),
        CheckConstraint("role IN ('patient', 'clinician', 'caregiver', 'pharmacist', 'admin')", name="role"),
        CheckConstraint("glucose_unit IN ('mg/dL', 'mmol/L')", name="glucose_unit"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    role: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(SealedText("person.name", whose="id", was=120, is_listed=True))
    """Sealed, as is the number: people are sorted by name in Python (companion.care.names)."""
    login: Mapped[str | None] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(SealedText("person.phone", whose="id", was=16))
    """What somebody dials by hand: the first number among the person's addresses (companion.care.contacts)."""
    language: Mapped[str] = mapped_column(String(5))
    zone: Mapped[str] = mapped_column(String(64))
    zone_mode: Mapped[str] = mapped_column(String(8), default=ZoneMode.ASK.value, server_default="ask")
    glucose_unit: Mapped[str | None] = mapped_column(String(6))
    """In which all of a patient's glucose is shown; None: as their own meter shows it (companion.readings.one_unit)."""
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_until: Mapped[str | None] = mapped_column(String(5))
    """Hours of the person's own day in which what can wait is not sent, as "22:00" and "07:00"."""
    names_medicines: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the person chose that messages may name medicines and amounts."""
    single_keys: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether single keys do something on the pages of a person who decides on many suggestions (WCAG 2.1.4)."""
    birth_on: Mapped[date | None]
    sex: Mapped[str | None] = mapped_column(String(10))
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


def checked_phone(phone: str | None, where: str = "phone") -> str | None:
    """A number in E.164 form, or None for none. Spaces, dashes and brackets are taken out."""
    if not phone or not phone.strip():
        return None
    bare = re.sub(r"[\s().-]", "", phone)
    if not _PHONE.fullmatch(bare):
        raise BadInput(
            "is not a phone number",
            where=where,
            advice="write it with its country code, like +8613800138000",
        )
    return bare


def age_on(birth_on: date, day: date) -> int:
    """Full years on that day."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def set_quiet_hours(person: Person, begins: str | None, ends: str | None) -> None:
    """Local times like "22:00", or none of both. Raises BadInput."""
    if bool(begins) != bool(ends):
        raise BadInput("needs both times", where="quiet_until", advice="write both, or leave both empty")
    for field, told in (("quiet_from", begins), ("quiet_until", ends)):
        if told and not _CLOCK.fullmatch(told):
            raise BadInput(f"{told!r} is not a time of day", where=field, advice="write it like 22:00")
    person.quiet_from, person.quiet_until = begins or None, ends or None


def get_person(session: Session, public_id: str, role: Role | None = None) -> Person:
    """The person with that public id (and role), still with the service; otherwise BadInput."""
    person = session.scalar(select(Person).where(Person.public_id == public_id, Person.left_at.is_(None)))
    if person is None or (role and person.role != role):
        raise BadInput(
            f"no {role.value if role else 'person'} {public_id!r}",
            where="person",
            advice="see `companion people list`",
        )
    return person


_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""OWASP's minimum for argon2id: 19 MiB, two passes, one lane (43 ms here against 220 ms of the default)."""
_NOBODY = _HASHER.hash(secrets.token_urlsafe(24))


def hash_password(password: str) -> str:
    """argon2id of the password; refuses one that is too short or absurdly long."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise BadInput(
            "cannot be accepted",
            where="password",
            advice=f"use {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters; a short sentence is good",
        )
    return _HASHER.hash(password)


def password_is_right(person: Person | None, password: str) -> bool:
    """Whether the password is this person's. Takes as long for nobody as for somebody."""
    stored = person.password_hash if person and person.password_hash else _NOBODY
    try:
        matches = _HASHER.verify(stored, password[: MAX_PASSWORD_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return matches and person is not None and person.password_hash is not None
