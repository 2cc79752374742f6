"""The provider of `local_provider`, started and ended."""

import secrets
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from companion.messages.push_subscription import Subscription


@contextmanager
def provider(answer_takes_s: float = 0.0) -> Iterator[str]:
    """Its address."""
    command = [sys.executable, "-m", "companion.benches.local_provider", str(answer_takes_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def taken_by(url: str) -> Counter[str]:
    """How often it took which text."""
    return Counter(requests.get(f"{url}/taken", timeout=10).json())


def subscription(url: str) -> Subscription:
    """Of a browser at the provider's push service."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    p256dh, auth = (urlsafe_b64encode(part).rstrip(b"=").decode() for part in (point, secrets.token_bytes(16)))
    return Subscription(f"{url}/push/1", p256dh, auth)
