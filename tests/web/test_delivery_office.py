"""Whether messages arrive, at a glance, with a way to each place."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from companion.care.contact_models import ContactPoint, ContactState, Kind
from companion.db import writing
from companion.kpi.arriving import Fault
from companion.messages.models import Delivery, DeliveryState, MessageState
from companion.web.in_words.delivery_words import to_do
from tests.keys import from_before
from tests.messages.mail_room import put
from tests.people import NOON, Cast
from tests.web.page_words import words_of


def test_what_needs_somebody_is_told_first_and_leads_to_its_place(engine: Engine, cast: Cast, signed_in: Any) -> None:
    put(engine, cast.patient, NOON, DeliveryState.REJECTED, state=MessageState.FAILED.value)
    with writing(engine) as session:
        session.add(
            ContactPoint(
                public_id="cp_x",
                person_id=cast.patient.id,
                kind=Kind.VOICE.value,
                address=from_before(ContactPoint.address, "+491700000789"),
                position=9,
                state=ContactState.BAD.value,
                state_at=NOON,
                created_at=NOON,
            )
        )

    page = signed_in(cast.admin).get("/clinic/delivery").get_data(as_text=True)

    told = words_of(page)
    assert "Stuck ● none" in told
    assert "Could not be delivered, within 30 days ⚠ 1" in told
    assert "Addresses that do not work ⚠ 1" in told
    assert "Who said stop ● none" in told
    assert 'href="/messages#failed"' in page


def test_a_channel_has_its_attempts_and_its_speed_for_the_time_that_is_chosen(
    engine: Engine, cast: Cast, signed_in: Any
) -> None:
    message = put(engine, cast.patient, NOON, DeliveryState.DELIVERED, state=MessageState.DELIVERED.value)
    with writing(engine) as session:
        attempt = session.query(Delivery).filter_by(message_id=message.id).one()
        attempt.changed_at = attempt.started_at + timedelta(seconds=12)
        late = attempt.started_at - timedelta(days=3)
        session.add(
            Delivery(
                message_id=message.id,
                attempt=9,
                channel="email",
                state=DeliveryState.REJECTED.value,
                error_code="no_connection",
                correlation_id="c9",
                started_at=late,
                changed_at=late,
            )
        )
    office = signed_in(cast.admin)

    today, week = (words_of(office.get(f"/clinic/delivery?days={days}").get_data(as_text=True)) for days in (1, 7))

    assert "text message 1 1 100 % 0 0 % 0 0 % 0 0 % 0 0 % 12 s 12 s" in today
    assert "Reminder to take medicine 1 1 0 0 0 0" in today
    assert "Nothing went wrong in this time." in today
    assert "e-mail the provider could not be reached no_connection 1 Look at the network of the service" in week
    assert office.get("/clinic/delivery?days=30").status_code == 404


@pytest.mark.parametrize(
    ("code", "means", "said"),
    [
        ("30005", "", "Ask the person for the right number"),
        ("550 5.1.1", "bad_address", "Ask the person for the right address"),
        ("999", "", "Look the code up with the provider."),
    ],
)
def test_every_fault_says_what_to_do(app: Any, code: str, means: str, said: str) -> None:
    with app.test_request_context():
        assert to_do(Fault("email", code, means, 1)).startswith(said)
