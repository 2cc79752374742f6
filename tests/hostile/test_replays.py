"""Requests of providers that somebody recorded and sends again: they change nothing a second time.

Forged ones are tried beside each door: tests/web/loop/test_hooks.py, test_calls.py, test_wechat.py, test_cds_hooks.py.
"""

from datetime import timedelta

from flask.testing import FlaskClient

from companion.care.contact_models import ContactPoint
from companion.messages.models import Inbound
from tests.fake_wechat import FakeWeChat, signed_query, text_xml
from tests.web.loop.house import House
from tests.web.loop.test_hooks import hooks, incoming, signed
from tests.web.loop.test_wechat import ACCOUNT, hears, link_account, linked_house, wechat

__all__ = ["hooks", "linked_house", "wechat"]


def states(house: House) -> list[str]:
    return [point.state for point in house.all(ContactPoint, person_id=house.anna.id)]


def test_a_stop_that_is_played_again_does_not_silence_who_wanted_messages_since(
    house: House, hooks: FlaskClient
) -> None:
    stop = incoming(house, "STOP", "SM1") | {"OptOutType": "STOP"}
    start = incoming(house, "START", "SM2") | {"OptOutType": "START"}
    for said in (stop, start):
        signed(hooks, "/hooks/twilio_sms/inbound", said)

    again = signed(hooks, "/hooks/twilio_sms/inbound", stop)

    assert again.status_code == 200
    assert states(house) == ["ok"]


def test_a_start_that_is_played_again_does_not_undo_a_stop(house: House, hooks: FlaskClient) -> None:
    start = incoming(house, "START", "SM1") | {"OptOutType": "START"}
    stop = incoming(house, "STOP", "SM2") | {"OptOutType": "STOP"}
    for said in (start, stop):
        signed(hooks, "/hooks/twilio_sms/inbound", said)

    signed(hooks, "/hooks/twilio_sms/inbound", start)

    assert states(house) == ["opted_out"]


def test_a_text_of_a_follower_counts_once(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat)
    before = len(linked_house.all(Inbound))
    query = signed_query(at=linked_house.now.timestamp())

    answers = [hears(linked_house, text_xml(ACCOUNT, "1", 7), **query).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert len(linked_house.all(Inbound)) == before + 1


def test_what_a_follower_sent_is_too_old_after_five_minutes(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat)
    query = signed_query(at=linked_house.now.timestamp())
    linked_house.clock.instant += timedelta(minutes=5, seconds=1)

    answer = hears(linked_house, text_xml(ACCOUNT, "1", 7), **query)

    assert answer.status_code == 403
