"""Messages on their way out, through the outbox and the Twilio channel."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from companion.benches.bare_clients import NUMBER, PUBLIC, TOKEN, bare_client, create, pooled, post
from companion.benches.due_doses import due_at_once, give_telephones
from companion.benches.engines import bench_engine
from companion.benches.figure import Figure, best_rate
from companion.benches.local_provider import ACCOUNT
from companion.benches.provider_process import provider
from companion.care.contact_models import Kind
from companion.clock import system_clock
from companion.compose import composer
from companion.db import reading
from companion.messages.channel import Channel
from companion.messages.channels.twilio_client import AT_ONCE
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.dispatch import dispatch
from companion.messages.models import Delivery, DeliveryState
from companion.messages.ways_out import WaysOut
from companion.reminders.telling.sweep import sweep
from companion.settings import load_settings, set_environment

MESSAGES = 2_000
FAST = 1e5
"""Messages a second that the provider bears: it is not what is measured."""
DAY = timedelta(hours=24)


def measure(folder: Path) -> list[Figure]:
    """Reminders from the outbox to a provider on this machine: claimed, worded, written down, handed over, noted, each
    step durable; against the bare client, pooled, with as many threads, to the same provider with a text at hand."""
    set_environment({"SECRET_KEY": "b" * 40})
    with provider() as url:
        return _by_twilio(folder, url)


def _by_twilio(folder: Path, url: str) -> list[Figure]:
    client, session = bare_client(url), pooled(AT_ONCE)
    channel = TwilioSms(ACCOUNT, TOKEN, NUMBER, PUBLIC, base_url=url, per_second=FAST)
    bare = _rate(AT_ONCE, lambda number: create(client, number))
    ours = _outbox_rate(folder, Kind.SMS, channel, give_telephones)
    plain = _rate(AT_ONCE, lambda number: post(session, url, number))
    name = f"messages.create of a pooled twilio client, {AT_ONCE} threads"
    return [
        Figure("reminders by SMS, outbox to Twilio's answer", "messages", ours, bare, name, 0.8),
        Figure("  the bare client", "messages", bare, plain, f"a pooled requests.Session, {AT_ONCE} threads", 0),
    ]


# Ours


def _outbox_rate(folder: Path, kind: Kind, channel: Channel, make_reachable: Callable[[Engine], None]) -> float:
    """Messages a second; each round has an outbox of its own, filled by a sweep of due doses."""
    engines = [_full_outbox(folder / f"{kind.value}{number}.db", make_reachable) for number in range(3)]
    compose = composer(load_settings(), system_clock)
    ways = WaysOut({kind: channel})

    def send_all(number: int) -> int:
        while dispatch(engines[number], ways, compose, system_clock, MESSAGES)[DeliveryState.ACCEPTED.value]:
            pass
        return MESSAGES

    rate = best_rate(send_all)
    for engine in engines:
        assert _accepted(engine) == MESSAGES, "messages were not handed over"
        engine.dispose()
    return rate


def _full_outbox(path: Path, make_reachable: Callable[[Engine], None]) -> Engine:
    now = system_clock().replace(microsecond=0)
    engine = bench_engine(f"sqlite:///{path}")
    due_at_once(engine, now, MESSAGES, 1)
    make_reachable(engine)
    sweep(engine, now, DAY)
    return engine


def _accepted(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalars(select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED.value)).one()


# Bare


def _rate(threads: int, send: Callable[[int], object]) -> float:
    """Calls a second, on so many threads."""

    def send_all(_round: int) -> int:
        with ThreadPoolExecutor(threads) as pool:
            return len(list(pool.map(send, range(MESSAGES))))

    return best_rate(send_all)
