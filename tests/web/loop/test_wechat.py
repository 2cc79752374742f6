"""WeChat from end to end: linking an account, a reminder by a template, its receipt, and what the follower writes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from companion.care.contact_models import ContactPoint, Kind
from companion.care.contacts import contacts_of
from companion.db import reading, writing
from companion.messages.channels.wechat import WeChat
from companion.messages.channels.wechat_api import WechatApi
from companion.messages.channels.wechat_heard import Account
from companion.messages.channels.wechat_templates import read_templates
from companion.messages.models import Delivery, Inbound
from companion.messages.ways_out import WaysOut
from companion.reminders.doses.models import Dose
from tests.apps import app_over
from tests.fake_wechat import (
    APP_ID,
    APP_SECRET,
    TOKEN,
    FakeWeChat,
    Fault,
    event_xml,
    finish_xml,
    signed_query,
    text_xml,
)
from tests.messages.test_wechat import TEMPLATES
from tests.web.loop.house import House

ACCOUNT = "oAnna-0123456789"
SHOWN = re.compile(r'class="big">(\d{4}) (\d{4})<')


@pytest.fixture
def wechat() -> Iterator[FakeWeChat]:
    with FakeWeChat() as server:
        yield server


@pytest.fixture
def linked_house(house: House, wechat: FakeWeChat) -> House:
    """The house of a clinic with an official account, beside the console."""
    api = WechatApi(APP_ID, APP_SECRET, wechat.url)
    channel = WeChat(api, read_templates(TEMPLATES), Account(APP_ID, TOKEN), house.clock)
    ways = WaysOut({**house.services.ways.by_kind, Kind.WECHAT: channel})
    house.services = replace(house.services, ways=ways)
    house.app = app_over(house.services)
    return house


def hears(house: House, xml: bytes, **query: str) -> TestResponse:
    """WeChat's server posts this to us."""
    client: FlaskClient = house.app.test_client()
    signed = query or signed_query(at=house.now.timestamp())
    return client.post(f"/hooks/wechat/inbound?{urlencode(signed)}", data=xml, content_type="text/xml")


def shown_code(house: House) -> str:
    page = house.browser(house.anna).send("/wechat")
    found = SHOWN.search(page.get_data(as_text=True))
    assert found
    return "".join(found.groups())


def link_account(house: House, wechat: FakeWeChat, *, is_first: bool = False) -> None:
    """Anna's WeChat is an address of hers; `is_first`: before her telephone."""
    wechat.followers.add(ACCOUNT)
    hears(house, event_xml(ACCOUNT, "SCAN", shown_code(house)))
    if is_first:
        with writing(house.engine) as session:
            session.execute(update(ContactPoint).where(ContactPoint.kind == "wechat").values(position=-1))


def accounts(house: House) -> list[ContactPoint]:
    with reading(house.engine) as session:
        return [point for point in contacts_of(session, [house.anna.id])[house.anna.id] if point.kind == Kind.WECHAT]


def remind(house: House) -> None:
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()


# Linking


def test_the_page_says_what_is_agreed_to_and_shows_a_code_with_a_picture(linked_house: House) -> None:
    before = linked_house.page(linked_house.anna, "/wechat")
    shown = linked_house.browser(linked_house.anna).send("/wechat")

    assert "I agree to get reminders of my medicines" in before
    assert shown.status_code == 201
    assert SHOWN.search(shown.get_data(as_text=True))
    assert '<svg width="' in shown.get_data(as_text=True)


def test_a_scanned_code_links_the_account_and_says_so_there(linked_house: House, wechat: FakeWeChat) -> None:
    code = shown_code(linked_house)
    wechat.followers.add(ACCOUNT)

    answer = hears(linked_house, event_xml(ACCOUNT, "subscribe", f"qrscene_{code}"))
    linked_house.beat()

    assert (answer.status_code, answer.get_data()) == (200, b"success")
    assert [point.address for point in accounts(linked_house)] == [ACCOUNT]
    assert [shown.openid for shown in wechat.ledger] == [ACCOUNT]
    assert "Your WeChat is linked" in linked_house.page(linked_house.anna, "/wechat")


def test_a_typed_code_links_the_account(linked_house: House) -> None:
    code = shown_code(linked_house)

    hears(linked_house, text_xml(ACCOUNT, f"{code[:4]} {code[4:]}", 7))

    assert [point.address for point in accounts(linked_house)] == [ACCOUNT]


def test_a_wrong_code_links_nobody_and_nobody_is_told(linked_house: House, wechat: FakeWeChat) -> None:
    code = shown_code(linked_house)

    hears(linked_house, text_xml(ACCOUNT, f"{(int(code) + 1) % 10**8:08}", 7))
    linked_house.beat()

    assert not accounts(linked_house)
    assert not wechat.ledger


