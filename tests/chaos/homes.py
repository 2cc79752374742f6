"""A home: a virtual meter and a virtual cuff that nobody kills, and `companion hub` that reads them, and is killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from companion.care.people import Person, Role
from companion.db import writing
from companion.hub import outgoing
from companion.hub.process import spool_in
from companion.hub.service import Service
from companion.hub.token_file import Credentials, write_credentials
from firmware_mocks.lives import Life, rising_mornings
from tests.chaos.clocks import Clocks
from tests.chaos.parts import ROOT, Part, own_environment
from tests.chaos.patients import code_for
from tests.hub.household import add_paired
from tests.world import World


class Home(NamedTuple):
    """`life`: what the devices remember. The hub is paired once a web process answers."""

    person: Person
    hub: Part
    folder: Path
    life: Life
    code: str

    def pair(self, address: str) -> None:
        """With the service, as `companion hub pair` does."""
        told = Service(address).post("/hubs:pair", {"code": self.code, "name": "Kitchen"}).document
        write_credentials(self.folder, Credentials(address, told["hub"], told["token"], told["zone"]))

    def waiting(self) -> int:
        """Values that are not yet at the service."""
        spool = spool_in(self.folder)
        try:
            return outgoing.waiting(spool)
        finally:
            spool.close()

    def unread(self, world: World) -> int:
        """Records of the devices that are not among the patient's readings."""
        there = sum(1 for _ in world.stores.readings.export_patient(self.person.public_id))
        return max(len(self.life.glucose) + len(self.life.blood_pressure) - there, 0)


@contextmanager
def home_of(world: World, folder: Path, clocks: Clocks) -> Iterator[Home]:
    """Its patient takes nothing: all about them is what the devices say. The hub is no machine of the service: its
    clock is the real one."""
    with writing(world.engine) as session:
        person = world.add(session, Role.PATIENT, "At home", "+491729999999")
    ends = clocks.world().astimezone(world.zone).replace(tzinfo=None, microsecond=0)
    own = folder / "home"
    own.mkdir()
    with _air(folder, ends) as air:
        spool = spool_in(own)
        for kind in ("meter", "cuff"):
            add_paired(spool, air[kind], kind)
        spool.close()
        backend = f"firmware_mocks.bleak_backend:tcp-client:127.0.0.1:{air['tcp']}?keystore={folder / 'hub-bonds.json'}"
        settings = {"COMPANION_HUB_FOLDER": str(own), "COMPANION_BLUETOOTH_BACKEND": backend}
        hub = Part("hub", ["hub"], folder, own_environment() | settings)
        yield Home(person, hub, own, rising_mornings(ends), code_for(world, person, world.now))


@contextmanager
def _air(folder: Path, ends: datetime) -> "Iterator[dict[str, str]]":
    """The devices in a process of their own; they remember their bonds."""
    arguments = ["--life", "rising_mornings", "--end", ends.isoformat(), "--keystore-dir", str(folder / "bonds")]
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks", *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
