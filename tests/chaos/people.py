"""Patients who answer their doses, a telephone network that reports and replies, and the doctor who decides."""

from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.chaos.books import ANSWER, APPROVAL, RECEIPT, REPLY, SUGGESTION, TOLD_NO
from tests.chaos.clinics import Clinic
from tests.chaos.programs import CREATED, Client, SignedIn
from tests.fake_twilio import ACCOUNT_SID, NUMBER, Text, signature

TAKEN_ONE_IN, REPLY_ONE_IN = 2, 3
OPEN = ("due", "missed", "missed_unreached")


class Patients(Client):
    """Each looks at the day's doses now and then and answers some of those that are due, by the app."""

    def __init__(self, clinic: Clinic, seed: int) -> None:
        super().__init__(clinic, "patients", seed, pause_s=0.1)
        self._signed_in = [(each, SignedIn(self, each.person)) for each in clinic.patients]

    def act(self) -> None:
        patient, api = self.dice.choice(self._signed_in)
        found = api.get(f"/patients/{patient.person.public_id}/doses")
        if found.status_code != requests.codes.ok:
            return
        for dose in found.json()["doses"]:
            if dose["state"] in OPEN and self.dice.randrange(TAKEN_ONE_IN) == 0:
                self._take(api, dose["id"])

    def _take(self, api: SignedIn, dose: str) -> None:
        answer = api.post(f"/doses/{dose}/answer", {"answer": "taken"})
        if answer.status_code == requests.codes.ok and answer.json()["state"] == "taken":
            self.books.note(ANSWER, dose=dose)


class Telephones(Client):
    """Tells of every text that it arrived, as Twilio does, three times at most; and some people reply "1"."""

    def __init__(self, clinic: Clinic, seed: int) -> None:
        super().__init__(clinic, "telephones", seed, pause_s=0.1)
        self._seen = 0

    def act(self) -> None:
        ledger = self.clinic.twilio.ledger
        while self._seen < len(ledger):
            text = ledger[self._seen]
            self._seen += 1
            self._report(text)
            if self.dice.randrange(REPLY_ONE_IN) == 0:
                self._reply(text.to)

    def _report(self, text: Text) -> None:
        form = {
            "MessageSid": text.sid,
            "AccountSid": ACCOUNT_SID,
            "MessageStatus": "delivered",
            "To": text.to,
            "From": text.sender,
        }
        text.status = "delivered"
        path = urlsplit(text.status_callback).path
        for _ in range(3):
            answer = self._post_once(path, form)
            if answer is not None and answer.ok:
                self.books.note(RECEIPT, attempt=path.rpartition("/")[2])
                return
            self.rest(0.1)

    def _reply(self, number: str) -> None:
        """Told of until it is heard: the same text, under the same id."""
        sid = "SM" + token_hex(16)
        form = {"MessageSid": sid, "AccountSid": ACCOUNT_SID, "From": number, "To": NUMBER, "Body": "1"}
        answer = self._post("/hooks/twilio_sms/inbound", form)
        if answer.ok:
            self.books.note(REPLY, sid=sid)

    def _post(self, path: str, form: dict[str, str]) -> requests.Response:
        return self.ask("POST", path, requests.request, data=form, headers=self._signed(path, form))

    def _post_once(self, path: str, form: dict[str, str]) -> requests.Response | None:
        address = self.dice.choice(self.clinic.addresses)
        try:
            return requests.post(f"{address}{path}", data=form, headers=self._signed(path, form), timeout=5)
        except requests.RequestException:
            return None

    def _signed(self, path: str, form: dict[str, str]) -> dict[str, str]:
        return {"X-Twilio-Signature": signature(self.clinic.public_url + path, form)}


class Doctor(Client):
    """Looks at what waits and approves it, one after the other, as she sees it at that moment."""

    def __init__(self, clinic: Clinic, seed: int) -> None:
        super().__init__(clinic, "doctor", seed, pause_s=0.5)
        self._api, self._seen = SignedIn(self, clinic.world.doctor), set[str]()

    def act(self) -> None:
        found = self._api.get("/suggestions")
        if found.status_code != requests.codes.ok:
            return
        for suggestion in found.json()["suggestions"]:
            self._see(suggestion["id"])
            self._approve(suggestion["id"])

    def _see(self, suggestion: str) -> None:
        """What was on her screen is there for good, whatever becomes of it."""
        if suggestion not in self._seen:
            self._seen.add(suggestion)
            self.books.note(SUGGESTION, suggestion=suggestion)

    def _approve(self, suggestion: str) -> None:
        shown = self._api.get(f"/suggestions/{suggestion}")
        if shown.status_code != requests.codes.ok:
            return
        answer = self._api.post(
            f"/suggestions/{suggestion}/review", {"decision": "approved"}, If_Match=shown.headers["ETag"]
        )
        if answer.status_code == CREATED:
            told: dict[str, Any] = answer.json()
            self.books.note(APPROVAL, suggestion=suggestion, amount=told["amount"]["value"])
        elif answer.status_code == requests.codes.forbidden:  # her password is no longer fresh
            self._api.sign_out()
        else:
            self.books.note(TOLD_NO, suggestion=suggestion, code=answer.json().get("code"))
