"""Whatever happens in whatever order to a hub's clock, network, process and machine: every value reaches the service
once, and where anybody can know when it came, the service knows it."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from companion.devices.radio.session import Identity
from companion.devices.records.payloads import RawPayload
from companion.hub import outgoing, sessions
from companion.hub.clock_jumps import look_at_clock
from companion.hub.moment import in_frame_of
from companion.hub.recovery import recover
from companion.hub.sender import Sender
from companion.hub.service import Reply, Unreachable
from companion.hub.spool import open_spool
from companion.hub.verdict import Answer
from tests.devices.air import play
from tests.hub.household import Machine, add_paired

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ADDRESS = "AA:01"
SPANS = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3))
JUMPS = st.timedeltas(min_value=-timedelta(days=9000), max_value=timedelta(days=9000))


class Model(NamedTuple):
    """The service, as the sender asks it."""

    post: Callable[[str, dict[str, Any], str], Reply]
    tell_time: Callable[[], datetime]


class Home(RuleBasedStateMachine):
    """`true_now` is the service's time. The service is a model of docs/api-batch.md: it judges a key's clock once."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "spool.db"
        self.true_now = NOON
        self.machine = Machine(NOON)
        self.spool = open_spool(self.path)
        self.came_at: dict[str, datetime] = {}
        self.taken_at: dict[str, datetime | None] = {}
        self.skews: dict[str, timedelta] = {}
        self.contents: dict[str, dict[str, Any]] = {}

    @initialize(off_by=JUMPS)
    def begin(self, off_by: timedelta) -> None:
        self.machine.wall += off_by
        add_paired(self.spool, ADDRESS, "meter")
        look_at_clock(self.spool, self.machine())

    # What happens

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        self.true_now += span
        self.machine.pass_time(span)

    @rule(by=JUMPS)
    def somebody_sets_the_clock(self, by: timedelta) -> None:
        self.machine.wall, self.machine.is_synchronised = self.machine.wall + by, False
        look_at_clock(self.spool, self.machine())

    @rule()
    def the_network_sets_the_clock(self) -> None:
        self.machine.wall, self.machine.is_synchronised = self.true_now, True
        look_at_clock(self.spool, self.machine())

    @rule(off_for=SPANS, clock_went_on=st.booleans())
    def the_machine_starts_anew(self, off_for: timedelta, clock_went_on: bool) -> None:
        self.true_now += off_for
        self.machine.restart(off_for if clock_went_on else timedelta(0))
        self.machine.is_synchronised = False
        self.the_hub_starts_anew()

    @rule()
    def the_hub_starts_anew(self) -> None:
        self.spool.close()
        self.spool = open_spool(self.path)
        look_at_clock(self.spool, self.machine())
        recover(self.spool)

    @rule(values=st.integers(1, 4), dies=st.booleans())
    def a_device_is_read(self, values: int, dies: bool) -> None:
        start = self.machine()
        number = sessions.begin(self.spool, ADDRESS, start)
        payloads = []
        for _ in range(values):
            self.true_now += timedelta(seconds=1)
            self.machine.pass_time(timedelta(seconds=1))
            raw = len(self.came_at).to_bytes(4, "big")
            payloads.append(RawPayload("2a18", raw, in_frame_of(start, self.machine().uptime)))
            sessions.keep(self.spool, number, payloads[-1])
            self.came_at[raw.hex()] = self.true_now
        if dies:
            self.the_hub_starts_anew()
        else:
            device = {"kind": "meter", "address": ADDRESS}
            sessions.end(self.spool, number, sessions.Ended(device, Identity(), None, payloads, is_complete=True))

    @rule()
    def the_network_is_gone(self) -> None:
        self._send(self._no_answer)

    @rule()
    def the_service_is_asked(self) -> None:
        self._send(self._answer)

    @rule()
    def the_service_is_asked_and_its_answer_is_lost(self) -> None:
        self._send(self._answer_that_is_lost)

    def _send(self, post: Callable[[str, dict[str, Any], str], Reply]) -> None:
        play(Sender(self.spool, self.machine, Model(post, self._tell_time)).send_all())

    # The service

    def _no_answer(self, _path: str, _body: dict[str, Any], _key: str) -> Reply:
        raise Unreachable("no network")

    def _answer_that_is_lost(self, path: str, body: dict[str, Any], key: str) -> Reply:
        self._answer(path, body, key)
        raise Unreachable("lost")

    def _tell_time(self) -> datetime:
        return self.true_now

    def _answer(self, path: str, body: dict[str, Any], key: str) -> Reply:
        if path == "/readings:batch":
            content = {name: value for name, value in body.items() if name not in ("sent_at", "times_known")}
            assert self.contents.setdefault(key, content) == content, "another batch under the same key"
            skew = self.skews.setdefault(key, self.true_now - datetime.fromisoformat(body["sent_at"]))
            for item in body["items"]:
                at = datetime.fromisoformat(item["received_at"]) + skew
                self.taken_at.setdefault(item["value"], at if body["times_known"] else None)
        return Reply(Answer(201, "application/json"), {}, self.true_now)

    # What must hold

    @invariant()
    def nothing_is_refused_and_nothing_is_lost(self) -> None:
        assert outgoing.refusals(self.spool) == []
        assert outgoing.waiting(self.spool) + len(self.taken_at) >= len(self.came_at)

    @invariant()
    def what_the_service_dates_it_dates_rightly(self) -> None:
        wrong = {
            value: (at, self.came_at[value])
            for value, at in self.taken_at.items()
            if at is not None and abs(at - self.came_at[value]) > timedelta(seconds=2)
        }
        assert wrong == {}

    def teardown(self) -> None:
        self.the_hub_starts_anew()
        self.the_service_is_asked()
        assert set(self.taken_at) == set(self.came_at)
        assert outgoing.waiting(self.spool) == 0
        self.spool.close()
        self._folder.cleanup()


TestHome = Home.TestCase
TestHome.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
