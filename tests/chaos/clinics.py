"""Two clinics of whole processes: one machine on a small disk, and several on PostgreSQL and InfluxDB."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tests.chaos.books import Books
from tests.chaos.clocks import Clocks
from tests.chaos.disks import SmallDisk, small_disk
from tests.chaos.homes import Home, home_of
from tests.chaos.parts import Part, own_environment
from tests.chaos.patients import Patient, code_for, enrol
from tests.chaos.storms import What
from tests.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, FakeTwilio
from tests.readings.backends import influx_database
from tests.servers import HttpServer, PostgresqlServer, free_port, influxdb, own_database, postgresql_server
from tests.world import World

KEY = "chaos" * 10
EVERYWHERE = {
    What.KILL,
    What.KILL_WORKER,
    What.FREEZE,
    What.TIME_PASSES,
    What.CLOCK_AHEAD,
    What.CLOCK_BEHIND,
    What.PROVIDER_DOWN,
    What.PROVIDER_ODD,
}


@dataclass
class Clinic:
    """Its people in `world`, its processes in `parts`, and what can be broken around them."""

    name: str
    folder: Path
    world: World
    clocks: Clocks
    twilio: FakeTwilio
    books: Books
    addresses: list[str]
    parts: list[Part]
    may_happen: set[What]
    disk: SmallDisk | None = None
    database: PostgresqlServer | None = None
    readings: HttpServer | None = None
    patients: list[Patient] = field(default_factory=list)
    home: Home | None = None

    began: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Since it was made, by a clock that nobody sets."""
        return time.monotonic() - self.began

    def new_code(self, patient: Patient) -> str:
        """Shown by the patient's page, in the place of the one before; empty while the records cannot be reached."""
        try:
            return code_for(self.world, patient.person, self.clocks.service())
        except SQLAlchemyError:
            return ""

    @property
    def public_url(self) -> str:
        """What the provider signs for, whichever process answers."""
        return self.addresses[0]


@contextmanager
def one_machine(folder: Path, patients: int) -> Iterator[Clinic]:
    """SQLite on a small disk; one web process with two workers, one jobs process."""
    with ExitStack() as stack:
        clocks, twilio = _around(folder, stack)
        disk = stack.enter_context(small_disk(folder / "disk"))
        world = World(disk.folder, starts_at=clocks.world())
        clinic = _clinic("one machine", folder, world, clocks, twilio, web=1, jobs=1)
        clinic.disk, clinic.may_happen = disk, EVERYWHERE | {What.DISK_FULL}
        yield _with_people(clinic, patients, stack)


@contextmanager
def several_machines(folder: Path, patients: int) -> Iterator[Clinic]:
    """PostgreSQL and InfluxDB; two web processes with two workers each, two jobs processes."""
    with ExitStack() as stack:
        clocks, twilio = _around(folder, stack)
        database, readings = stack.enter_context(postgresql_server()), stack.enter_context(influxdb())
        urls = {
            "database_url": stack.enter_context(own_database(database.url)),
            "readings_url": stack.enter_context(influx_database(readings)),
        }
        world = World(folder, starts_at=clocks.world(), **urls)
        clinic = _clinic("several machines", folder, world, clocks, twilio, web=2, jobs=2)
        clinic.database, clinic.readings = database, readings
        clinic.may_happen = EVERYWHERE | {What.DATABASE_GONE, What.READINGS_GONE}
        yield _with_people(clinic, patients, stack)


def _around(folder: Path, stack: ExitStack) -> tuple[Clocks, FakeTwilio]:
    clocks = Clocks(folder / "faketime")
    return clocks, stack.enter_context(FakeTwilio(clock=clocks.world, hangs_for_s=3))


def _clinic(
    name: str, folder: Path, world: World, clocks: Clocks, twilio: FakeTwilio, *, web: int, jobs: int
) -> Clinic:
    ports = [free_port() for _ in range(web)]
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    settings = {
        "COMPANION_SECRET_KEY": KEY,
        "COMPANION_HEARTBEAT_SECONDS": "1",
        "COMPANION_ORIGINALS_FOLDER": str(world.folder / "originals"),
        "COMPANION_PUBLIC_URL": addresses[0],
        "COMPANION_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "COMPANION_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "COMPANION_TWILIO_FROM": NUMBER,
        "COMPANION_TWILIO_BASE_URL": twilio.url,
        "COMPANION_TWILIO_TEXTS_PER_SECOND": "50",
        "TMPDIR": str(folder),
    }
    environment = own_environment() | world.environment | settings | clocks.environment()
    served = [environment | {"COMPANION_PORT": str(port)} for port in ports]
    parts = [Part(f"web-{number}", ["serve"], folder, each) for number, each in enumerate(served, 1)]
    parts += [Part(f"jobs-{number}", ["jobs"], folder, environment) for number in range(1, jobs + 1)]
    books = Books(folder / "books.jsonl")
    return Clinic(name, folder, world, clocks, twilio, books, addresses, parts, set())


def _with_people(clinic: Clinic, patients: int, stack: ExitStack) -> Clinic:
    """The last patient has a hub at home."""
    clinic.patients = [enrol(clinic.world, number) for number in range(patients)]
    clinic.home = stack.enter_context(home_of(clinic.world, clinic.folder, clinic.clocks))
    clinic.parts.append(clinic.home.hub)
    stack.callback(clinic.world.engine.dispose)
    return clinic
