"""Programs that read a patient's meter and bring what it says, as the hub does: a batch under a key, until it is
taken."""

from datetime import datetime, timedelta
from typing import Any

import requests

from companion.devices.profiles.assigned_numbers import GLUCOSE_CONTEXT, GLUCOSE_MEASUREMENT
from tests.chaos.books import READING, REFUSED
from tests.chaos.clinics import Clinic
from tests.chaos.patients import Patient
from tests.chaos.programs import API, CREATED, Client
from tests.world import FASTING, context_bytes, glucose_bytes

LOW, USUAL = 50, range(95, 141)
LOW_ONE_IN = 60
FASTED = (150, 155, 158)
"""Labelled, on three mornings: the protocol suggests an increase."""
AT_ONCE = 4
LONG_AGO = timedelta(days=30)


class Meter:
    """One meter's memory; its clock is right, and no two records bear the same second."""

    def __init__(self, clinic: Clinic, patient: Patient, token: str) -> None:
        self.patient, self.token = patient, token
        self._clinic, self._sequence, self._batches = clinic, 0, 0
        self._newest = self._shows() - LONG_AGO

    @property
    def is_new(self) -> bool:
        return self._sequence == 0

    def device(self) -> dict[str, str]:
        return {"kind": "meter", "address": self.patient.meter, "manufacturer": "Maker", "model": "M1"}

    def fasted(self) -> dict[str, Any]:
        """The first download: three mornings, today's last."""
        last = len(FASTED) - 1
        ago = [timedelta(days=last - number, hours=3) for number in range(len(FASTED))]
        return self._batch([item for mg_dl, by in zip(FASTED, ago, strict=True) for item in self._record(mg_dl, by)])

    def measured(self, *mg_dl: int) -> dict[str, Any]:
        """Just now."""
        return self._batch([item for value in mg_dl for item in self._record(value)])

    def _record(self, mg_dl: int, ago: timedelta | None = None) -> list[dict[str, str]]:
        self._sequence += 1
        shown = self._newest = max(self._shows() - (ago or timedelta(0)), self._newest + timedelta(seconds=1))
        record = glucose_bytes(self._sequence, shown, mg_dl, context_follows=ago is not None)
        found = [self._item(GLUCOSE_MEASUREMENT, record)]
        return found if ago is None else [*found, self._item(GLUCOSE_CONTEXT, context_bytes(self._sequence, FASTING))]

    def _item(self, characteristic: str, record: bytes) -> dict[str, str]:
        now = self._clinic.clocks.world().isoformat()
        return {"characteristic": characteristic, "value": record.hex(), "received_at": now}

    def _batch(self, items: list[dict[str, str]]) -> dict[str, Any]:
        self._batches += 1
        clock = {"device_time": self._shows().isoformat(), "read_at": self._clinic.clocks.world().isoformat()}
        return {"device": self.device(), "clock": clock, "items": items, "complete": True}

    def _shows(self) -> datetime:
        return self._clinic.clocks.world().astimezone(self._clinic.world.zone).replace(tzinfo=None, microsecond=0)

    @property
    def key(self) -> str:
        return f"{self.patient.number}-{self._batches}"

    @property
    def sequence(self) -> int:
        return self._sequence


class Reader(Client):
    """Reads some meters, one after the other. Each is read for the first time at a moment of its own."""

    def __init__(self, clinic: Clinic, name: str, seed: int, patients: list[Patient], first_within_s: float) -> None:
        super().__init__(clinic, name, seed, pause_s=0.05)
        self._patients = list(patients)
        self._pace_s = first_within_s / max(len(patients), 1)
        self._meters: list[Meter] = []
        self._next_at = clinic.seconds()

    def act(self) -> None:
        if self._patients and self.clinic.seconds() >= self._next_at:
            self._next_at += self.dice.uniform(0.5, 1.5) * self._pace_s
            self._meters.append(self._pair(self._patients.pop()))
        if self._meters:
            self._read(self.dice.choice(self._meters))

    def _pair(self, patient: Patient) -> Meter:
        """By the code of the patient's page. An answer that got lost took the code with it: a new one is shown."""
        code = patient.pairing_code
        while True:
            told = self.ask("POST", f"{API}/hubs:pair", requests.request, json={"code": code, "name": "Program"})
            if told.status_code == CREATED:
                meter = Meter(self.clinic, patient, told.json()["token"])
                self._post(meter, "/devices", meter.device())
                return meter
            self.rest(0.5)
            code = self.clinic.new_code(patient) or code

    def _read(self, meter: Meter) -> None:
        first = meter.sequence + 1
        body = meter.fasted() if meter.is_new else meter.measured(*self._values())
        answer = self._post(meter, "/readings:batch", body)
        is_taken = answer.status_code == CREATED
        more = {} if is_taken else {"status": answer.status_code, "code": answer.json().get("code", "")}
        for sequence in range(first, meter.sequence + 1):
            kind = READING if is_taken else REFUSED
            self.books.note(kind, patient=meter.patient.person.public_id, sequence=sequence, **more)

    def _values(self) -> list[int]:
        count = self.dice.randint(1, AT_ONCE)
        return [LOW if self.dice.randrange(LOW_ONE_IN) == 0 else self.dice.choice(USUAL) for _ in range(count)]

    def _post(self, meter: Meter, path: str, body: dict[str, Any]) -> requests.Response:
        """As the hub does: the same batch under the same key, sent at the moment at which it is sent."""
        headers = {"Authorization": f"Bearer {meter.token}"}
        if "items" in body:
            headers["Idempotency-Key"] = meter.key

        def send(method: str, url: str, **how: Any) -> requests.Response:
            sent = body | ({"sent_at": self.clinic.clocks.world().isoformat()} if "items" in body else {})
            return requests.request(method, url, json=sent, headers=headers, **how)

        return self.ask("POST", f"{API}{path}", send)
