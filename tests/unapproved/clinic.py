"""A clinic whose every public door can be pushed, with an oracle beside it that knows what may come of it.

The oracle is written from the first rule of the service and its reference, not from the code it judges: it decides
from the database as it was just before a push whether the push is a named clinician's act, fresh and on the data shown.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Plan, Review, Suggestion, Withdrawal
from companion.care.consent import Scope
from companion.care.people import Person, Role
from companion.care.regimens import RegimenRevision
from companion.crash_points import Point, listeners
from companion.db import writing
from companion.messages.models import Message, Purpose
from companion.messages.outbox import enqueue
from tests.web.conftest import Browser
from tests.web.loop.house import House

FRESH = timedelta(minutes=15)
PRESENT = Decimal(16)
AMOUNT = re.compile(r"(?<![\w.-])(\d+(?:\.\d+)?)\s*(?:U\b|单位)")
"""Not within a token, whose letters are chance."""
OF_A_CHANGE = (Purpose.ADVICE, Purpose.WITHDRAWAL)


class Killed(BaseException):
    """The process died here. Nothing in the service may catch it."""


@dataclass(frozen=True)
class Allowed:
    """A decision that a named clinician really made, and that may therefore stand."""

    suggestion: int
    decision: str
    amount: Decimal | None
    by: int


@dataclass(frozen=True)
class Answer:
    """An answer of the API: its status, and the code of a refusal."""

    status: int
    code: str = ""


@dataclass(frozen=True)
class Pushed:
    """What came of a push; no answer if the process died. `may`: whether the oracle would let it be. `takes_two`: it
    would, once another clinician has signed."""

    answer: Answer | None
    may: bool
    takes_two: bool = False
    is_held: bool = False
    is_over: bool = False

    @property
    def status(self) -> int | None:
        return self.answer.status if self.answer else None


@dataclass(frozen=True)
class Forged:
    """What a program claims of a review."""

    id: int
    decision: str


class Clinic(House):
    """Anna takes 16 U; Dr. Roth and Dr. Stern both treat her. Everybody has a browser that stays open."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.titration()
        with writing(self.engine) as session:
            self.link(session, self.anna, self.other_doctor, Scope.CARE)
            foreign = self.add(session, Role.CLINICIAN, "Dr. Fern", None)
        self.foreign_doctor = foreign
        self.give_login(foreign, "foreign_doctor")
        self.browsers: dict[int, Browser] = {}
        self.typed_at: dict[int, datetime] = {}
        self.allowed: set[Allowed] = set()
        self.proposed: dict[int, tuple[int, Decimal]] = {}
        for person in self.everybody:
            self.type_password(person)

    @property
    def treating(self) -> tuple[Person, ...]:
        return (self.doctor, self.other_doctor)

    @property
    def everybody(self) -> tuple[Person, ...]:
        return (*self.treating, self.foreign_doctor, self.anna, self.ben, self.stranger, self.admin)

    # Doors

    def type_password(self, person: Person) -> None:
        self.browsers[person.id] = self.browser(person)
        self.typed_at[person.id] = self.now

    def pending(self) -> Suggestion | None:
        waiting = self.all(Suggestion, state="pending")
        return waiting[0] if waiting else None

    def post(self, person: Person, path: str, body: dict[str, Any], **headers: str) -> Answer:
        """The API as that person."""
        client = self.browsers[person.id].client
        me = client.get("/api/v1/me").get_json()
        told = {"X-CSRFToken": me.get("csrf_token", "")} | headers
        answer = client.post(f"/api/v1{path}", json=body, headers=told)
        return Answer(answer.status_code, (answer.get_json(silent=True) or {}).get("code", ""))

    def decide_by(self, person: Person, decision: str, amount: Decimal | None = None, *, stale: str = "") -> Pushed:
        """Decides on what waits, by the API. `stale`: the digest that is sent in place of the one on the screen."""
        waiting = self.pending() or self.all(Suggestion)[-1]
        digest = stale or self._digest(waiting)
        acts = self._may_act(person, waiting, digest)
        single = acts and self._takes_one(waiting, decision, amount)
        if single:
            chosen = {"approved": waiting.to_amount, "amended": amount, "rejected": None}[decision]
            self.allowed.add(Allowed(waiting.id, decision, chosen, person.id))
        takes_two = acts and not single and amount is not None and self._may_be_wanted(waiting, amount)
        if takes_two and amount is not None:
            self.proposed[waiting.id] = (person.id, amount)
        body = {"decision": decision, "reason": "as discussed"} | (
            {"amount": {"value": str(amount), "unit": waiting.unit}} if amount is not None else {}
        )
        body |= {"code": "other"} if decision == "rejected" else {}
        path = f"/suggestions/{waiting.public_id}/review"
        is_held = self._held_by(waiting) not in (None, person.id)
        is_over = waiting.state != "pending" or self.now > waiting.expires_at
        answer = self._alive(lambda: self.post(person, path, body, **{"If-Match": f'"{digest}"'}))
        return Pushed(answer, single, takes_two, is_held, is_over)

    def sign_by(self, person: Person) -> Pushed:
        """The second signature on what was proposed."""
        waiting = self.pending() or self.all(Suggestion)[-1]
        digest = self._digest(waiting)
        by, amount = self.proposed.get(waiting.id, (person.id, PRESENT))
        may = self._may_act(person, waiting, digest) and by != person.id and self._is_asked(waiting, digest)
        if may:
            self.allowed.add(Allowed(waiting.id, "amended", amount, by))
        path = f"/suggestions/{waiting.public_id}/second-opinion"
        headers = {"If-Match": f'"{digest}"'}
        return Pushed(self._alive(lambda: self.post(person, path, {"answer": "sign"}, **headers)), may)

    def claim_by(self, person: Person) -> Answer:
        waiting = self.pending() or self.all(Suggestion)[-1]
        return self.post(person, f"/suggestions/{waiting.public_id}/claim", {})

    def withdraw_by(self, person: Person) -> Answer | None:
        """Takes the newest decision back, by the page."""
        decided = self.all(Suggestion)[-1]
        path = f"/doctor/suggestions/{decided.public_id}/withdraw"
        form = {"reason_code": "mistake", "reason": ""}
        return self._alive(lambda: Answer(self.browsers[person.id].send(path, form).status_code))

    def amounts_seen_by(self, person: Person) -> set[Decimal]:
        """On everything that person may open. While a change is to be said back, the page offers wrong amounts, too."""
        pages = ("/today", "/medicines", "/caregiver", "/sent", "/api/v1/suggestions", "/doctor/queue", "/doctor/tasks")
        client = self.browsers[person.id].client
        found = [client.get(path) for path in pages]
        text = "\n".join(page.get_data(as_text=True) for page in found if page.status_code == 200)
        return {Decimal(amount) for amount in AMOUNT.findall(text)}

    def is_anything_to_say_back(self) -> bool:
        return any(each.number > 1 and each.confirmed_at is None for each in self.all(RegimenRevision))

    def write_advice(self, **released: Any) -> None:
        """Somebody's program tries to tell a dose: straight into the outbox, past every page."""
        with writing(self.engine) as session:
            enqueue(
                session,
                unique_key=f"forged:{self.now}:{sorted(released)}",
                purpose=Purpose.ADVICE,
                recipient_id=self.anna.id,
                patient_id=self.anna.id,
                params={"regimen": "rg_insulin"},
                now=self.now,
                expires_at=self.now + timedelta(days=1),
                **released,
            )

    def is_refused(self, attempt: Callable[[], None]) -> bool:
        """Whether the database itself says no."""
        try:
            attempt()
        except IntegrityError:
            return True
        return False

    def dying(self, point: Point, deed: Callable[[], Any]) -> Any:
        """The deed in a process that dies at that point, if it comes there."""

        def die(reached: Point) -> None:
            if reached is point:
                raise Killed

        listeners.append(die)
        try:
            return deed()
        except Killed:
            return None
        finally:
            listeners.remove(die)

    def _alive(self, push: Callable[[], Answer]) -> Answer | None:
        try:
            answer = push()
        except Killed:
            return None
        assert answer.status < 500, "refused by an accident only"
        return answer

    # The oracle

    def _digest(self, suggestion: Suggestion) -> str:
        if suggestion.state != "pending" or self.now > suggestion.expires_at:
            return suggestion.digest
        return self.evidence(suggestion).digest

    def _may_act(self, person: Person, suggestion: Suggestion, digest: str) -> bool:
        """A treating clinician, who typed the password within 15 minutes, on what waits and nobody else holds, with the
        present data on the screen, which still propose it."""
        is_free = self._held_by(suggestion) in (None, person.id)
        is_open = suggestion.state == "pending" and self.now <= suggestion.expires_at and is_free
        if person not in self.treating or self.now - self.typed_at[person.id] > FRESH or not is_open:
            return False
        seen = self.evidence(suggestion)
        proposes = (seen.outcome.action, seen.outcome.to_amount) == (suggestion.action, suggestion.to_amount)
        return proposes and digest == seen.digest and self._stands(suggestion)

    def _held_by(self, suggestion: Suggestion) -> int | None:
        is_held = suggestion.claimed_until is not None and suggestion.claimed_until > self.now
        return suggestion.claimed_by if is_held else None

    def _stands(self, suggestion: Suggestion) -> bool:
        """Whether it speaks of the revision in force."""
        in_force = [each for each in self.all(RegimenRevision) if each.effective_at and each.effective_at <= self.now]
        return max(in_force, key=lambda each: each.number).id == suggestion.base_revision_id

    def _takes_one(self, suggestion: Suggestion, decision: str, amount: Decimal | None) -> bool:
        """Whether one clinician may decide so alone: clinical.md 4."""
        if decision != "amended":
            return True
        if amount is None or not self._may_be_wanted(suggestion, amount):
            return False
        added = amount - suggestion.from_amount
        is_bold = added > min(Decimal(4), suggestion.from_amount / 5)
        return amount <= suggestion.to_amount or not is_bold

    def _may_be_wanted(self, suggestion: Suggestion, amount: Decimal) -> bool:
        """Another amount, and no increase beyond 60 U, half a unit a kilogram of 80 kg, or the plan's maximum."""
        most = min(Decimal(60), Decimal(40), self.only(Plan).max_daily or Decimal(0))
        return amount > 0 and amount != suggestion.from_amount and (amount <= most or amount < suggestion.from_amount)

    def _is_asked(self, suggestion: Suggestion, digest: str) -> bool:
        opinions = self.all(SecondOpinion, suggestion_id=suggestion.id)
        return any(each.ended_at is None and each.shown_digest == digest for each in opinions)

    # What has to hold, whatever was pushed

    def check(self) -> None:
        """Raises AssertionError where something reached the patient, or the record, without a clinician's act."""
        reviews = {each.id: each for each in self.all(Review)}
        for review in reviews.values():
            made = Allowed(review.suggestion_id, review.decision, review.amount, review.clinician_id)
            assert made in self.allowed, f"nobody was allowed to decide so: {made}"
        for message in self.all(Message):
            if message.purpose in OF_A_CHANGE:
                assert message.review_id in reviews, "advice without an act"
                assert reviews[message.review_id].decision in ("approved", "amended"), "advice that was rejected"
        for revision in self.all(RegimenRevision):
            follows = revision.review_id or revision.withdrawal_id
            assert revision.number == 1 or follows in reviews, "a dose changed by nobody"
        assert {each.review_id for each in self.all(Withdrawal)} <= reviews.keys(), "taken back what nobody approved"
        self._check_texts()

    def _check_texts(self) -> None:
        known = self.decided_amounts()
        for line in self.outbox_lines():
            told = {Decimal(found) for found in AMOUNT.findall(line["text"])}
            assert told <= known, f"a text tells {told - known}"

    def decided_amounts(self) -> set[Decimal]:
        """The amounts that a clinician stands for."""
        return {PRESENT} | {each.amount for each in self.all(Review) if each.amount is not None}
