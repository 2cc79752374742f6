"""Programs that a clinic, a laboratory or a partner runs: each comes by a token of one scope, in the place of one named
person, and may do what both of them may. What a scope opens stands in `companion/web/token_scopes.py`."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, Engine, ForeignKeyConstraint, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from companion.care import audit
from companion.care.people import Person, Role
from companion.db import Base, RowId, reading, writing
from companion.errors import BadInput
from companion.tokens import digest, new_token

INTEGRATIONS_BEGIN = "integration_"
"""By this the gate tells such a token from others without asking the database; long enough for no random token."""
TOUCH_EVERY = timedelta(minutes=10)
LONGEST_NAME = 80


class Reach(StrEnum):
    """What such a token is for. One token, one scope."""

    CHECKUPS = "checkups"  # a laboratory sends reports about the patients of a clinician
    PHARMACIES = "pharmacies"  # partner pharmacies are listed, and their prices brought
    PROGRAMME = "programme"  # what waits in the care programme is counted and listed


STANDS_FOR = {Reach.CHECKUPS: Role.CLINICIAN, Reach.PHARMACIES: Role.ADMIN, Reach.PROGRAMME: Role.ADMIN}
"""Whose name it carries: reports come in a clinician's, who sees those patients; the rest in an administrator's."""


class Integration(Base):
    """One program. It acts in the name of `person`; whoever leaves takes it along."""

    __tablename__ = "integration"
    __table_args__ = (
        CheckConstraint(
            "(reach = 'checkups' AND person_role = 'clinician') "
            "OR (reach IN ('pharmacies', 'programme') AND person_role = 'admin')",
            name="reach",
        ),
        ForeignKeyConstraint(["person_id", "person_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    reach: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(RowId)
    person_role: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


def add_integration(
    session: Session, *, name: str, reach: Reach, person: Person, expires_at: datetime, by: str, now: datetime
) -> tuple[Integration, str]:
    """A new program and its token, which is shown once. Raises BadInput."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadInput("is empty or too long", where="name", advice=f"write 1 to {LONGEST_NAME} characters")
    if person.role != STANDS_FOR[reach] or person.left_at is not None:
        needed = STANDS_FOR[reach].value
        raise BadInput(f"this scope needs a {needed}", where="person", advice="see `companion people list`")
    made = Integration(
        public_id=f"in_{secrets.token_hex(6)}",
        name=name,
        reach=reach.value,
        person_id=person.id,
        person_role=person.role,
        token_hash=digest(token := INTEGRATIONS_BEGIN + new_token()),
        made_at=now,
        expires_at=expires_at,
    )
    session.add(made)
    session.flush()
    audit.note(
        session, actor=by, action="integration.added", now=now, integration=made.public_id, person=person.public_id
    )
    return made, token


def revoke_integration(session: Session, public_id: str, *, by: str, now: datetime) -> None:
    """From now on its token opens nothing. Raises BadInput for one that is not there."""
    found = session.scalar(select(Integration).where(Integration.public_id == public_id))
    if found is None:
        raise BadInput(f"no program {public_id!r}", where="integration", advice="see `companion integrations list`")
    found.revoked_at = found.revoked_at or now
    audit.note(session, actor=by, action="integration.revoked", now=now, integration=public_id)


def find_integration(engine: Engine, token: str, now: datetime) -> Integration | None:
    """Which program comes in by that token (detached), noted as seen; None if none may (any more)."""
    with reading(engine) as session:
        found = session.scalar(select(Integration).where(Integration.token_hash == digest(token)))
    if found is None or found.revoked_at is not None or now >= found.expires_at or found.person.left_at:
        return None
    if found.last_seen_at is None or now - found.last_seen_at >= TOUCH_EVERY:
        with writing(engine) as session:
            session.execute(update(Integration).where(Integration.id == found.id).values(last_seen_at=now))
    return found
