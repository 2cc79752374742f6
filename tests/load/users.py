"""What people and hubs do, for locust, which runs in an environment of its own and knows nothing of `companion`.

It is started where `cast.json` tells who they are, and which web processes there are: each serves some of them.
"""

import itertools
import json
import random
import re
import time
from datetime import UTC, datetime
from http.cookiejar import Cookie
from pathlib import Path
from urllib.parse import urlsplit

from hub_bodies import Meter  # beside this file, where locust looks
from locust import FastHttpUser, between, constant, constant_pacing, task

CAST = json.loads(Path("cast.json").read_text(encoding="utf-8"))
ADDRESSES = itertools.cycle(CAST["addresses"])
PATIENTS, DOCTORS, HUBS = (itertools.cycle(CAST[kind]) for kind in ("patients", "doctors", "hubs"))
FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
THINK_S = 10
OUTAGE = 20
"""So many sessions a hub spooled while the service was away; it sends them as soon as it is back."""
BATCH = 50
NUMBERS = itertools.count(1)


class Person(FastHttpUser):
    """Somebody with a browser, signed in."""

    abstract = True

    def __init__(self, environment: object) -> None:
        self.host = next(ADDRESSES)
        super().__init__(environment)

    def come_in(self, known: dict[str, str]) -> None:
        self.id = known["id"]
        self.client.cookiejar.set_cookie(session_cookie(urlsplit(self.host).hostname or "", known["secret"]))


class Patient(Person):
    """In the morning: looks at the day, answers the dose that is due, types a value in, looks at the last ones."""

    wait_time = constant(THINK_S)

    def on_start(self) -> None:
        self.come_in(next(PATIENTS))
        self.waits_for_answer = True

    @task(5)
    def day(self) -> None:
        self.client.get("/today", name="patient: today")

    @task(2)
    def values(self) -> None:
        self.client.get("/readings", name="patient: readings")

    @task(2)
    def answer(self) -> None:
        """Once; later they only look."""
        if self.waits_for_answer:
            self.waits_for_answer = False
            self._answer()
        else:
            self.day()

    def _answer(self) -> None:
        me = self.client.get("/api/v1/me", name="patient: who I am")
        headers = {"X-CSRFToken": me.json()["csrf_token"]}
        doses = self.client.get(f"/api/v1/patients/{self.id}/doses", name="patient: doses").json()["doses"]
        for dose in doses:
            if dose["state"] in ("due", "planned", "snoozed"):
                path = f"/api/v1/doses/{dose['id']}/answer"
                self.client.post(path, json={"answer": "taken"}, headers=headers, name="patient: took it")

    @task(1)
    def type_in(self) -> None:
        path = "/readings/new/glucose"
        page = self.client.get(path, name="patient: a value's form")
        token = FORM_TOKEN.search(page.text)
        if token is None:
            return
        form = {"csrf_token": token[1], "value": str(random.randint(100, 160)), "unit": "mg/dL", "meal": "fasting"}
        form["time"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")
        self.client.post(path, data=form, allow_redirects=False, name="patient: typed a value in")


class Doctor(Person):
    """In clinic hours: the queue, the overview, one patient after the other."""

    wait_time = between(5, 15)
    fixed_count = len(CAST["doctors"])

    def on_start(self) -> None:
        self.come_in(next(DOCTORS))
        page = self.client.get("/clinic/patients", name="doctor: patients").text
        self.hers = sorted(set(re.findall(r"/clinic/patients/(pa_\w+)", page))) or [CAST["patients"][0]["id"]]

    @task(3)
    def queue(self) -> None:
        self.client.get("/doctor/queue", name="doctor: queue")

    @task(1)
    def overview(self) -> None:
        self.client.get("/doctor/panel", name="doctor: overview")

    @task(4)
    def patient(self) -> None:
        self.client.get(f"/clinic/patients/{random.choice(self.hers)}", name="doctor: a patient")


class Hub(FastHttpUser):
    """After an outage: what it spooled goes out as fast as it is taken, then a few values a minute."""

    wait_time = constant_pacing(60)
    fixed_count = len(CAST["hubs"])

    def __init__(self, environment: object) -> None:
        self.host = next(ADDRESSES)
        super().__init__(environment)

    def on_start(self) -> None:
        self.token, self.meter = next(HUBS), Meter(next(NUMBERS), datetime.now(UTC))
        self.post("/devices", self.meter.device, "hub: a device")
        time.sleep(CAST["back_after_s"])  # the outage ends when everybody has come in, and counting begins
        for _ in range(OUTAGE):
            self.send(BATCH, "hub: spooled")

    @task
    def one_session(self) -> None:
        self.send(3, "hub: a session")

    def send(self, count: int, name: str) -> None:
        self.post("/readings:batch", self.meter.batch(count, datetime.now(UTC)), name)

    def post(self, path: str, body: dict[str, object], name: str) -> None:
        self.client.post(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {self.token}"}, name=name)


def session_cookie(host: str, secret: str) -> Cookie:
    """As the service sets it when somebody signs in."""
    return Cookie(
        version=0, name=CAST["cookie"], value=secret, port=None, port_specified=False, domain=host,
        domain_specified=False, domain_initial_dot=False, path="/", path_specified=True, secure=False, expires=None,
        discard=False, comment=None, comment_url=None, rest={},
    )  # fmt: skip
