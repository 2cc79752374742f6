"""CDS Hooks: who may ask, what a card says, and that nothing a record system says decides anything."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from werkzeug.test import TestResponse

from companion.advice.models import Review, Suggestion
from companion.care.record_clients import CdsCard, CdsFeedback
from companion.care.records import RecordPatient
from companion.db import writing
from companion.errors import BadInput
from companion.fhir.cards import LONGEST_SUMMARY, SERVICE, summary
from companion.fhir.told import Medicine
from companion.messages.models import Message
from companion.web import create_app
from companion.web.records.cds_clients import CdsClient, NotTrusted, load_clients, trusted_client
from tests.fhir.told import a_suggestion
from tests.web.loop.house import House

EMR = "https://records.example"
KEY = ec.generate_private_key(ec.SECP384R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
STRANGERS_KEY = ec.generate_private_key(ec.SECP384R1())
PATH = f"/cds-services/{SERVICE}"
MOST_SECONDS = 0.5


def jwk(private: Any, kid: str, algorithm: type[Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(algorithm.to_jwk(private.public_key()))
    return told | {"kid": kid}


PUBLIC = [jwk(KEY, "k1", jwt.algorithms.ECAlgorithm), jwk(RSA_KEY, "k2", jwt.algorithms.RSAAlgorithm)]


SITE = "http://127.0.0.1:8000"
AT = 1772616600
"""2026-03-04T09:30:00Z."""


def token(key: Any = KEY, algorithm: str = "ES384", kid: str = "k1", at: int = AT, **changed: Any) -> str:
    """What a record system shows: its name, for whom, from when to when."""
    claims = {"iss": EMR, "aud": f"{SITE}{PATH}", "iat": at, "exp": at + 300, "jti": str(uuid4())} | changed
    told = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(told, key, algorithm=algorithm, headers={"kid": kid})


class Emr:
    """A record system that is on the list: Dr. Roth is its Practitioner/1, Anna its patient 4711."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        path = folder / "clients.json"
        users = {"Practitioner/1": house.doctor.public_id, "Practitioner/2": house.other_doctor.public_id}
        path.write_text(json.dumps({EMR: {"keys": PUBLIC, "users": users | {"Patient/1": house.anna.public_id}}}))
        self.app = create_app(replace(house.services, settings=replace(house.settings, cds_clients=path)))
        with writing(house.engine) as session:
            anna = RecordPatient(patient_id=house.anna.id, source=EMR, their_id="4711", noted_at=house.now)
            session.add(anna)

    def post(self, path: str, body: Any, shown: str = "") -> TestResponse:
        told = {"Authorization": f"Bearer {shown or token(at=int(self.house.now.timestamp()))}"}
        return self.app.test_client().post(path, json=body, headers=told)

    def open(self, patient: str = "4711", user: str = "Practitioner/1", shown: str = "") -> TestResponse:
        """A doctor opens a patient there."""
        context = {"userId": user, "patientId": patient}
        return self.post(PATH, {"hook": "patient-view", "hookInstance": str(uuid4()), "context": context}, shown)

    def cards(self, **asked: Any) -> list[dict[str, Any]]:
        answer = self.open(**asked)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found: list[dict[str, Any]] = answer.get_json()["cards"]
        return found

    def answer(self, card: str, outcome: str, **more: Any) -> TestResponse:
        said = {"card": card, "outcome": outcome, "outcomeTimestamp": self.house.now.isoformat()} | more
        return self.post(f"{PATH}/feedback", {"feedback": [said]})


@pytest.fixture
def emr(house: House, tmp_path: Path) -> Emr:
    return Emr(house, tmp_path)


def waiting(house: House) -> Suggestion:
    house.titration()
    house.fast(150, 148, 155)
    return house.only(Suggestion)


