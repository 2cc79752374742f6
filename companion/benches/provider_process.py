"""The provider of `local_provider`, started and ended."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import requests


@contextmanager
def provider(answer_takes_s: float = 0.0) -> Iterator[str]:
    """Its address."""
    command = [sys.executable, "-m", "companion.benches.local_provider", str(answer_takes_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def taken_by(url: str) -> Counter[str]:
    """How often it took which text."""
    return Counter(requests.get(f"{url}/taken", timeout=10).json())
