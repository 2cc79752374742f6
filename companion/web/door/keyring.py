"""Passkeys as they are kept: challenges that count once, new keys, and keys that were used."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import rows_changed
from companion.errors import BadInput
from companion.sealing.texts import seal_text
from companion.tokens import digest
from companion.web.door.ceremonies import PasskeyRefusedError, Site, handle_in, registered, signed
from companion.web.door.factor_models import Ceremony, Passkey, PasskeyChallenge

CHALLENGE_BYTES = 32
CHALLENGE_LASTS = timedelta(minutes=5)
MOST_KEYS = 10
"""A house rule: more than anybody has devices."""
LONGEST_NAME = 60


def new_challenge(session: Session, ceremony: Ceremony, person_id: int | None, now: datetime) -> bytes:
    """Bytes to be signed once within five minutes; those whose time is over are cleared away."""
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now))
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    expires_at = now + CHALLENGE_LASTS
    hashed = digest(challenge.hex())
    session.add(
        PasskeyChallenge(challenge_hash=hashed, ceremony=ceremony.value, person_id=person_id, expires_at=expires_at)
    )
    session.flush()
    return challenge


def use_challenge(session: Session, challenge: bytes, ceremony: Ceremony, person_id: int | None, now: datetime) -> bool:
    """Whether it was ours, for this, and not used before; now it is. The DELETE decides between two at once."""
    good = (
        PasskeyChallenge.challenge_hash == digest(challenge.hex()),
        PasskeyChallenge.ceremony == ceremony.value,
        PasskeyChallenge.person_id.is_(None) if person_id is None else PasskeyChallenge.person_id == person_id,
        PasskeyChallenge.expires_at > now,
    )
    return rows_changed(session.execute(delete(PasskeyChallenge).where(*good))) == 1


def keys_of(session: Session, person_id: int) -> list[Passkey]:
    """The person's keys, newest first."""
    return list(session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id.desc())))


def add_key(
    session: Session, site: Site, person: Person, challenge: bytes, answer: dict[str, Any], name: str, now: datetime
) -> Passkey:
    """The key that the person's browser just made. Raises PasskeyRefusedError, and BadInput at one too many."""
    if len(keys_of(session, person.id)) >= MOST_KEYS:
        raise BadInput("you have enough passkeys", where="name", advice="remove one that you no longer use")
    new = registered(site, challenge, answer)
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == new.credential_id)) is not None:
        raise PasskeyRefusedError("the key is known already")
    key = Passkey(
        public_id=f"pk_{secrets.token_hex(6)}",
        person_id=person.id,
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        is_synced=new.is_synced,
        name=seal_text(session, person.id, Passkey.name, checked_name(name), now),
        made_at=now,
    )
    session.add(key)
    session.flush()
    return key


def use_key(session: Session, site: Site, challenge: bytes, answer: dict[str, Any], now: datetime) -> Person:
    """Whose key signed the challenge. Raises PasskeyRefusedError."""
    wanted = Passkey.credential_id == str(answer.get("id", "")), Person.left_at.is_(None)
    found = session.execute(select(Passkey, Person).join(Person, Person.id == Passkey.person_id).where(*wanted)).first()
    if found is None:
        raise PasskeyRefusedError("no such key")
    key, person = found
    if handle_in(answer) not in ("", person.public_id):
        raise PasskeyRefusedError("the key is somebody else's")
    count = signed(site, challenge, answer, public_key=key.public_key, sign_count=key.sign_count)
    is_as_it_was = Passkey.id == key.id, Passkey.sign_count == key.sign_count
    moved = session.execute(update(Passkey).where(*is_as_it_was).values(sign_count=count, used_at=now))
    if not rows_changed(moved):
        raise PasskeyRefusedError("the key was used meanwhile")
    return person


def rename_key(session: Session, person_id: int, public_id: str, name: str, now: datetime) -> bool:
    """False where the person has no such key. Raises BadInput."""
    whose = Passkey.person_id == person_id, Passkey.public_id == public_id
    sealed = seal_text(session, person_id, Passkey.name, checked_name(name), now)
    return rows_changed(session.execute(update(Passkey).where(*whose).values(name=sealed))) == 1


def remove_key(session: Session, person_id: int, public_id: str) -> bool:
    """Lets nobody in any more; False where the person has no such key."""
    whose = Passkey.person_id == person_id, Passkey.public_id == public_id
    return rows_changed(session.execute(delete(Passkey).where(*whose))) == 1


def checked_name(name: str) -> str:
    """What the person calls the key. Raises BadInput."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadInput("a name is needed", where="name", advice="write 1 to 60 characters")
    return name
