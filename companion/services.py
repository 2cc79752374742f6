"""The outside world, built once from the settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from companion.advice.grammar import registry
from companion.care import audit
from companion.care.anchor import public_key_of
from companion.care.anchors import anchor_daily, signing_key
from companion.care.audit_checkups import check_daily
from companion.care.audit_keys import KeyRing
from companion.care.read_log import hash_reads
from companion.clock import Clock, get_zone, system_clock
from companion.compose import composer
from companion.db import make_engine
from companion.erasing.erase import Places, finish_cut_off
from companion.errors import BadInput, Unavailable
from companion.flows import Stores, keep_time
from companion.kpi.hiding import FEWEST
from companion.kpi.keeping import keep_figures
from companion.messages.composed import Compose
from companion.messages.ways_out import WaysOut
from companion.originals import FolderOriginals, Originals
from companion.programme.desk.hours import parse_hours
from companion.programme.guides.news import send_guide_news
from companion.programme.orders.handing_over import hand_over_orders
from companion.programme.outreach.sending import send_tips
from companion.programme.outreach.shipped import tips
from companion.programme.outreach.tips import Tip
from companion.programme.points.shipped import load_rules
from companion.programme.segments.shipped import definitions
from companion.programme.surveys.rounds import look_after_rounds
from companion.readings.opening import open_store
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import ReadingStore
from companion.recognised import recognise_days
from companion.retention.sweep import sweep_daily
from companion.sealing import older, rotating
from companion.sealing.files import SealedFiles
from companion.sealing.keyring import KeyRing as SealingKeys
from companion.sealing.keyring import use_keys
from companion.sealing.master import KeyWrapper
from companion.sealing.places import masters_in
from companion.sent.work import work
from companion.settings import Settings
from companion.sheets import keep_sheets
from companion.supplying.bundles import bundle_of
from companion.supplying.demand_kept import keep_demand
from companion.supplying.posting import poster
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

    @cached_property
    def master_keys(self) -> KeyWrapper:
        """What wraps the keys of people. Raises BadInput for a setting that holds no key."""
        return masters_in(
            file=self.settings.master_key_file,
            may_make=self.settings.may_make_master_key,
            text=self.settings.master_key,
            kms=self.settings.master_key_kms,
            older_kms=self.settings.master_key_kms_older,
            endpoint=self.settings.master_key_kms_endpoint,
        )

    @property
    def originals(self) -> Originals:
        """The files that people sent, sealed."""
        return FolderOriginals(self.settings.originals_folder, SealedFiles(self.engine, self.clock))

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
        """What may take longer than a beat: erasures that were cut off, files, and what is done once a day."""
        self.finish_erasures()
        self.hand_over_orders()
        self.work_on_files()
        self.check_audit()
        keep_figures(self.engine, self.store, self.clock())
        self.recognise()
        self.keep_programme()
        self.sweep()

    def keep_programme(self) -> None:
        """Sheets, tips, news of guides, rounds of questions. While the readings cannot be reached, sheets stay as old
        as they are."""
        try:
            keep_sheets(self.engine, self.store, definitions(self.settings.segments_file), self.clock())
        except Unavailable as away:
            log.warning("sheets wait for the readings", reason=str(away))
        send_tips(self.engine, self.tips, self.clock())
        send_guide_news(self.engine, self.clock())
        look_after_rounds(self.engine, self.clock())
        keep_demand(self.engine, self.clock(), FEWEST)

    def recognise(self) -> int:
        """Points for the days that are over, unless the clinic switched them off; at how many days it looked."""
        if not self.settings.points:
            return 0
        return recognise_days(self.engine, self.store, load_rules(self.settings.points_rules), self.clock())

    @property
    def tips(self) -> tuple[Tip, ...]:
        """Those that may be reviewed, and sent once they are."""
        return tips(self.settings.tips_file, self.settings.segments_file)

    def sweep(self) -> None:
        """Once a day what is past its time goes. What cannot be done now waits for the next turn."""
        try:
            sweep_daily(self.engine, self.clock())
        except (BadInput, OperationalError) as why:
            log.warning("the sweep waits", reason=str(why).splitlines()[0])

    def check_audit(self) -> None:
        """The day's check, with the key that signs our own anchors. None is made for a look."""
        path = self.settings.audit_anchor_key_file
        try:
            keys = [public_key_of(signing_key(path))] if path.exists() else []
            check_daily(self.engine, keys, self.clock())
        except BadInput as why:
            log.warning("the audit's check waits", reason=str(why))

    def finish_erasures(self) -> None:
        """Those that were cut off. They wait while the readings are being moved."""
        if not self.stores.is_read_only:
            finish_cut_off(Places(self.stores, self.originals), self.clock())

    def check_keys(self) -> None:
        """For a start: that what is sealed can be opened here. Makes the first master key. Raises Unavailable without
        the one that is needed, BadInput where it cannot be made."""
        rotating.check(self.engine)
        key_file, database = self.settings.master_key_file, self.engine.url.database or ""
        elsewhere = self.settings.demo or self.settings.master_key or self.settings.master_key_kms
        if not elsewhere and key_file.parent == Path(database).parent:
            log.warning("the master key lies beside the database", advice="move it: docs/security/data-at-rest.md")

    def seal_older(self) -> Iterator[int]:
        """Seals what was kept before there was sealing, step by step."""
        return older.steps(self.engine, self.originals, self.clock)

    def hand_over_orders(self) -> int:
        """Orders to pharmacies that are due. Beside the beat: no reminder waits for a pharmacy's server."""
        post = poster(may_be_private=self.settings.pharmacy_private_hosts)
        try:
            return hand_over_orders(self.engine, bundle_of, post, self.clock)
        except Unavailable as why:
            log.warning("orders wait", reason=str(why))
            return 0

    def work_on_files(self) -> int:
        """The files that are due: large ones to be looked at, those with a yes to be taken in. They wait while the
        readings are being moved."""
        if self.stores.is_read_only:
            return 0
        return work(self.stores, self.originals, self.clock)


def build_services(settings: Settings, clock: Clock = system_clock) -> Services:
    """The services those settings ask for. Raises BadInput for a store that nobody knows, or that cannot erase, and
    for rules of points that name medicine, hours of the desk that cannot be, and files of segments and tips that are
    not clear."""
    parse_hours(settings.desk_hours, get_zone(settings.desk_zone, "COMPANION_DESK_ZONE"))
    if settings.points:
        load_rules(settings.points_rules)
    tips(settings.tips_file, settings.segments_file)
    engine = make_engine(settings.database_url)
    audit.use_keys(engine, KeyRing(settings.audit_key_file))
    stores = Stores(engine, _readings_store(settings, engine), registry.load(), settings.read_only)
    services = Services(settings, engine, clock, stores, ways_set_up(settings, clock))
    use_keys(engine, SealingKeys(services.master_keys))
    return services


def _readings_store(settings: Settings, engine: Engine) -> ReadingStore:
    if settings.readings_url == settings.database_url:
        return SqlReadingStore(engine)
    return open_store(settings.readings_url, token=settings.readings_token)
