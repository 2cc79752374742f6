"""The outside world, built once from the settings."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from companion.advice import registry
from companion.care.contact_models import Kind
from companion.clock import Clock, system_clock
from companion.compose import composer
from companion.db import make_engine
from companion.erasing.erase import Places, finish_cut_off
from companion.flows import Stores, keep_time
from companion.messages.channel import Channel, Webhooks
from companion.messages.channels.console import Console
from companion.messages.ways_out import WaysOut
from companion.originals import FolderOriginals, Originals
from companion.readings.opening import open_store
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import ReadingStore
from companion.sent.work import work
from companion.settings import Settings


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
    def webhooks(self) -> Webhooks | None:
        """What checks and reads the provider's requests; None when messages only go to the console."""
        channel = self.ways.of(Kind.SMS)
        return channel if isinstance(channel, Webhooks) else None

    def beat(self, _now: datetime) -> None:
        """One heartbeat of the jobs process."""
        ahead = timedelta(hours=self.settings.plan_ahead_hours)
        keep_time(self.stores, self.ways, composer(self.settings, self.clock), self.clock, ahead)

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
    stores = Stores(engine, _readings_store(settings, engine), registry.load(), settings.read_only)
    return Services(settings, engine, clock, stores, _ways(settings))


def _readings_store(settings: Settings, engine: Engine) -> ReadingStore:
    if settings.readings_url == settings.database_url:
        return SqlReadingStore(engine)
    return open_store(settings.readings_url, token=settings.readings_token)


def _ways(settings: Settings) -> WaysOut:
    return WaysOut({Kind.SMS: _texts(settings)})


def _texts(settings: Settings) -> Channel:
    if not settings.has_twilio:
        return Console(settings.console_outbox)
    # Imported where it is used: its client and `requests` take a fifth of a second of every start.
    from companion.messages.channels.twilio_sms import TwilioSms

    return TwilioSms(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_from,
        settings.public_url,
        base_url=settings.twilio_base_url,
    )
