"""A link that lets a patient in, made as it leaves, so that it stands nowhere but in that text; and that the clinic
took away what somebody signed in by."""

from collections.abc import Sequence

from companion.care.contact_models import ContactPoint
from companion.care.sign_in_links import keep_link
from companion.compose.told import Known, Told
from companion.messages import wording
from companion.messages.composed import Asked
from companion.tokens import short_token


def about_sign_in_link(known: Known, batch: Sequence[Asked], public_url: str) -> list[Told | None]:
    """Nothing where the number was removed before the message left."""
    return [_link(known, asked, public_url) for asked in batch]


def _link(known: Known, asked: Asked, public_url: str) -> Told | None:
    message, session = asked.message, known.session
    point = session.get(ContactPoint, message.params["only_point"])
    if point is None or point.removed_at is not None:
        return None
    token = keep_link(session, known.recipient(message), short_token(), known.now, message.expires_at)
    words = wording.sign_in_link(known.language(message), f"{public_url}/s/{token}", known.contacts)
    return Told(words, is_urgent=True)


def about_factors(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """To whoever they were taken from."""
    return [Told(wording.factors_reset(known.language(asked.message), known.contacts)) for asked in batch]
