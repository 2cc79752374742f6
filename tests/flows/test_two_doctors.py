"""Two doctors at one suggestion in the same instant, on both engines: one act gets through, whole, and the other doctor
is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask, g

from companion.advice.deciding.acts import Act, Decision
from companion.advice.deciding.decision_codes import PutOff, Rejection
from companion.advice.deciding.refusals import AlreadyDecided, DataChanged, HeldByAnother
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Review, Suggestion
from companion.care.audit import AuditEntry, broken_entries
from companion.care.people import Person
from companion.care.regimens import RegimenRevision
from companion.db import reading
from companion.errors import BadInput
from companion.messages.models import Message, Purpose
from companion.web.for_doctors import deciding
from companion.web.models import WebSession
from tests.advice.waiting import far, waiting
from tests.apps import app_over
from tests.world import World

TOLD = (AlreadyDecided, BadInput, DataChanged, HeldByAnother)
Deed = Callable[[], object]


@pytest.fixture(params=["world", "world_on_postgresql"], ids=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def app(world: World) -> Flask:
    return app_over(world.services)


def as_doctor(app: Flask, world: World, doctor: Person, deed: Deed) -> str:
    """What the doctor hears."""
    with app.test_request_context():
        g.actor, g.web_session = doctor, WebSession(authenticated_at=world.now)
        try:
            deed()
        except TOLD as told:
            return type(told).__name__
    return "done"


def at_once(app: Flask, world: World, first: Deed, second: Deed) -> list[str]:
    """Dr. Roth does the first, Dr. Stern the second."""
    together = Barrier(2)

    def press(doctor: Person, deed: Deed) -> str:
        together.wait()
        return as_doctor(app, world, doctor, deed)

    with ThreadPoolExecutor(2) as threads:
        pressed = [threads.submit(press, *each) for each in ((world.doctor, first), (world.other_doctor, second))]
        return [each.result() for each in pressed]


def is_whole(world: World) -> bool:
    """As many revisions and messages as approvals, one entry for every act, and a trail that holds."""
    approvals = [review for review in world.all(Review) if review.amount is not None]
    with reading(world.engine) as session:
        trail_holds = not list(broken_entries(session))
    return (
        trail_holds
        and len(world.all(Review)) <= 1
        and len(world.all(RegimenRevision)) == 1 + len(approvals)
        and len(world.all(Message, purpose=Purpose.ADVICE.value)) == len(approvals)
    )


def test_one_of_two_gets_the_claim(world: World, app: Flask) -> None:
    name = waiting(world).public_id

    heard = at_once(app, world, lambda: deciding.claim(name), lambda: deciding.claim(name))

    assert sorted(heard) == ["HeldByAnother", "done"]
    assert [entry.action for entry in world.all(AuditEntry)] == ["suggestion.claimed"]


def test_a_claim_and_a_decision_of_another_at_one_instant(world: World, app: Flask) -> None:
    suggestion = waiting(world)
    name, act = suggestion.public_id, world.act(suggestion)

    claimed, decided = at_once(app, world, lambda: deciding.claim(name), lambda: deciding.decide_on(name, act))

    assert (claimed, decided) in (("done", "HeldByAnother"), ("AlreadyDecided", "done"))
    assert is_whole(world)


def test_an_approval_and_a_rejection_at_one_instant(world: World, app: Flask) -> None:
    suggestion = waiting(world)
    name, approval = suggestion.public_id, world.act(suggestion)
    rejection = Act(Decision.REJECTED, approval.shown_digest, world.now, code=Rejection.REFER)

    heard = at_once(app, world, lambda: deciding.decide_on(name, approval), lambda: deciding.decide_on(name, rejection))

    assert sorted(heard) == ["AlreadyDecided", "done"]
    assert is_whole(world)


def test_a_second_signature_and_an_approval_of_the_first_at_one_instant(world: World, app: Flask) -> None:
    suggestion = waiting(world)
    world.decide(suggestion, far(world, suggestion))
    name, approval = suggestion.public_id, world.act(suggestion)

    heard = at_once(
        app,
        world,
        lambda: deciding.decide_on(name, approval),
        lambda: deciding.sign(name, approval.shown_digest),
    )

    assert sorted(heard) == ["AlreadyDecided", "done"]
    assert world.only(SecondOpinion).ended_how in ("signed", "decided_otherwise")
    assert is_whole(world)


def test_a_signature_while_the_first_takes_it_back(world: World, app: Flask) -> None:
    suggestion = waiting(world)
    world.decide(suggestion, far(world, suggestion))
    name, digest = suggestion.public_id, world.evidence(suggestion).digest

    heard = at_once(app, world, lambda: deciding.refuse(name), lambda: deciding.sign(name, digest))

    assert sorted(heard) == ["AlreadyDecided", "done"]
    assert len(world.all(Review)) == (world.only(SecondOpinion).ended_how == "signed")
    assert is_whole(world)


def test_a_new_low_and_an_approval_at_one_instant(world: World, app: Flask) -> None:
    suggestion = waiting(world)
    name, approval = suggestion.public_id, world.act(suggestion)

    measured, decided = at_once(app, world, lambda: world.measure(50), lambda: deciding.decide_on(name, approval))

    assert measured == "done"
    assert decided in ("done", "AlreadyDecided", "DataChanged")
    assert len(world.all(Review)) == (decided == "done")
    assert is_whole(world)


def test_putting_off_and_deciding_at_one_instant(world: World, app: Flask) -> None:
    suggestion = waiting(world)
    name, approval = suggestion.public_id, world.act(suggestion)
    later = world.now.replace(hour=20)

    put_off, decided = at_once(
        app,
        world,
        lambda: deciding.put_off(name, later, PutOff.OTHER),
        lambda: deciding.decide_on(name, approval),
    )

    assert decided == "done"
    assert put_off in ("done", "AlreadyDecided")
    assert world.only(Suggestion).state == "approved"
    assert is_whole(world)
