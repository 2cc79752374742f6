"""Messages on their way out: through the outbox and the Twilio channel, through the outbox and Web Push."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pywebpush import webpush
from requests.adapters import HTTPAdapter
from sqlalchemy import Engine, func, select
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from companion.benches.due_doses import due_at_once, give_push, give_telephones
from companion.benches.figure import Figure, best_rate
from companion.benches.local_provider import ACCOUNT
from companion.benches.provider_process import provider, subscription
from companion.care.contact_models import Kind
from companion.clock import system_clock
from companion.compose import composer
from companion.db import make_engine, reading
from companion.messages.channel import Channel
from companion.messages.channels.twilio_client import AT_ONCE
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.channels.web_push import WebPush
from companion.messages.dispatch import dispatch
from companion.messages.models import Delivery, DeliveryState
from companion.messages.push_subscription import Subscription
from companion.messages.push_tokens import PushTokens
from companion.messages.ways_out import WaysOut
from companion.reminders.telling.sweep import sweep
from companion.settings import load_settings, set_environment

MESSAGES = 2_000
FAST = 1e5
"""Messages a second that the provider bears: it is not what is measured."""
TEXT = "Time for your 08:00 medicine. Reply 1 taken, 2 later, 3 skip."
TOKEN, NUMBER, PUBLIC = "t" * 32, "+15005550006", "https://bench.example"
CONTACT = "mailto:bench@example.org"
DAY = timedelta(hours=24)


def measure(folder: Path) -> list[Figure]:
    """Reminders from the outbox to a provider on this machine: claimed, worded, written down, handed over, noted, each
    step durable; against the bare clients, pooled, with as many threads, to the same provider with a text at hand."""
    set_environment({"SECRET_KEY": "b" * 40})
    with provider() as url:
        return [*_by_twilio(folder, url), *_by_push(folder, url)]


def _by_twilio(folder: Path, url: str) -> list[Figure]:
    client, session = _bare_client(url), pooled(AT_ONCE)
    channel = TwilioSms(ACCOUNT, TOKEN, NUMBER, PUBLIC, base_url=url, per_second=FAST)
    bare = _rate(AT_ONCE, lambda number: _create(client, number))
    ours = _outbox_rate(folder, Kind.SMS, channel, give_telephones)
    plain = _rate(AT_ONCE, lambda number: _post(session, url, number))
    name = f"messages.create of a pooled twilio client, {AT_ONCE} threads"
    return [
        Figure("reminders by SMS, outbox to Twilio's answer", "messages", ours, bare, name, 0.8),
        Figure("  the bare client", "messages", bare, plain, f"a pooled requests.Session, {AT_ONCE} threads", 0),
    ]


def _by_push(folder: Path, url: str) -> list[Figure]:
    key = ec.generate_private_key(ec.SECP256R1())
    channel = WebPush(key, CONTACT, PushTokens(TOKEN), may_be_private=True)
    channel.caps = replace(channel.caps, per_second=FAST)
    threads, device = channel.caps.at_once, subscription(url)
    vapid, session = Vapid02(key), pooled(threads)
    bare = _rate(threads, lambda number: _push(session, vapid, device, number))
    ours = _outbox_rate(folder, Kind.PUSH, channel, partial(give_push, address=device.address()))
    name = f"webpush() with a session and a Vapid object, {threads} threads"
    return [Figure("reminders by Web Push, outbox to the service's answer", "messages", ours, bare, name, 0.8)]


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
    engine = make_engine(f"sqlite:///{path}")
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


def pooled(threads: int) -> requests.Session:
    """A session that keeps a connection for each thread."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=threads))
    return session


def _bare_client(url: str) -> Client:
    http = TwilioHttpClient(timeout=10)
    assert http.session is not None
    http.session.mount("http://", HTTPAdapter(pool_maxsize=AT_ONCE))
    client = Client(ACCOUNT, TOKEN, http_client=http)
    client.api.base_url = url
    return client


def _create(client: Client, number: int) -> None:
    hook = f"{PUBLIC}/hooks/twilio_sms/status/{number:032}"
    client.messages.create(
        to=f"+1{1_000_000_000 + number}", body=TEXT, status_callback=hook, validity_period=3600, from_=NUMBER
    )


def _post(session: requests.Session, url: str, number: int) -> None:
    form = {
        "To": f"+1{1_000_000_000 + number}",
        "Body": TEXT,
        "From": NUMBER,
        "StatusCallback": f"{PUBLIC}/hooks/twilio_sms/status/{number:032}",
        "ValidityPeriod": "3600",
    }
    path = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    session.post(path, data=form, auth=(ACCOUNT, TOKEN), timeout=10).raise_for_status()


def _push(session: requests.Session, vapid: Vapid02, device: Subscription, number: int) -> None:
    payload = f'{{"title":"companion","text":"{TEXT}","tag":"{number:032}","lang":"en","url":"{PUBLIC}/tap"}}'
    webpush(
        device.as_browsers_say(),
        payload,
        vapid_private_key=vapid,
        vapid_claims={"sub": CONTACT},
        content_encoding="aes128gcm",
        ttl=3600,
        headers={"Urgency": "high", "Topic": f"{number:032}"},
        timeout=10,
        requests_session=session,
    )
