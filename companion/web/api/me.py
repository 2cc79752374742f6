"""Who is signed in, and the token that every write has to carry."""

from typing import Any

from flask_wtf.csrf import generate_csrf

from companion.web.access import Action, guarded
from companion.web.api import schemas
from companion.web.api.routes import endpoint
from companion.web.context import actor, fresh_authentication, now


@endpoint("GET", "/me", gives=schemas.MeOut)
@guarded(Action.SEE_OWN_SESSIONS)
def me() -> dict[str, Any]:
    person = actor()
    return {
        "id": person.public_id,
        "role": person.role,
        "name": person.name,
        "language": person.language,
        "zone": person.zone,
        "has_fresh_password": fresh_authentication(now()),
        "csrf_token": generate_csrf(),  # type: ignore[no-untyped-call]
    }