def test_a_doctor_who_opens_a_patient_is_told_what_waits_and_led_to_our_page(house: House, emr: Emr) -> None:
    suggestion = waiting(house)

    (card,) = emr.cards()

    assert card["summary"] == "Glargine: 16 → 18 U is suggested"
    assert (card["indicator"], card["source"]["label"]) == ("info", "companion")
    (link,) = card["links"]
    assert link["url"] == f"{house.settings.public_url}/doctor/suggestions/{suggestion.public_id}"
    assert link["type"] == "absolute"
    assert "suggestions" not in card
    assert "systemActions" not in emr.open().get_json()


def test_what_there_is_is_told_to_everybody(emr: Emr) -> None:
    answer = emr.app.test_client().get("/cds-services")

    (service,) = answer.get_json()["services"]
    assert (service["hook"], service["id"]) == ("patient-view", SERVICE)
    assert service["description"]


def test_an_answer_takes_less_than_half_a_second(house: House, emr: Emr) -> None:
    waiting(house)
    began = perf_counter()
    answer = emr.open()
    took = perf_counter() - began

    assert len(answer.get_json()["cards"]) == 1
    assert took < MOST_SECONDS


def test_a_card_keeps_its_name_and_goes_when_the_suggestion_is_decided(house: House, emr: Emr) -> None:
    suggestion = waiting(house)

    first, again = emr.cards(), emr.cards()
    house.decide(suggestion, house.act(suggestion))

    assert first == again
    assert len(house.all(CdsCard)) == 1
    assert emr.cards() == []


def test_who_is_not_known_or_not_theirs_gets_no_card(house: House, emr: Emr) -> None:
    waiting(house)
    asked = [("4712", "Practitioner/1"), ("4711", "Practitioner/2"), ("4711", "Practitioner/9"), ("4711", "Patient/1")]

    assert [emr.cards(patient=patient, user=user) for patient, user in asked] == [[]] * len(asked)


def test_a_patient_may_be_called_what_they_are_called_here(house: House, emr: Emr) -> None:
    waiting(house)

    assert len(emr.cards(patient=house.anna.public_id.replace("_", "-"))) == 1


def test_a_long_name_is_cut_and_the_amounts_stay() -> None:
    told = summary(a_suggestion(medicine=Medicine("rg_1", "x" * 200, "U")))

    assert len(told) == LONGEST_SUMMARY
    assert told.endswith("…: 16 → 18 U is suggested")


# Who may ask


BAD_TOKENS: dict[str, str] = {
    "another's key": token(STRANGERS_KEY),
    "a key that is not listed": token(kid="k3"),
    "another issuer": token(iss="https://evil.example"),
    "for somebody else": token(aud="https://other.example/cds-services/x"),
    "over": token(iat=AT - 700, exp=AT - 400),
    "over by more than clocks are apart": token(iat=AT - 360, exp=AT - 60),
    "not yet": token(iat=AT + 900, exp=AT + 999),
    "lives for a day": token(exp=AT + 86400),
    "without an end": token(exp=None),
    "without a name of its own": token(jti=None),
    "a time that is no number": token(nbf="soon"),
    "signed by the public key as if it were a secret": jwt.encode(
        {"iss": EMR}, json.dumps(PUBLIC[0]) * 2, algorithm="HS256", headers={"kid": "k1"}
    ),
    "not signed": jwt.encode({"iss": EMR}, "", algorithm="none", headers={"kid": "k1"}),
    "an RSA signature by an EC key": token(RSA_KEY, "RS384", "k1"),
    "nonsense": "a.b.c",
}
LIST = {EMR: CdsClient(EMR, {key["kid"]: key for key in PUBLIC}, {})}
NOW = datetime.fromtimestamp(AT, UTC)


@pytest.mark.parametrize("why", BAD_TOKENS)
def test_a_token_that_does_not_hold_is_not_trusted(why: str) -> None:
    with pytest.raises(NotTrusted):
        trusted_client(LIST, BAD_TOKENS[why], (f"{SITE}{PATH}",), NOW)


