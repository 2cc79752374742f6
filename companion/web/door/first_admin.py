"""The first administrator: taken from the settings, once, while there is none."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.settings import Settings


def has_admin(session: Session) -> bool:
    """Whether an administrator is with the service."""
    query = select(Person.id).where(Person.role == Role.ADMIN, Person.left_at.is_(None)).limit(1)
    return session.scalar(query) is not None


def create_first_admin(session: Session, settings: Settings, now: datetime) -> Person | None:
    """The administrator that COMPANION_ADMIN_LOGIN and COMPANION_ADMIN_PASSWORD describe.

    None when there is one already, or when the settings describe none. Raises BadInput for a login or a password
    that cannot be accepted.
    """
    if has_admin(session) or not (settings.admin_login and settings.admin_password):
        return None
    admin = add_person(
        session,
        role=Role.ADMIN,
        name=settings.admin_login,
        login=settings.admin_login,
        password=settings.admin_password,
        now=now,
    )
    audit.note(session, actor=admin.public_id, action="created_first_admin", now=now)
    return admin
