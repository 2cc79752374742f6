"""Changes that Dr. Roth approved for Anna: an increase from 16 to 18 U, a decrease from 16 to 14 U."""

from datetime import date
from decimal import Decimal

from companion.advice.models import Suggestion, Withdrawal
from companion.advice.taking_back.withdrawal_rules import Reason
from companion.advice.taking_back.withdrawing import Act, withdraw
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, in_force
from companion.care.tasks import Task
from companion.care.teach_back import Change, Said, Then
from companion.db import reading, writing
from companion.reminders.doses.changes import find_waiting, say_back
from tests.world import World


def approve_increase(world: World) -> Suggestion:
    """At 10:30, after the dose of the day was taken; the doses to come are planned."""
    world.titration()
    world.fast(150, 155, 158)
    return _approve(world)


def approve_decrease(world: World) -> Suggestion:
    """The same, after a low of the night."""
    world.titration()
    world.measure(66, hours_ago=1)
    return _approve(world)


def _approve(world: World) -> Suggestion:
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))
    world.beat()
    return world.only(Suggestion)


def change_of(world: World) -> Change:
    """What Anna has to say back."""
    with reading(world.engine) as session:
        waiting = find_waiting(session, world.anna, session.query(Regimen).one(), world.now)
        assert waiting is not None
        return waiting.change


def say(
    world: World,
    amount: str | None,
    starts_on: date | None = None,
    *,
    by: Person | None = None,
    via: str = "page",
) -> Then | None:
    """Anna (or somebody who writes it down for her) says the change back; the right day where none is given."""
    with writing(world.engine) as session:
        regimen = session.query(Regimen).one()
        waiting = find_waiting(session, world.anna, regimen, world.now)
        day = starts_on or (waiting.change.starts_on if waiting else world.today)
        said = Said(None if amount is None else Decimal(amount), day)
        return say_back(session, world.anna.id, regimen.id, said, by=by or world.anna, via=via, now=world.now)


def take_back(world: World, by: Person | None = None, reason: Reason = Reason.MISTAKE, words: str = "") -> Withdrawal:
    """Dr. Roth takes the change back, the password just typed."""
    suggestion = world.all(Suggestion)[0]
    with writing(world.engine) as session:
        act = Act(reason, words, world.now)
        return withdraw(session, suggestion.id, by=by or world.doctor, act=act, now=world.now)


def held(world: World) -> Decimal:
    """What is in force."""
    revision = in_force(world.only(Regimen), world.now)
    assert revision is not None
    return revision.amount


def newest(world: World) -> RegimenRevision:
    return world.all(RegimenRevision)[-1]


def open_tasks(world: World) -> list[str]:
    return [task.kind for task in world.all(Task) if task.done_at is None]
