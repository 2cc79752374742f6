"""One dispatch round in a process of its own, killed at a named point."""

import os
import signal
from pathlib import Path

from companion import crash_points
from companion.clock import system_clock
from companion.db import make_engine
from companion.messages.channel import Channel
from companion.messages.channels.console import Console
from companion.messages.dispatch import dispatch
from tests.keys import with_keys
from tests.messages.conftest import by_text, compose, twilio_channel


def die_at(point: str) -> None:
    def listener(reached: crash_points.Point) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    crash_points.listeners.append(listener)


def dispatch_and_die(database_url: str, target: str, point: str) -> None:
    """One round with up to 50 messages, to a Twilio at that URL or, where it is a path, to the console's file there."""
    channel: Channel = twilio_channel(target, timeout_s=10) if target.startswith("http") else Console(Path(target))
    die_at(point)
    dispatch(with_keys(make_engine(database_url)), by_text(channel), compose, system_clock, 50)
