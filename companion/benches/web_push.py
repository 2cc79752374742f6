"""Notifications to browsers: our channel beside its bare client."""

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pywebpush import webpush
from requests.adapters import HTTPAdapter

from companion.benches.figure import Figure, seconds, settle_memory
from companion.benches.provider_process import provider
from companion.messages.channel import Accepted, Outgoing
from companion.messages.channels.web_push import WebPush
from companion.messages.push_tokens import PushTokens

THREADS = 8
A_TURN = 100
TURNS = 30
CONTACT = "mailto:bench@clinic.example"
TEXT = "Time for your 08:00 medicine. Please answer: taken, later or skip."


def measure(_folder: Path) -> list[Figure]:
    """A reminder for one of many browsers, sealed, signed and handed over by 8 threads; against pywebpush with a kept
    session and a kept key sending a text as long, by as many threads, to the same push service. In turns."""
    key = ec.generate_private_key(ec.SECP256R1())
    ours, bare = [], []
    with provider() as url, ThreadPoolExecutor(THREADS) as threads:
        browsers = [_subscription(url, number) for number in range(A_TURN)]
        channel = WebPush(key, CONTACT, PushTokens("k" * 40), may_be_private=True)
        reminders = [_reminder(browser, number) for number, browser in enumerate(browsers)]
        send_bare = _bare(key, json.dumps(channel.payload(reminders[0]), ensure_ascii=False))
        settle_memory()
        for _turn in range(TURNS):
            ours.append(seconds(lambda: _all(threads, _send_with(channel), reminders)))
            bare.append(seconds(lambda: _all(threads, send_bare, browsers)))
    return [
        Figure(
            "reminder → a browser's push service",
            "notifications",
            A_TURN / median(ours),
            A_TURN / median(bare),
            "bare pywebpush with a session and a Vapid object, same threads, same push service, a text as long",
            0.8,
        )
    ]


def _all(threads: ThreadPoolExecutor, send: Callable[[Any], None], some: list[Any]) -> None:
    for _sent in threads.map(send, some):
        pass


def _send_with(channel: WebPush) -> Callable[[Outgoing], None]:
    def send(outgoing: Outgoing) -> None:
        assert isinstance(channel.send(outgoing), Accepted)

    return send


def _bare(key: ec.EllipticCurvePrivateKey, text: str) -> Callable[[dict[str, Any]], None]:
    vapid, session = Vapid02(key), requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=THREADS))

    def send(subscription: dict[str, Any]) -> None:
        webpush(
            subscription,
            text,
            vapid_private_key=vapid,
            vapid_claims={"sub": CONTACT},
            ttl=3600,
            headers={"Urgency": "high", "Topic": "dose"},
            timeout=10,
            requests_session=session,
        )

    return send


def _subscription(url: str, number: int) -> dict[str, Any]:
    """A browser's, with keys of its own."""
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*form)
    return {"endpoint": f"{url}/push/{number}", "keys": {"p256dh": _text(point), "auth": _text(os.urandom(16))}}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _reminder(subscription: dict[str, Any], number: int) -> Outgoing:
    return Outgoing(
        to=json.dumps(subscription),
        text=TEXT,
        correlation_id=f"{number:032x}",
        valid_for_s=3600,
        title="Your 08:00 medicine",
        link="https://clinic.example/tap/" + "a" * 43,
        asks=True,
        topic=f"{number:032x}",
        is_urgent=True,
        purpose="reminder",
    )
