"""What the storm says is done to a clinic. Every act is told in a line, with the seed by which it can be repeated."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from tests.chaos.clinics import Clinic
from tests.chaos.parts import Part
from tests.chaos.storms import Event
from tests.fake_twilio import Fault

A_WHILE_S = 1.5
"""How long what is away stays away, times the event's amount; and how long a process is stopped."""
AN_HOURS_STEPS = 6
ODD = (Fault.ERROR_AFTER_ACCEPT, Fault.HANG_AFTER_ACCEPT, Fault.ERROR_BEFORE_ACCEPT)


class Storm(threading.Thread):
    """Does one event after the other, each at its time or as soon as the one before is over. `done` counts them."""

    def __init__(
        self,
        clinic: Clinic,
        seed: int,
        events: Sequence[Event],
        pace: float,
        spared_s: float,
        say: Callable[[str], None],
    ) -> None:
        """`pace`: so many times slower than rolled. `spared_s`: what a kill's amount is a hundredth part of."""
        super().__init__(daemon=True)
        self._pace, self._spared_s = pace, spared_s
        self.done: Counter[str] = Counter()
        self.failed: list[str] = []
        self._clinic, self._seed, self._events, self._say = clinic, seed, events, say
        self._is_over = threading.Event()

    def run(self) -> None:
        began = time.monotonic()
        for event in self._events:
            if self._is_over.wait(max(began + event.at_s * self._pace - time.monotonic(), 0)):
                return
            try:
                self._do(event)
            except Exception as error:  # noqa: BLE001 — told at the end, beside the books
                self.failed.append(f"storm: {event.what}: {type(error).__name__}: {error}")

    def stop(self) -> None:
        """What is broken is mended first."""
        self._is_over.set()
        self.join(60)

    def _do(self, event: Event) -> None:
        name = getattr(self, f"_{event.what.name.lower()}")(event)
        if name is not None:
            self.done[f"{event.what}: {name}" if name else str(event.what)] += 1

    def _tell(self, event: Event, what: str = "") -> None:
        clinic = self._clinic
        self._say(f"seed {self._seed}  {clinic.name}  {clinic.seconds():6.1f} s  {event.what}  {what}".rstrip())

    # Processes

    def _kill(self, event: Event) -> str | None:
        """Spared, if it was started so lately that it could not do anything yet; the event says how lately."""
        part = self._part(event, self._clinic.parts)
        if time.monotonic() - part.started_at < self._spared_s * event.amount / 100:
            return None
        self._tell(event, part.name)
        part.send(signal.SIGKILL)
        return part.kind

    def _kill_worker(self, event: Event) -> str | None:
        part = self._part(event, [part for part in self._clinic.parts if part.kind == "web"])
        if not part.kill_worker(event.whom):
            return None
        self._tell(event, part.name)
        return part.kind

    def _freeze(self, event: Event) -> str:
        part = self._part(event, self._clinic.parts)
        self._tell(event, f"{part.name}, for {event.amount} s of the world")
        part.send(signal.SIGSTOP)
        time.sleep(A_WHILE_S / 2)
        self._clinic.clocks.pass_time(timedelta(seconds=event.amount))
        time.sleep(A_WHILE_S)
        part.send(signal.SIGCONT)
        return part.kind

    def _part(self, event: Event, among: Sequence[Part]) -> Part:
        return among[event.whom % len(among)]

    # Clocks

    def _time_passes(self, event: Event) -> str:
        self._tell(event, f"{event.amount} s")
        self._clinic.clocks.pass_time(timedelta(seconds=event.amount))
        return ""

    def _clock_ahead(self, event: Event) -> str:
        return self._set_wrong(event, timedelta(seconds=event.amount))

    def _clock_behind(self, event: Event) -> str:
        return self._set_wrong(event, -timedelta(seconds=event.amount))

    def _set_wrong(self, event: Event, by: timedelta) -> str:
        """For a while; then somebody sets it right."""
        self._tell(event, f"by {event.amount} s")
        self._clinic.clocks.set_wrong(by)
        time.sleep(2 * A_WHILE_S)
        self._clinic.clocks.set_wrong(timedelta(0))
        return ""

    # What stands behind

    def _disk_full(self, event: Event) -> str:
        disk = self._clinic.disk
        assert disk is not None
        processes = [pid for part in self._clinic.parts for pid in part.pids()]
        self._tell(event, "" if disk.is_real else "(files may not grow)")
        disk.fill(processes)
        time.sleep(event.amount * A_WHILE_S)
        disk.empty(processes)
        return ""

    def _database_gone(self, event: Event) -> str:
        assert self._clinic.database is not None
        return self._away(event, self._clinic.database.kill, self._clinic.database.start)

    def _readings_gone(self, event: Event) -> str:
        assert self._clinic.readings is not None
        return self._away(event, self._clinic.readings.kill, self._clinic.readings.start)

    def _away(self, event: Event, kill: Callable[[], None], start: Callable[[], None]) -> str:
        self._tell(event, f"for {event.amount * A_WHILE_S:.0f} s")
        kill()
        time.sleep(event.amount * A_WHILE_S)
        start()
        return ""

    # The provider

    def _provider_down(self, event: Event) -> str:
        self._tell(event)
        self._clinic.twilio.is_down = True
        for _ in range(AN_HOURS_STEPS):
            time.sleep(A_WHILE_S)
            self._clinic.clocks.pass_time(timedelta(seconds=event.amount / AN_HOURS_STEPS))
        self._clinic.twilio.is_down = False
        return ""

    def _provider_odd(self, event: Event) -> str:
        fault = ODD[event.whom % len(ODD)]
        self._tell(event, f"{event.amount} times: {fault.name.lower()}")
        self._clinic.twilio.faults.extend([fault] * event.amount)
        return f"{fault.name.lower()}"
