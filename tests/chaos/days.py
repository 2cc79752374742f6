"""One day of a clinic: it opens, the storm goes over it while people use it, it is left in peace, and the books are
checked."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from companion.care.due_work import DueWork
from companion.db import reading
from companion.messages.delivery_state import UNSETTLED
from companion.messages.models import Delivery, Message, MessageState
from tests.chaos import storms
from tests.chaos.books import READING
from tests.chaos.checks import faults
from tests.chaos.clinics import Clinic
from tests.chaos.happenings import Storm
from tests.chaos.meters import Reader
from tests.chaos.parts import Keeper
from tests.chaos.people import Doctor, Patients, Telephones
from tests.chaos.programs import Client
from tests.servers import wait_until_served

READERS = 2
FIRST_READ_WITHIN = 0.7
"""Of the day: until then every meter was read once."""
OPENS_WITHIN_S = 90.0
USUALLY_OPENS_S = 6.0
PEACE_S = 90.0
"""At most, times how slow the machine is, until nothing is left to do; meanwhile the world's time passes."""
PEACE_STEP = timedelta(seconds=100)


@dataclass(frozen=True)
class Day:
    """What was done to a clinic, what was acknowledged there, and what is wrong afterwards. `texts` the provider has;
    `ends` of messages by state; `starts` of each process."""

    clinic: str
    seconds: float
    done: Counter[str]
    acknowledged: Counter[str]
    texts: int
    ends: Counter[str]
    starts: Counter[str]
    wrong: list[str]


def live(clinic: Clinic, seed: int, seconds: float, say: Callable[[str], None], *, in_haste: bool = False) -> Day:
    """The storm lasts so many seconds. On a slow machine it goes the slower the longer the processes took to start, and
    one that was started just now is spared; else none would do anything. Not so `in_haste`: then it is as rolled."""
    clients: list[Client] = []
    opened = time.monotonic()
    with Keeper(clinic.parts) as keeper:
        for address in clinic.addresses:
            wait_until_served(address, OPENS_WITHIN_S)
        assert clinic.home is not None
        clinic.home.pair(clinic.addresses[0])
        opens_s, began = time.monotonic() - opened, time.monotonic()
        slowness = max(opens_s / USUALLY_OPENS_S, 1)
        pace, spared_s = (1.0, 0.0) if in_haste else (slowness, opens_s)
        clients = _clients(clinic, seed, seconds)
        storm = [
            Storm(clinic, seed, storms.kills(seed, seconds), pace, spared_s, say),
            Storm(clinic, seed, storms.weather(seed, seconds, clinic.may_happen), pace, spared_s, say),
        ]
        for thread in (*clients, *storm):
            thread.start()
        time.sleep(seconds)
        for each in storm:
            each.stop()
        lasted = time.monotonic() - began
        say(f"seed {seed}  {clinic.name}  {clinic.seconds():6.1f} s  left in peace")
        wait_for_a_reading(clinic, slowness)
        stop_all_but_telephones(clients)
        left = leave_in_peace(clinic, slowness)
        for client in clients:
            client.stop()
    wrong = [each for thread in (*clients, *storm) for each in thread.failed] + left + faults(clinic)
    done = sum((each.done for each in storm), Counter[str]())
    return Day(
        clinic.name,
        lasted,
        done,
        clinic.books.counted(),
        len(clinic.twilio.ledger),
        _ends(clinic),
        keeper.starts(),
        wrong,
    )


def _clients(clinic: Clinic, seed: int, seconds: float) -> list[Client]:
    shares = [clinic.patients[number::READERS] for number in range(READERS)]
    readers = [
        Reader(clinic, f"reader {number}", seed, share, FIRST_READ_WITHIN * seconds)
        for number, share in enumerate(shares, 1)
    ]
    return [*readers, Patients(clinic, seed), Telephones(clinic, seed), Doctor(clinic, seed)]


def wait_for_a_reading(clinic: Clinic, slowness: float) -> None:
    """However short the storm was, somebody used the service."""
    end = time.monotonic() + PEACE_S * slowness
    while not clinic.books.counted()[READING] and time.monotonic() < end:
        time.sleep(0.3)


def stop_all_but_telephones(clients: list[Client]) -> None:
    """Whoever goes on writing keeps SQLite's one lock from the jobs process, on a machine that is busy with tests."""
    for client in clients:
        if not isinstance(client, Telephones):
            client.stop()


def leave_in_peace(clinic: Clinic, slowness: float) -> list[str]:
    """Until nothing waits any more; what still does after all that time is told."""
    clinic.clocks.pass_time(PEACE_STEP)
    end, next_step = time.monotonic() + PEACE_S * slowness, time.monotonic() + 3
    while (waiting := what_waits(clinic)) and time.monotonic() < end:
        if time.monotonic() > next_step:
            clinic.clocks.pass_time(PEACE_STEP)
            next_step += 3
        time.sleep(0.3)
    return [f"left in peace: {what}" for what in waiting]


def what_waits(clinic: Clinic) -> list[str]:
    """Work that a jobs process, the telephones or the hub should do now."""
    now = clinic.clocks.world() - timedelta(seconds=10)
    try:
        with reading(clinic.world.engine) as session:
            counts = {
                "open messages": select(Message).where(Message.state == "open", Message.next_try_at <= now),
                "unsettled attempts": select(Delivery).where(Delivery.state.in_(UNSETTLED)),
                "due work": select(DueWork).where(DueWork.next_check_at <= now),
            }
            found = {
                what: session.scalar(select(func.count()).select_from(query.subquery()))
                for what, query in counts.items()
            }
    except SQLAlchemyError as error:
        found = {type(error).__name__: 1}
    assert clinic.home is not None
    found["values at the hub"] = clinic.home.waiting() + clinic.home.unread(clinic.world)
    return [f"{count} {what}" for what, count in found.items() if count]


def _ends(clinic: Clinic) -> Counter[str]:
    with reading(clinic.world.engine) as session:
        rows = session.execute(select(Message.state, func.count()).group_by(Message.state))
        return Counter({MessageState(state).value: count for state, count in rows})