def test_without_an_answer_from_wechat_the_code_alone_is_shown(linked_house: House, wechat: FakeWeChat) -> None:
    wechat.is_locked_out = True

    shown = linked_house.browser(linked_house.anna).send("/wechat")

    assert shown.status_code == 201
    assert SHOWN.search(shown.get_data(as_text=True))
    assert "<svg width" not in shown.get_data(as_text=True)


def test_where_there_is_no_account_the_page_says_so_and_gives_no_code(house: House) -> None:
    assert "The clinic has no WeChat account." in house.page(house.anna, "/wechat")
    assert house.browser(house.anna).send("/wechat", seen_on="/reach/quiet").status_code == 404


# A reminder


def test_a_reminder_comes_by_its_template_with_its_page(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat, is_first=True)

    remind(linked_house)

    shown = wechat.ledger[-1]
    assert (shown.openid, shown.template_id) == (ACCOUNT, "tpl-reminder")
    assert "08:00" in shown.data["time2"]
    assert shown.data["thing1"]
    assert shown.url.startswith(linked_house.settings.public_url)


def test_its_receipt_says_that_it_arrived(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat, is_first=True)
    remind(linked_house)

    answer = hears(linked_house, finish_xml(wechat.ledger[-1].msgid, ACCOUNT, "success"))

    assert answer.status_code == 200
    assert linked_house.all(Delivery, provider_id=str(wechat.ledger[-1].msgid))[0].state == "delivered"


def test_who_blocks_the_account_has_said_stop(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat, is_first=True)
    remind(linked_house)

    hears(linked_house, finish_xml(wechat.ledger[-1].msgid, ACCOUNT, "failed:user block"))
    linked_house.beat()

    assert [point.state for point in accounts(linked_house)] == ["opted_out"]
    assert linked_house.outbox[-1].to == linked_house.anna.phone  # the same reminder, by her next way


def test_who_does_not_follow_any_more_is_told_by_the_next_way_at_once(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat, is_first=True)
    wechat.followers.clear()

    remind(linked_house)
    linked_house.beat()

    assert [point.state for point in accounts(linked_house)] == ["opted_out"]
    assert linked_house.outbox[-1].to == linked_house.anna.phone


def test_what_nobody_knows_of_is_left_to_the_next_way_and_never_sent_again(
    linked_house: House, wechat: FakeWeChat
) -> None:
    link_account(linked_house, wechat, is_first=True)
    linked_house.beat()
    asked_before = wechat.asked
    wechat.faults.extend([Fault.ERROR_AFTER_ACCEPT] * 2)

    remind(linked_house)
    told_at_once = list(linked_house.outbox)
    for _ in range(20):
        linked_house.clock.advance(minutes=1)
        linked_house.beat()

    assert wechat.asked == asked_before + 2
    assert not told_at_once
    assert {said.to for said in linked_house.outbox} == {linked_house.anna.phone}


def test_a_receipt_that_comes_too_early_is_asked_for_again(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat)

    answer = hears(linked_house, finish_xml(4711, ACCOUNT, "success"))

    assert answer.status_code == 404  # WeChat posts it again, twice, 5 seconds apart


def test_a_digit_answers_the_dose_once(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat, is_first=True)
    remind(linked_house)

    for _ in range(2):
        hears(linked_house, text_xml(ACCOUNT, "1", 4712))

    assert [dose.answered_via for dose in linked_house.all(Dose, state="taken")] == ["wechat"]
    assert len(linked_house.all(Inbound, provider_id="4712")) == 1


# Following and leaving


def test_who_leaves_has_said_stop_and_who_comes_back_has_not(linked_house: House, wechat: FakeWeChat) -> None:
    link_account(linked_house, wechat)

    states = []
    for event in ("unsubscribe", "subscribe"):
        linked_house.clock.advance(minutes=1)
        hears(
            linked_house,
            event_xml(ACCOUNT, event).replace(b"CreateTime><![CDATA[", b"CreateTime><![CDATA[" + event.encode()),
        )
        states += [point.state for point in accounts(linked_house)]

    assert states == ["opted_out", "ok"]


# The door


def test_the_question_whether_the_address_is_ours_is_answered(linked_house: House) -> None:
    query = signed_query(at=linked_house.now.timestamp()) | {"echostr": "5927"}

    answer = linked_house.app.test_client().get(f"/hooks/wechat/inbound?{urlencode(query)}")

    assert (answer.status_code, answer.get_data()) == (200, b"5927")


@pytest.mark.parametrize("at_s", [0, -3600])
def test_forged_and_old_requests_are_refused(linked_house: House, at_s: int) -> None:
    code = shown_code(linked_house)
    token = TOKEN if at_s else "another"
    query = signed_query(at=linked_house.now.timestamp() + at_s, token=token)

    answer = hears(linked_house, text_xml(ACCOUNT, code, 7), **query)

    assert answer.status_code == 403
    assert not accounts(linked_house)
    assert not linked_house.all(Inbound)


def test_broken_xml_is_told_in_a_line(linked_house: House) -> None:
    answer = hears(linked_house, b"<xml>")

    assert answer.status_code == 400
