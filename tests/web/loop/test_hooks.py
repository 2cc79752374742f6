"""The provider's requests: only those it signed for our public address are heard, each once."""

from dataclasses import replace
from hashlib import sha256

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from companion.care.contact_models import ContactPoint, Kind
from companion.db import writing
from companion.messages.channels.twilio_sms import TwilioSms
from companion.messages.models import Delivery, DeliveryState, Inbound, Message
from companion.messages.ways_out import WaysOut
from companion.reminders.doses.models import Dose
from companion.sealing.columns import INBOUND
from tests.apps import app_over
from tests.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, signature
from tests.sealing.kept import plain_of
from tests.web.loop.house import House

PUBLIC = "https://companion.example"


@pytest.fixture
def hooks(house: House) -> FlaskClient:
    channel = TwilioSms(ACCOUNT_SID, AUTH_TOKEN, NUMBER, PUBLIC)
    settings = replace(house.settings, public_url=PUBLIC)
    ways = WaysOut({Kind.SMS: channel})
    return app_over(replace(house.services, ways=ways, settings=settings)).test_client()


def signed(client: FlaskClient, path: str, form: dict[str, str], url: str = PUBLIC) -> TestResponse:
    return client.post(path, data=form, headers={"X-Twilio-Signature": signature(url + path, form)})


def incoming(house: House, body: str, sid: str = "SM1") -> dict[str, str]:
    return {"MessageSid": sid, "From": house.anna.phone or "", "To": NUMBER, "Body": body}


def handed_over(house: House) -> Delivery:
    """A reminder that the provider has."""
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    with writing(house.engine) as session:
        delivery = session.get_one(Delivery, house.only(Delivery).id)
        delivery.channel, delivery.provider_id = "twilio_sms", "SM-out"
    return house.only(Delivery)


@pytest.mark.parametrize("address", ["/hooks/twilio_sms/inbound", "/hooks/twilio/sms"])
def test_a_signed_reply_answers_the_dose(house: House, hooks: FlaskClient, address: str) -> None:
    handed_over(house)

    response = signed(hooks, address, incoming(house, "1"))

    assert response.status_code == 200
    assert "<Response/>" in response.get_data(as_text=True)
    assert response.mimetype == "text/xml"
    assert house.all(Dose, state="taken")[0].answered_via == "sms"


def test_a_reply_told_twice_counts_once(house: House, hooks: FlaskClient) -> None:
    handed_over(house)
    form = incoming(house, "1")

    answers = [signed(hooks, "/hooks/twilio/sms", form).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert len(house.all(Inbound)) == 1


def test_stop_is_recorded_at_once_and_start_takes_it_back(house: House, hooks: FlaskClient) -> None:
    said = {"STOP": incoming(house, "退订", "SM1"), "START": incoming(house, "start", "SM2")}

    states = []
    for word, form in said.items():
        signed(hooks, "/hooks/twilio_sms/inbound", form | {"OptOutType": word})
        states.append([point.state for point in house.all(ContactPoint, person_id=house.anna.id)])

    assert states == [["opted_out"], ["ok"]]


def test_a_forged_stop_stops_nothing(house: House, hooks: FlaskClient) -> None:
    hooks.post("/hooks/twilio_sms/inbound", data=incoming(house, "STOP") | {"OptOutType": "STOP"})

    assert [point.state for point in house.all(ContactPoint, person_id=house.anna.id)] == ["ok"]


def test_a_forged_reply_is_refused_and_nothing_kept(house: House, hooks: FlaskClient) -> None:
    handed_over(house)
    form = incoming(house, "1")

    forged = hooks.post("/hooks/twilio/sms", data=form, headers={"X-Twilio-Signature": "AAAA"})
    unsigned = hooks.post("/hooks/twilio/sms", data=form)
    changed = hooks.post(
        "/hooks/twilio/sms",
        data=form | {"Body": "3"},
        headers={"X-Twilio-Signature": signature(PUBLIC + "/hooks/twilio/sms", form)},
    )

    assert [r.status_code for r in (forged, unsigned, changed)] == [403, 403, 403]
    assert house.all(Inbound) == []


def test_a_signature_for_another_address_is_refused(house: House, hooks: FlaskClient) -> None:
    response = signed(hooks, "/hooks/twilio/sms", incoming(house, "1"), url="https://elsewhere.example")

    assert response.status_code == 403


@pytest.mark.parametrize("address", ["/hooks/twilio_sms/status", "/hooks/twilio/status"])
def test_a_receipt_settles_its_delivery(house: House, hooks: FlaskClient, address: str) -> None:
    delivery = handed_over(house)

    response = signed(
        hooks, f"{address}/{delivery.correlation_id}", {"MessageSid": "SM-out", "MessageStatus": "delivered"}
    )

    assert response.status_code == 200
    assert house.only(Delivery).state == DeliveryState.DELIVERED
    assert house.all(Message, purpose="reminder")[0].state == "delivered"


def test_a_receipt_for_a_text_that_is_not_ours_is_not_found(house: House, hooks: FlaskClient) -> None:
    response = signed(hooks, "/hooks/twilio/status/nobody", {"MessageSid": "SM9", "MessageStatus": "delivered"})

    assert response.status_code == 404


@pytest.mark.parametrize("form", [{"MessageSid": "SM9"}, {"MessageSid": "SM9", "MessageStatus": "vanished"}])
def test_a_receipt_that_says_nothing_known_is_bad_input(house: House, hooks: FlaskClient, form: dict[str, str]) -> None:
    response = signed(hooks, "/hooks/twilio/status/x", form)

    assert response.status_code == 400


@pytest.mark.parametrize("address", ["/hooks/twilio/sms", "/hooks/console/inbound", "/hooks/nobody/status/x"])
def test_without_a_provider_there_are_no_hooks(house: House, address: str) -> None:
    response = house.app.test_client().post(address, data=incoming(house, "1"))

    assert response.status_code == 404


def test_a_forged_receipt_is_refused_and_nothing_changes(house: House, hooks: FlaskClient) -> None:
    delivery = handed_over(house)
    form = {"MessageSid": "SM-out", "MessageStatus": "failed", "ErrorCode": "30005"}

    response = hooks.post(f"/hooks/twilio_sms/status/{delivery.correlation_id}", data=form)

    assert response.status_code == 403
    assert house.only(Delivery).state == delivery.state


def test_a_signature_may_cover_the_digest_of_a_body_that_is_no_form(house: House, hooks: FlaskClient) -> None:
    body = b'{"MessageStatus": "delivered"}'
    path = f"/hooks/twilio_sms/status/x?bodySHA256={sha256(body).hexdigest()}"
    headers = {"X-Twilio-Signature": signature(PUBLIC + path, {}), "Content-Type": "application/json"}

    genuine = hooks.post(path, data=body, headers=headers)
    forged = hooks.post(path, data=body.replace(b"delivered", b"failed"), headers=headers)

    assert (genuine.status_code, forged.status_code) == (400, 403)


def test_a_flood_of_bytes_is_refused(house: House, hooks: FlaskClient) -> None:
    response = hooks.post("/hooks/twilio_sms/inbound", data={"Body": "1" * 100_000})

    assert response.status_code == 413


def test_the_text_of_a_reply_is_in_no_log(
    house: House, hooks: FlaskClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    signed(hooks, "/hooks/twilio/sms", incoming(house, "my private trouble"))

    written = "".join(capfd.readouterr()) + caplog.text

    assert "private" not in written
    assert plain_of(house.engine, INBOUND, house.only(Inbound)) == b"my private trouble"
