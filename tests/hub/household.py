"""A household: virtual devices on the air, a hub with its spool, and the service behind real HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from companion.db import writing
from companion.devices.radio.fetch import Patience
from companion.devices.radio.link import Radio
from companion.hub import outgoing, paired
from companion.hub.delivery import Delivery
from companion.hub.moment import Moment
from companion.hub.process import spool_in
from companion.hub.reader import Reader
from companion.hub.recovery import recover
from companion.hub.service import Service
from companion.hub.spool import Spool
from companion.hub.token_file import Credentials, write_credentials
from companion.hub.watch import Watch
from companion.web.door.hub_door import make_code
from firmware_mocks.encode import BloodPressure, Context, Glucose
from tests.web.loop.house import House

PATIENCE = Patience(fruitless_links=2, first_pause_s=0.01, connect_s=20, look_again_s=0.3, settle_s=0)
QUIET_S = 0.3
HEAR_S = 30.0


class Machine:
    """A small computer's clocks, which tests set and restart."""

    def __init__(self, wall: datetime) -> None:
        self.wall, self.uptime, self.boots = wall, 100.0, 1
        self.is_synchronised = False

    def __call__(self) -> Moment:
        return Moment(self.wall, self.uptime, f"boot-{self.boots}", self.is_synchronised)

    def pass_time(self, by: timedelta) -> None:
        self.wall += by
        self.uptime += by.total_seconds()

    def restart(self, off_for: timedelta = timedelta(minutes=1)) -> None:
        self.wall, self.uptime, self.boots = self.wall + off_for, 5.0, self.boots + 1


class Household:
    """Anna's home, in which time passes for the service and for every machine at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "service").mkdir()
        self.house = House(folder / "service")
        self.machines: list[Machine] = []
        self._port = 0
        self.url = ""

    @contextmanager
    def service(self) -> Iterator[None]:
        """The service can be asked while the context lasts; always at the same address."""
        handler = type("Handler", (_Quiet,), {"house": self.house})
        server = make_server("127.0.0.1", self._port, self.house.app, threaded=True, request_handler=handler)
        self._port = server.server_port
        self.url = f"http://127.0.0.1:{self._port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            _stop(server, thread)

    def pass_time(self, **span: float) -> None:
        self.house.clock.advance(**span)
        for machine in self.machines:
            machine.pass_time(timedelta(**span))

    def local(self, *, hours_ago: float = 0) -> datetime:
        """What a device's clock shows that is right."""
        then = self.house.now - timedelta(hours=hours_ago)
        return then.astimezone(self.house.zone).replace(tzinfo=None)

    def records(self, *mg_dl: int, first: int = 0) -> list[Glucose]:
        """Of the last hours, one an hour, the last one now; every second with a context."""
        last = len(mg_dl) - 1
        return [
            Glucose(
                sequence=first + number,
                time=self.local(hours_ago=last - number),
                value=Decimal(value).scaleb(-5),
                context=Context(meal=3) if number % 2 else None,
            )
            for number, value in enumerate(mg_dl)
        ]

    def pressures(self, *systolic: int) -> list[BloodPressure]:
        last = len(systolic) - 1
        return [
            BloodPressure(Decimal(value), Decimal(80), Decimal(93), time=self.local(hours_ago=last - number))
            for number, value in enumerate(systolic)
        ]

    def values(self) -> list[int]:
        """The glucose values at the service, the oldest first."""
        readings = sorted(self.house.readings(), key=lambda reading: reading.taken_at)
        return [int(reading.value) for reading in readings if reading.value is not None]


class Hub:
    """One hub of the household, driven step by step; starting it again is making another one in its folder."""

    def __init__(self, household: Household, radio: Radio, name: str = "hub", machine: Machine | None = None) -> None:
        self.household, self.radio = household, radio
        self.folder = household.folder / name
        self.machine = machine or Machine(household.house.now)
        if machine is None:
            household.machines.append(self.machine)
        self.spool: Spool = spool_in(self.folder)
        recover(self.spool)
        self.delivery = Delivery(self.spool, self.machine, self.folder)
        self.reader = Reader(self.spool, radio, self.machine, PATIENCE, QUIET_S)
        self.watch = Watch(self.spool, radio, self.reader, self.machine, zone=lambda: None, read_one=self.delivery.wake)

    def pair(self) -> None:
        """With the service, by a code of Anna's page."""
        house = self.household.house
        with writing(house.engine) as session:
            code = make_code(session, house.anna, house.now)
        told = Service(self.household.url).post("/hubs:pair", {"code": code, "name": "Kitchen"}).document
        write_credentials(self.folder, Credentials(self.household.url, told["hub"], told["token"], told["zone"]))

    def add(self, device: object, kind: str = "meter") -> None:
        """The device is this hub's from now on."""
        add_paired(self.spool, device.address, kind)  # type: ignore[attr-defined]

    async def hear(self, times: int = 1) -> None:
        for _ in range(times):
            await self.watch.listen_once(HEAR_S)

    async def send(self) -> timedelta:
        return await self.delivery.turn()

    @property
    def waiting(self) -> int:
        return outgoing.waiting(self.spool)

    def start_again(self) -> "Hub":
        """The process ended, and another one starts; the machine went on."""
        self.spool.close()
        return Hub(self.household, self.radio, self.folder.name, self.machine)


def add_paired(spool: Spool, address: str, kind: str) -> None:
    """As if it had been paired at the terminal, with an empty memory."""
    paired.add(spool, address, kind, kind, may_empty=False)
    spool.execute("UPDATE device SET is_paired = 1 WHERE address = ?", (address,))


class _Quiet(WSGIRequestHandler):
    """Its answers bear the house's time."""

    house: House

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self.house.now.timestamp())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _stop(server: BaseWSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    thread.join(5)
    server.server_close()


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
