"""The service under load, as processes: the default install, or PostgreSQL and InfluxDB with several of each."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from environs import Env

from companion.clock import Clock, system_clock
from companion.migrations import upgrade
from companion.services import Services, build_services
from companion.settings import load_settings, set_environment
from tests import servers
from tests.readings.backends import influx_database

ROOT = Path(__file__).parents[2]
READY_S = 180.0
STACKS = {"small": (1, 1), "large": (2, 2)}
"""By name, how many `companion serve` (two processes with four threads each) and how many `companion jobs`."""


@dataclass
class Stack:
    """Where it is, and its processes by name."""

    addresses: list[str] = field(default_factory=list)
    processes: dict[str, list[int]] = field(default_factory=lambda: {"web": [], "jobs": []})


@contextmanager
def engines(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """The settings of a place for records and readings."""
    chosen = {
        "COMPANION_SECRET_KEY": "l" * 40,
        "COMPANION_MASTER_KEY_FILE": str(folder / "master.key"),
        "COMPANION_AUDIT_KEY_FILE": str(folder / "audit.key"),
        "COMPANION_AUDIT_ANCHOR_KEY_FILE": str(folder / "anchor.pem"),
        "COMPANION_VAPID_KEY_FILE": str(folder / "vapid.pem"),
        "COMPANION_CONSOLE_OUTBOX": str(folder / "outbox.jsonl"),
        "COMPANION_CLINIC_PHONE": "+4930123456",
    }
    with ExitStack() as stack:
        if name == "small":
            chosen["COMPANION_DATABASE_URL"] = f"sqlite:///{folder / 'companion.db'}"
        else:
            server = stack.enter_context(servers.postgresql())
            chosen["COMPANION_DATABASE_URL"] = stack.enter_context(servers.own_database(server))
            influx = stack.enter_context(servers.influxdb())
            chosen["COMPANION_READINGS_URL"] = stack.enter_context(influx_database(influx))
        yield chosen


def services_of(chosen: dict[str, str], clock: Clock = system_clock) -> Services:
    """The same service in this process, to fill it; its schema is brought up."""
    set_environment({name.removeprefix("COMPANION_"): value for name, value in chosen.items()})
    services = build_services(load_settings(Env()), clock)
    upgrade(services.engine)
    return services


@contextmanager
def running(name: str, chosen: dict[str, str], folder: Path) -> Iterator[Stack]:
    """Its processes, until they all answer; ended afterwards."""
    webs, jobs = STACKS[name]
    stack = Stack()
    with ExitStack() as all_of_them:
        for _ in range(webs):
            port = servers.free_port()
            stack.addresses.append(f"http://127.0.0.1:{port}")
            more = {"COMPANION_PORT": str(port)}
            stack.processes["web"].append(all_of_them.enter_context(_process("serve", chosen | more, folder)))
        for _ in range(jobs):
            stack.processes["jobs"].append(all_of_them.enter_context(_process("jobs", chosen, folder)))
        for address in stack.addresses:
            servers.wait_until_served(address, READY_S)
        yield stack


@contextmanager
def _process(command: str, chosen: dict[str, str], folder: Path) -> Iterator[int]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
    with (folder / f"{command}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "companion.cli", command],
            cwd=folder,
            env=kept | chosen | {"PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)
