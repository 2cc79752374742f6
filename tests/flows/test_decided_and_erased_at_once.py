"""Two doctors decide, and the patient is erased, all at one instant on PostgreSQL: nobody waits for somebody who waits
for them, and what came of it is whole."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import sleep

from flask import Flask, g
from sqlalchemy import Engine, event
from sqlalchemy.exc import NoResultFound

from companion.advice.deciding.acts import Act
from companion.advice.deciding.refusals import AlreadyDecided, DataChanged
from companion.advice.models import Review, Suggestion
from companion.care.audit import AuditEntry, broken_entries
from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.erasing.erase import Places, erase
from companion.erasing.models import Erasure, ErasureState
from companion.errors import BadInput
from companion.web.for_doctors.deciding import decide_on
from tests.apps import app_over
from tests.world import World

TOO_LATE = (AlreadyDecided, BadInput, DataChanged, NoResultFound)
"""What a doctor hears who was not the first."""


def decide(app: Flask, doctor: Person, suggestion: str, act: Act) -> str:
    with app.test_request_context():
        g.actor = doctor
        try:
            decide_on(suggestion, act)
        except TOO_LATE as late:
            return type(late).__name__
    return "decided"


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """What came of each; a fault of one is a fault of the test."""
    together = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> object:
        together.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def when_it_is_claimed(engine: Engine) -> Event:
    """Set once a decision has the suggestion; that decision then rests, so that an erasure comes in between."""
    claimed = Event()

    def rest(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE suggestion") and not claimed.is_set():
            claimed.set()
            sleep(0.5)

    event.listen(engine, "after_cursor_execute", rest)
    return claimed


def test_nobody_waits_in_a_circle(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    app, places = app_over(world.services), Places(world.stores, world.services.originals)
    with writing(world.engine) as session:
        other = world.add(session, Role.CLINICIAN, "Dr Other", "+491700000099")
    world.titration()
    world.fast(150, 155, 158)
    suggestion, patient = world.only(Suggestion), world.anna.public_id
    act = world.act(suggestion)
    claimed = when_it_is_claimed(world.engine)

    def erase_her() -> None:
        assert claimed.wait(10)
        erase(places, patient, by="command line", now=world.now, keep_years=15)

    heard = at_once(
        lambda: decide(app, world.doctor, suggestion.public_id, act),
        lambda: decide(app, other, suggestion.public_id, act),
        erase_her,
    )

    assert heard.count("decided") == 1
    assert len(world.all(Review)) == len(world.all(AuditEntry, action="suggestion.approved")) == 1
    assert world.only(Erasure).state == ErasureState.DONE
    with reading(world.engine) as session:
        assert list(broken_entries(session)) == []