@pytest.mark.parametrize(
    "shown", [token(), token(RSA_KEY, "RS384", "k2"), token(iat=AT - 350, exp=AT - 50), token(iat=AT + 50, exp=AT + 60)]
)
def test_a_token_by_a_listed_key_is_trusted_as_long_as_clocks_may_be_apart(shown: str) -> None:
    assert trusted_client(LIST, shown, (f"{SITE}{PATH}",), NOW).client.issuer == EMR


def test_a_token_opens_once_and_another_one_still_does(house: House, emr: Emr) -> None:
    waiting(house)
    shown = token(at=int(house.now.timestamp()))

    answers = [emr.open(shown=shown), emr.open(shown=shown), emr.open()]

    assert [answer.status_code for answer in answers] == [200, 401, 200]
    assert "shown before" in answers[1].get_json()["detail"]


def test_nobody_asks_without_a_token_and_nobody_is_on_a_list_that_is_not_there(house: House, emr: Emr) -> None:
    waiting(house)
    told = {"Authorization": f"Bearer {token(at=int(house.now.timestamp()))}"}

    answers = [
        emr.app.test_client().post(PATH, json={}),
        emr.open(shown=token(STRANGERS_KEY)),
        house.app.test_client().post(PATH, json={}, headers=told),
    ]

    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [(401, "not_trusted")] * 3
    assert house.all(CdsCard) == []


def test_another_hook_or_half_a_request_is_refused(emr: Emr) -> None:
    wrong: list[Any] = [{}, [], {"hook": "order-sign"}, {"hook": "patient-view", "context": {}}]

    assert [emr.post(PATH, body).status_code for body in wrong] == [400] * len(wrong)


PRIVATE = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY)) | {"kid": "k1"}
WEAK = jwk(rsa.generate_private_key(65537, 1024), "k1", jwt.algorithms.RSAAlgorithm)


@pytest.mark.parametrize(
    "told",
    [
        "no json",
        [],
        {EMR: {"keys": []}},
        {EMR: {"keys": [PRIVATE]}},
        {EMR: {"keys": [WEAK]}},
        {EMR: {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}]}},
        {EMR: {"keys": [PUBLIC[0], PUBLIC[0]]}},
        {EMR: {"keys": [{"kty": "EC", "crv": "P-384", "kid": "k1"}]}},
        {EMR: {"keys": PUBLIC, "users": []}},
    ],
)
def test_a_list_that_is_not_right_stops_the_start(tmp_path: Path, told: Any) -> None:
    path = tmp_path / "clients.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told))

    with pytest.raises(BadInput, match="COMPANION_CDS_CLIENTS"):
        load_clients(path)


# What a record system says afterwards


def test_accepted_there_is_no_approval_here(house: House, emr: Emr) -> None:
    waiting(house)
    (card,) = emr.cards()
    messages = len(house.all(Message))

    answer = emr.answer(card["uuid"], "accepted", acceptedSuggestions=[{"id": "x"}])

    assert (answer.status_code, answer.get_json()) == (200, {"noted": 1, "unknown": []})
    assert house.only(CdsFeedback).outcome == "accepted"
    assert house.only(Suggestion).state == "pending"
    assert house.all(Review) == []
    assert len(house.all(Message)) == messages


def test_overridden_is_kept_with_its_reason_once(house: House, emr: Emr) -> None:
    waiting(house)
    (card,) = emr.cards()
    code = card["overrideReasons"][0]["code"]
    why = {"reason": {"code": code, "system": "urn:companion:rejection"}, "userComment": "next week"}

    for _ in range(2):
        assert emr.answer(card["uuid"], "overridden", overrideReason=why).status_code == 200

    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/records")
    assert "overridden there" in page
    assert "next week" in page
    kept = house.only(CdsFeedback)
    assert (kept.outcome, kept.reason, kept.comment) == ("overridden", code, "next week")


def test_an_answer_about_a_card_that_was_never_given_is_told_so(house: House, emr: Emr) -> None:
    strange = str(uuid4())

    answer = emr.answer(strange, "accepted")

    assert answer.get_json() == {"noted": 0, "unknown": [strange]}
    assert house.all(CdsFeedback) == []
