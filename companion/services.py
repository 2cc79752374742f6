"""The outside world, built once from the settings."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from companion.advice.grammar import registry
from companion.care import audit
from companion.care.anchors import anchor_daily
from companion.care.audit_keys import KeyRing
from companion.care.read_log import hash_reads
from companion.clock import Clock, system_clock
from companion.compose import composer
from companion.db import make_engine
from companion.erasing.erase import Places, finish_cut_off
from companion.errors import BadInput
from companion.flows import Stores, keep_time
from companion.messages.composed import Compose
from companion.messages.ways_out import WaysOut
from companion.originals import FolderOriginals, Originals
from companion.readings.opening import open_store
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import ReadingStore
from companion.sent.work import work
from companion.settings import Settings
from companion.ways_set_up import ways_set_up

log = structlog.get_logger()


@dataclass(frozen=True)
class Services:
    """Everything a process works with."""

    settings: Settings
    engine: Engine
    clock: Clock
    stores: Stores
    ways: WaysOut

    @property
    def store(self) -> ReadingStore:
        return self.stores.readings

    @property
    def originals(self) -> Originals:
        """The files that people sent."""
        return FolderOriginals(self.settings.originals_folder)

    @property
    def compose(self) -> Compose:
        """What words messages as they leave."""
        return composer(self.settings, self.clock)

    def beat(self, _now: datetime) -> None:
        """One heartbeat of the jobs process."""
        ahead = timedelta(hours=self.settings.plan_ahead_hours)
        keep_time(self.stores, self.ways, self.compose, self.clock, ahead)
        self.keep_audit()

    def keep_audit(self) -> None:
        """Hashes what was read since, and signs the day's anchor. What cannot be done now waits for the next beat."""
        settings = self.settings
        try:
            hash_reads(self.engine, self.clock())
            anchor_daily(self.engine, settings.audit_anchor_key_file, settings.audit_anchor_folder, self.clock())
        except (BadInput, OperationalError) as why:
            log.warning("the audit waits", reason=str(why).splitlines()[0])

    def long_work(self) -> None:
        """What may take longer than a beat: erasures that were cut off, and files."""
        self.finish_erasures()
        self.work_on_files()

    def finish_erasures(self) -> None:
        """Those that were cut off. They wait while the readings are being moved."""
        if not self.stores.is_read_only:
            finish_cut_off(Places(self.stores, self.originals), self.clock())

    def work_on_files(self) -> int:
        """The files that are due: large ones to be looked at, those with a yes to be taken in. They wait while the
        readings are being moved."""
        if self.stores.is_read_only:
            return 0
        return work(self.stores, self.originals, self.clock)


def build_services(settings: Settings, clock: Clock = system_clock) -> Services:
    """The services those settings ask for. Raises BadInput for a store that nobody knows, or that cannot erase."""
    engine = make_engine(settings.database_url)
    audit.use_keys(engine, KeyRing(settings.audit_key_file))
    stores = Stores(engine, _readings_store(settings, engine), registry.load(), settings.read_only)
    return Services(settings, engine, clock, stores, ways_set_up(settings, clock))


def _readings_store(settings: Settings, engine: Engine) -> ReadingStore:
    if settings.readings_url == settings.database_url:
        return SqlReadingStore(engine)
    return open_store(settings.readings_url, token=settings.readings_token)
