"""A suggestion that waits, and what doctors do to it, each in a transaction of its own."""

from datetime import datetime, timedelta
from decimal import Decimal

from companion.advice.deciding import leases, putting_off, second_opinion
from companion.advice.deciding.acts import Act, Decision
from companion.advice.deciding.decision_codes import PutOff
from companion.advice.models import Suggestion
from companion.care.people import Person
from companion.db import writing
from tests.world import World


def waiting(world: World) -> Suggestion:
    """16 → 18 U waits for a doctor."""
    world.titration()
    world.fast(150, 155, 158)
    return world.only(Suggestion)


def far(world: World, suggestion: Suggestion, amount: str = "20", reason: str = "eats far more now") -> Act:
    """+25 %: more than one clinician may decide on."""
    return world.act(suggestion, Decision.AMENDED, amount=Decimal(amount), reason=reason)


def claim(world: World, by: Person, seen_at: datetime | None = None) -> Suggestion:
    with writing(world.engine) as session:
        return leases.claim(session, world.only(Suggestion).id, by=by, now=world.now, seen_at=seen_at)


def hand_back(world: World, by: Person) -> bool:
    with writing(world.engine) as session:
        return leases.hand_back(session, world.only(Suggestion).id, by=by, now=world.now)


def put_off(world: World, by: Person, code: PutOff = PutOff.WAIT_FOR_VALUES, **span: float) -> Suggestion:
    with writing(world.engine) as session:
        until = world.now + timedelta(**span)
        return putting_off.put_off(session, world.only(Suggestion).id, by=by, until=until, code=code, now=world.now)


def sign(world: World, by: Person, *, digest: str | None = None, authenticated_at: datetime | None = None) -> None:
    """The password just typed, on the screen as it is now, unless said otherwise."""
    with writing(world.engine) as session:
        suggestion = session.query(Suggestion).one()
        seen = world.evidence_within(session, suggestion)
        second_opinion.sign(
            session,
            suggestion.id,
            by=by,
            shown_digest=digest or seen.digest,
            authenticated_at=authenticated_at or world.now,
            present=world.present(seen),
            now=world.now,
        )


def refuse(world: World, by: Person) -> None:
    with writing(world.engine) as session:
        second_opinion.refuse(session, world.only(Suggestion).id, by=by, now=world.now)
