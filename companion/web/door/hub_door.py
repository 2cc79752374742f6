"""How a hub comes in: a code that the patient's page shows, exchanged once for a token that can be revoked."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.db import reading, writing
from companion.devices.models import Hub, PairingCode
from companion.errors import BadInput
from companion.tokens import digest, new_token
from companion.web.door.limits import Door, TooManyAttemptsError, count_try, note_right

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which people mix up: 32 letters, 40 bits in a code of eight."""
CODE_LENGTH = 8
CODE_LIFETIME = timedelta(minutes=10)
MAX_CODES = 10
"""So many codes a patient's page gives within an hour."""
TOUCH_EVERY = timedelta(minutes=1)


def make_code(session: Session, patient: Person, now: datetime) -> str:
    """A new code, shown once as "ABCD-EFGH"; older ones of the patient that nobody used are void."""
    session.execute(delete(PairingCode).where(PairingCode.made_at < now - timedelta(hours=1)))
    made = select(func.count()).select_from(PairingCode).where(PairingCode.patient_id == patient.id)
    if (session.scalar(made) or 0) >= MAX_CODES:
        raise TooManyAttemptsError
    session.execute(
        update(PairingCode)
        .where(PairingCode.patient_id == patient.id, PairingCode.expires_at > now)
        .values(expires_at=now)
    )
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    session.add(PairingCode(code_hash=digest(code), patient_id=patient.id, made_at=now, expires_at=now + CODE_LIFETIME))
    audit.note(session, actor=patient.public_id, action="made_hub_code", now=now, patient=patient.public_id)
    return f"{code[:4]}-{code[4:]}"


def pair_hub(engine: Engine, code: str, name: str, address: str, now: datetime) -> tuple[Hub, str]:
    """A new hub (detached) and its token. Raises BadInput for a code that opens nothing, and
    TooManyAttemptsError.

    The attempt is committed as wrong before the code is looked at, so that guesses sent at once all count.
    """
    with writing(engine) as session:
        attempt_id = count_try(session, Door.HUB_CODE, address, now)
    with writing(engine) as session:
        patient = _use_code(session, code, now)
        if patient is None:
            raise BadInput("is not valid", where="code", advice="ask the patient's Devices page for a new code")
        note_right(session, attempt_id)
        return _add_hub(session, patient, name, now)


def _use_code(session: Session, code: str, now: datetime) -> Person | None:
    """Whose code it is. The guarded UPDATE decides: of two hubs with one code, one gets in."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    patient_id = session.scalar(
        update(PairingCode)
        .where(PairingCode.code_hash == digest(typed), PairingCode.used_at.is_(None), PairingCode.expires_at > now)
        .values(used_at=now)
        .returning(PairingCode.patient_id)
    )
    return session.scalar(select(Person).where(Person.id == patient_id, Person.left_at.is_(None)))


def _add_hub(session: Session, patient: Person, name: str, now: datetime) -> tuple[Hub, str]:
    token = new_token()
    hub = Hub(
        public_id=f"hb_{secrets.token_hex(6)}",
        patient=patient,
        name=name,
        token_hash=digest(token),
        paired_at=now,
        last_seen_at=now,
    )
    session.add(hub)
    audit.note(session, actor=hub.public_id, action="paired_hub", now=now, patient=patient.public_id)
    return hub, token


def find_hub(engine: Engine, token: str, now: datetime) -> Hub | None:
    """The hub with that token (detached), also a revoked one; noted as seen if it may still come in."""
    with reading(engine) as session:
        hub = session.scalar(select(Hub).where(Hub.token_hash == digest(token)))
    if hub is not None and may_come_in(hub) and now - hub.last_seen_at >= TOUCH_EVERY:
        with writing(engine) as session:
            session.execute(update(Hub).where(Hub.id == hub.id).values(last_seen_at=now))
    return hub


def may_come_in(hub: Hub) -> bool:
    """Not revoked, and its patient is still with the service."""
    return hub.revoked_at is None and hub.patient.left_at is None


def hubs_of(session: Session, patient_id: int) -> list[Hub]:
    """The patient's hubs that may come in, the newest first."""
    wanted = Hub.patient_id == patient_id, Hub.revoked_at.is_(None)
    return list(session.scalars(select(Hub).where(*wanted).order_by(Hub.paired_at.desc())))


def revoke_hub(session: Session, hub: Hub, by: Person, now: datetime) -> None:
    """From now on its token opens nothing. Safe to repeat."""
    session.execute(update(Hub).where(Hub.id == hub.id, Hub.revoked_at.is_(None)).values(revoked_at=now))
    audit.note(
        session,
        actor=by.public_id,
        action="revoked_hub",
        now=now,
        patient=hub.patient.public_id,
        hub=hub.public_id,
    )
