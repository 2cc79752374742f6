"""What a process is doing when it is killed. Everything here runs in a process of its own, on real files."""

import os
import signal
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from flask import g
from sqlalchemy.orm import configure_mappers

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Suggestion
from companion.advice.taking_back import withdrawing
from companion.advice.taking_back.withdrawal_rules import Reason
from companion.care.teach_back import Said
from companion.crash_points import Point, listeners
from companion.db import reading as looking
from companion.db import writing
from companion.devices.records.payloads import RawPayload
from companion.erasing.erase import Places, erase
from companion.programme.orders.handing_over import hand_over_orders
from companion.programme.orders.handing_rules import Outcome
from companion.reminders.doses.changes import waiting_changes
from companion.sent import files
from companion.supplying.bundles import bundle_of
from companion.web.for_doctors.deciding import decide_on, sign
from companion.web.for_doctors.withdrawing import take_back_now
from companion.web.for_patients.teach_back import keep
from companion.web.models import WebSession
from tests.apps import app_over
from tests.world import World

Deed = Callable[[World], None]

configure_mappers()  # once where processes fork from, not in each


class TakeIn:
    """The hub brings a download."""

    def __init__(self, payloads: list[RawPayload]) -> None:
        self.payloads = payloads

    def __call__(self, world: World) -> None:
        world.download(self.payloads)


def approve(world: World) -> None:
    """The doctor presses the button, unless the page says that it was decided."""
    suggestion = world.all(Suggestion)[0]
    if suggestion.state != SuggestionState.PENDING:
        return
    act = world.act(suggestion)
    with app_over(world.services).test_request_context():
        g.actor = world.doctor
        decide_on(suggestion.public_id, act)


def ask_for_a_second(world: World) -> None:
    """The doctor wants 20 U in place of 18, unless the page says that somebody does already."""
    if world.all(SecondOpinion):
        return
    suggestion = world.only(Suggestion)
    act = world.act(suggestion, Decision.AMENDED, amount=Decimal(20), reason="eats far more now")
    with app_over(world.services).test_request_context():
        g.actor = world.doctor
        decide_on(suggestion.public_id, act)


def sign_as_the_second(world: World) -> None:
    """Another doctor signs, unless the page says that it was decided."""
    suggestion = world.only(Suggestion)
    if suggestion.state != SuggestionState.PENDING:
        return
    with app_over(world.services).test_request_context():
        g.actor = world.other_doctor
        g.web_session = WebSession(authenticated_at=world.now)
        sign(suggestion.public_id, world.evidence(suggestion).digest)


def say_change_back(world: World) -> None:
    """Anna answers rightly on her page, while a change waits for it."""
    with looking(world.engine) as session:
        waiting = waiting_changes(session, world.anna, world.now)
    if waiting:
        change = waiting[0].change
        with app_over(world.services).test_request_context():
            keep(waiting[0], Said(change.amount, change.starts_on), by=world.anna, via="page")


def take_change_back(world: World) -> None:
    """The doctor presses the button, unless the page says that it cannot be taken back."""
    suggestion = world.all(Suggestion)[0]
    if suggestion.state == SuggestionState.WITHDRAWN:
        return
    with app_over(world.services).test_request_context():
        g.actor = world.doctor
        take_back_now(suggestion.public_id, withdrawing.Act(Reason.MISTAKE, "", world.now))


def beat(world: World) -> None:
    """The jobs process beats once."""
    world.beat()


def reply_taken(world: World) -> None:
    """Anna answers by text; the provider tells of it again until it is heard."""
    world.text("1", provider_id="SM-1")


FILE = b"time,glucose (mg/dL)\n2026-03-01 08:00,140\n2026-03-02 08:00,150\n"


def send_file(world: World) -> None:
    """Anna sends a file and says yes; the jobs process is to take it in."""
    originals = world.services.originals
    kept = originals.keep(world.anna.public_id, BytesIO(FILE), len(FILE))
    with writing(world.engine) as session:
        file = files.add_file(session, world.anna, world.anna, "meter.csv", kept, world.now)
        files.say_yes(session, file, 2, world.now, soon=world.now)


def work_on_files(world: World) -> None:
    """The jobs process does what is due about files."""
    world.services.work_on_files()


def erase_anna(world: World) -> None:
    """The clinic erases her, or goes on with it."""
    places = Places(world.stores, world.services.originals)
    erase(places, world.anna.public_id, by="command line", now=world.now, keep_years=15)


def do_long_work(world: World) -> None:
    """The jobs process does what takes long, an hour later."""
    world.clock.instant += timedelta(hours=1)
    world.services.long_work()


def hand_orders_over(world: World) -> None:
    """The jobs process hands orders to a pharmacy, which writes each into a book of its own before it says yes."""

    def take(_url: str, headers: Mapping[str, str], _body: bytes) -> Outcome:
        with (world.folder / "pharmacy.txt").open("a", encoding="utf-8") as book:
            book.write(headers["Idempotency-Key"] + "\n")
        return Outcome.TAKEN

    hand_over_orders(world.engine, bundle_of, take, world.clock)


class GoOn:
    """After a crash: a heartbeat, the deed asked for again, and a heartbeat."""

    def __init__(self, deed: Deed, each_after: timedelta) -> None:
        self.deed, self.each_after = deed, each_after

    def __call__(self, world: World) -> None:
        for step in (beat, self.deed, beat):
            world.clock.instant += self.each_after
            step(world)


def perform(folder: Path, at: datetime, separate_readings: bool, deed: Deed, killed_at: Point | None) -> None:
    """One deed in a fresh process that starts at `at`. With `killed_at` it dies there, by SIGKILL."""
    world = World(folder, starts_at=at, separate_readings=separate_readings)
    if killed_at is not None:
        listeners.append(lambda point: os.kill(os.getpid(), signal.SIGKILL) if point is killed_at else None)
    deed(world)
