"""About passwords. A code for a new one is made as it leaves, so that it stands nowhere but in that message."""

from collections.abc import Sequence

from companion.care.contact_models import ContactPoint
from companion.care.invitations import RESET_VALID_FOR, InvitationPurpose, invite
from companion.compose.told import Known, Told
from companion.messages import wording
from companion.messages.composed import Asked


def about_reset(known: Known, batch: Sequence[Asked], key: str) -> list[Told | None]:
    """`key` is the service's secret. Nothing where the address was removed before the message left."""
    return [_code(known, asked, key) for asked in batch]


def _code(known: Known, asked: Asked, key: str) -> Told | None:
    if not _is_there(known, asked):
        return None
    whose = known.recipient(asked.message)
    purpose = InvitationPurpose.RESET
    code = invite(known.session, whose, key=key, valid_for=RESET_VALID_FOR, by=None, now=known.now, purpose=purpose)
    return Told(wording.reset_code(whose.language, code, known.contacts), page="/enter", is_urgent=True)


def about_taken(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """That the clinic took a password away."""
    return [_taken(known, asked) if _is_there(known, asked) else None for asked in batch]


def _taken(known: Known, asked: Asked) -> Told:
    return Told(wording.password_taken(known.language(asked.message), known.contacts))


def _is_there(known: Known, asked: Asked) -> bool:
    point = known.session.get(ContactPoint, asked.message.params["only_point"])
    return point is not None and point.removed_at is None
