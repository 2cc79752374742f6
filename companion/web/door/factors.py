"""The second factor as it is kept: a person's code app, and the recovery codes that stand in for it."""

import secrets
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import rows_changed
from companion.sealing.columns import CODE_APP, opened, sealer
from companion.tokens import digest
from companion.web.door.code_app import DIGITS, new_secret, step_of
from companion.web.door.factor_models import CodeApp, HalfOpen, Passkey, RecoveryCode

RECOVERY_CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which people mix up: 32 letters, 120 bits in a code of twenty-four, too many to try against
the plain hash that is kept."""
CODE_LENGTH = 24


def find_app(session: Session, person_id: int) -> CodeApp | None:
    """The person's app, also one that was not confirmed yet."""
    return session.scalar(select(CodeApp).where(CodeApp.person_id == person_id))


def has_app(session: Session, person_id: int) -> bool:
    """Whether codes of an app are asked for when the person signs in."""
    app = find_app(session, person_id)
    return app is not None and app.confirmed_at is not None


def has_factor(session: Session, person_id: int) -> bool:
    """Whether there is more than a password: an app, or a passkey, which is two factors in one."""
    with_key = select(Passkey.id).where(Passkey.person_id == person_id).limit(1)
    return has_app(session, person_id) or session.scalar(with_key) is not None


def begin_app(session: Session, person_id: int, now: datetime) -> CodeApp:
    """An app to be confirmed; the one that was begun before stays the same, so that a page loaded twice shows one."""
    app = find_app(session, person_id)
    if app is None:
        seal = sealer(session.connection(), CODE_APP, person_id, now)
        sealed = seal(person_id, new_secret())
        app = CodeApp(person_id=person_id, secret=CODE_APP.left, sealed=sealed, made_at=now)
        session.add(app)
        session.flush()
    return app


def secret_of(session: Session, app: CodeApp) -> str:
    """What its codes are made from. Raises BrokenSealError, Unavailable."""
    return opened(session.connection(), CODE_APP, [app])[0].decode()


def confirm_app(session: Session, person_id: int, typed: str, now: datetime) -> bool:
    """One code of it was typed: from now on it is asked for."""
    if not code_is_right(session, person_id, typed, now):
        return False
    session.execute(update(CodeApp).where(CodeApp.person_id == person_id).values(confirmed_at=now))
    return True


def code_is_right(session: Session, person_id: int, typed: str, now: datetime) -> bool:
    """Whether that is a code of the person's app that was not used yet. The guarded UPDATE decides: of two who type one
    code, one is let in."""
    app = find_app(session, person_id)
    step = step_of(secret_of(session, app), typed, now, app.last_step) if app else None
    if app is None or step is None:
        return False
    is_newer = or_(CodeApp.last_step.is_(None), CodeApp.last_step < step)
    used = session.execute(update(CodeApp).where(CodeApp.id == app.id, is_newer).values(last_step=step))
    return rows_changed(used) == 1


def shown_right(session: Session, person_id: int, typed: str, now: datetime) -> bool:
    """Whether what was typed at the door is a code of the confirmed app, or a recovery code."""
    plain = "".join(typed.split())
    if len(plain) == DIGITS and plain.isdecimal():
        return has_app(session, person_id) and code_is_right(session, person_id, plain, now)
    return use_recovery_code(session, person_id, plain, now)


def new_recovery_codes(session: Session, person_id: int, now: datetime) -> list[str]:
    """Ten codes, shown once, like "ABCD-EFGH-JKLM-NPQR-STUV-WXYZ"; those from before are void."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(person_id=person_id, code_hash=digest(code), made_at=now) for code in codes)
    session.flush()
    return ["-".join(code[place : place + 4] for place in range(0, CODE_LENGTH, 4)) for code in codes]


def use_recovery_code(session: Session, person_id: int, typed: str, now: datetime) -> bool:
    """Whether it was one of the person's that nobody had used; now it is used."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    good = RecoveryCode.person_id == person_id, RecoveryCode.code_hash == digest(plain), RecoveryCode.used_at.is_(None)
    return rows_changed(session.execute(update(RecoveryCode).where(*good).values(used_at=now))) == 1


def codes_left(session: Session, person_id: int) -> int:
    """How many recovery codes can still be used."""
    unused = RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def remove_app(session: Session, person_id: int) -> None:
    """Codes are asked for no more; sign-ins that waited for one begin anew."""
    for table in (CodeApp, RecoveryCode, HalfOpen):
        session.execute(delete(table).where(table.person_id == person_id))


def forget_factors(session: Session, person: Person) -> None:
    """The person's phone is gone: all that was on it counts no more."""
    remove_app(session, person.id)
    session.execute(delete(Passkey).where(Passkey.person_id == person.id))
