"""Three workers on PostgreSQL, one of them killed by SIGKILL about every second, 500 messages, a local Twilio: none is
lost, and none is doubled, because Twilio can be asked what it took."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from multiprocessing.context import ForkServerProcess

import pytest
from sqlalchemy import Engine, func, select

from companion.care.contact_models import Kind
from companion.care.enrolling import add_person
from companion.care.people import Role
from companion.clock import system_clock
from companion.db import make_engine, reading, writing
from companion.messages import outbox
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.delivery_state import UNSETTLED
from companion.messages.dispatch import dispatch
from companion.messages.models import Delivery, Message, MessageState, Purpose
from companion.messages.outbox import NewMessage
from companion.messages.ways_out import WaysOut
from companion.migrations import upgrade
from tests.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, FakeTwilio
from tests.forking import PROCESSES, forked_knowing
from tests.keys import with_keys
from tests.messages.conftest import compose

knowing = forked_knowing("companion.migrations", "tests.messages.conftest")

PATIENTS, EACH = 50, 10
WORKERS, PER_SECOND = 3, 80
LEASES_ARE_OVER = timedelta(minutes=3)


def channel(url: str) -> TwilioSms:
    return TwilioSms(
        ACCOUNT_SID, AUTH_TOKEN, NUMBER, "https://companion.example", base_url=url, per_second=PER_SECOND, timeout_s=5
    )


def work(database_url: str, twilio_url: str) -> None:
    """What a worker does until it is killed."""
    engine, ways = with_keys(make_engine(database_url)), WaysOut({Kind.SMS: channel(twilio_url)})
    while True:
        dispatch(engine, ways, compose, system_clock, 100)
        time.sleep(0.05)


@pytest.fixture
def engine(postgresql_database: str) -> Iterator[Engine]:
    engine = with_keys(make_engine(postgresql_database))
    upgrade(engine)
    yield engine
    engine.dispose()


def fill_outbox(engine: Engine) -> set[str]:
    """So many messages for each of so many patients; gives their texts."""
    now = system_clock()
    messages = []
    with writing(engine) as session:
        for number in range(PATIENTS):
            phone = f"+4917{10_000_000 + number}"
            name = f"Patient {number}"
            born = date(1950, 5, 1)
            person = add_person(session, role=Role.PATIENT, name=name, phone=phone, birth_on=born, now=now)
            messages += [
                NewMessage(f"due:{number}:{n}", Purpose.REMINDER, person.id, person.id, {}, now + timedelta(hours=5))
                for n in range(EACH)
            ]
        outbox.enqueue_many(session, messages, now)
    return {f"08:00 {message.unique_key}" for message in messages}


def start(engine: Engine, twilio: FakeTwilio) -> ForkServerProcess:
    url = engine.url.render_as_string(hide_password=False)
    process = PROCESSES.Process(target=work, args=(url, twilio.url), daemon=True)
    process.start()
    return process


def kill_about_every_second(engine: Engine, twilio: FakeTwilio) -> list[int | None]:
    """Until four of five messages are out, then all at once, with attempts in their hands; how each ended."""
    dice, codes, end = random.Random(7), list[int | None](), time.monotonic() + 40
    workers = [start(engine, twilio) for _ in range(WORKERS)]
    while len(twilio.ledger) < PATIENTS * EACH * 4 // 5 and time.monotonic() < end:
        time.sleep(dice.uniform(0.6, 1.2))
        unlucky = dice.randrange(WORKERS)
        codes.append(kill(workers[unlucky]))
        workers[unlucky] = start(engine, twilio)
    wait_for_attempts(engine)
    return codes + [kill(each) for each in workers]


def kill(worker: ForkServerProcess) -> int | None:
    worker.kill()
    worker.join()
    return worker.exitcode


def wait_for_attempts(engine: Engine) -> None:
    """Until somebody has messages in hand: a new worker needs a while to begin."""
    end = time.monotonic() + 20
    while not unsettled(engine) and time.monotonic() < end:
        time.sleep(0.005)


def how_many(engine: Engine, *more: object) -> int:
    """Open messages."""
    with reading(engine) as session:
        query = select(func.count()).where(Message.state == MessageState.OPEN.value, *more)  # type: ignore[arg-type]
        return session.scalars(query).one()


def unsettled(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalars(select(func.count()).where(Delivery.state.in_(UNSETTLED))).one()


def go_on(engine: Engine, twilio: FakeTwilio) -> None:
    """One worker that nobody kills, once the leases of the dead are over."""

    def later() -> datetime:
        return system_clock() + LEASES_ARE_OVER

    ways, end = WaysOut({Kind.SMS: channel(twilio.url)}), time.monotonic() + 30
    while how_many(engine) and time.monotonic() < end:
        dispatch(engine, ways, compose, later, 500)


@pytest.mark.slow
def test_three_workers_killed_every_second_lose_nothing_and_double_nothing(engine: Engine) -> None:
    with FakeTwilio() as twilio:
        wanted = fill_outbox(engine)

        codes = kill_about_every_second(engine, twilio)
        sent_meanwhile, left_by_the_dead = len(twilio.ledger), unsettled(engine)
        go_on(engine, twilio)

    assert len(codes) >= WORKERS
    assert set(codes) == {-signal.SIGKILL}
    assert sent_meanwhile > len(wanted) / 2, "the killed ones did most of the work"
    assert left_by_the_dead > 0, "somebody died with attempts in its hands"
    assert how_many(engine) == unsettled(engine) == 0
    assert Counter(text.body for text in twilio.ledger) == Counter(wanted)
