"""What WeChat's server posts: who signed it, and what it says."""

import base64
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.messages.channel import Heard, InboundText, Refusal, StatusReport, Webhooks
from companion.messages.channels.wechat import WeChat
from companion.messages.channels.wechat_api import WechatApi
from companion.messages.channels.wechat_heard import Account, read_aes_key
from companion.messages.channels.wechat_templates import Template
from companion.messages.models import DeliveryState
from tests import fake_wechat
from tests.fake_wechat import AES_KEY, APP_ID, APP_SECRET, TOKEN, event_xml, finish_xml, sealed, signed_query, text_xml

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
ANNA = "oAnna-0123456789"
TEXT = text_xml(ANNA, "1", 7)


def channel(*, aes_key: str = "") -> WeChat:
    account = Account(APP_ID, TOKEN, read_aes_key(aes_key))
    return WeChat(
        WechatApi(APP_ID, APP_SECRET), {"default": Template("tpl", {"what": ["thing1"]})}, account, lambda: NOW
    )


def heard(body: bytes = TEXT, **query: str) -> Heard:
    query = query or signed_query(at=NOW.timestamp())
    return Heard(f"https://companion.example/hooks/wechat/inbound?{urlencode(query)}", {}, query, {}, body)


def encrypted(xml: bytes, *, app_id: str = APP_ID) -> Heard:
    secret = sealed(xml, app_id)
    return heard(fake_wechat.envelope(secret), **signed_query(at=NOW.timestamp(), encrypted=secret))


def test_it_is_a_channel_with_webhooks() -> None:
    assert isinstance(channel(), Webhooks)


# Who signed it


def test_what_wechat_signed_is_genuine_with_and_without_a_body() -> None:
    assert channel().verify(heard())
    assert channel().verify(heard(b""))


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce"])
def test_nothing_is_genuine_without_each_part_of_its_signature(missing: str) -> None:
    query = signed_query(at=NOW.timestamp())
    del query[missing]

    assert not channel().verify(heard(TEXT, **query))


@pytest.mark.parametrize("part", ["signature", "timestamp", "nonce"])
def test_a_changed_part_is_forged(part: str) -> None:
    query = signed_query(at=NOW.timestamp())
    query[part] = "1" + query[part][1:] + "0"

    assert not channel().verify(heard(TEXT, **query))


@pytest.mark.parametrize("stamp", ["", "now", "-5", "١٢٣", "1e9", "9" * 5000])
def test_a_time_that_is_none_is_forged(stamp: str) -> None:
    query = signed_query(at=NOW.timestamp()) | {"timestamp": stamp}

    assert not channel().verify(heard(TEXT, **query))


@pytest.mark.parametrize(("seconds", "is_heard"), [(0, True), (299, True), (-299, True), (301, False), (-301, False)])
def test_an_old_copy_is_not_heard(seconds: int, is_heard: bool) -> None:
    at = (NOW + timedelta(seconds=seconds)).timestamp()

    assert channel().verify(heard(TEXT, **signed_query(at=at))) is is_heard


def test_a_signature_with_another_token_is_forged() -> None:
    query = signed_query(at=NOW.timestamp(), token="another-token")

    assert not channel().verify(heard(TEXT, **query))


def test_nothing_is_genuine_where_no_token_is_set() -> None:
    open_door = WeChat(WechatApi(APP_ID, APP_SECRET), {}, Account(APP_ID, ""), lambda: NOW)

    assert not open_door.verify(heard(TEXT, **signed_query(at=NOW.timestamp(), token="")))


# The safe mode


def test_an_encrypted_request_is_genuine_and_read() -> None:
    safe = channel(aes_key=AES_KEY)

    assert safe.verify(encrypted(TEXT))
    assert safe.parse_inbound(encrypted(TEXT)) == [InboundText("7", ANNA, "1")]


def test_in_the_safe_mode_nothing_is_heard_in_the_clear() -> None:
    assert not channel(aes_key=AES_KEY).verify(heard())


def test_in_the_safe_mode_a_body_under_anothers_signature_is_forged() -> None:
    query = encrypted(TEXT).query
    other = fake_wechat.envelope(sealed(text_xml(ANNA, "2", 8)))

    assert not channel(aes_key=AES_KEY).verify(heard(other, **query))


def test_in_the_safe_mode_the_question_whether_the_address_is_ours_is_answered() -> None:
    assert channel(aes_key=AES_KEY).verify(heard(b"", **signed_query(at=NOW.timestamp()), echostr="42"))


def test_another_accounts_message_is_refused() -> None:
    with pytest.raises(BadInput):
        channel(aes_key=AES_KEY).parse_inbound(encrypted(TEXT, app_id="wxSomebodyElse"))


@pytest.mark.parametrize("secret", ["", "AAAA", "no base 64!", "A" * 43 + "=", "A" * 64])
def test_what_cannot_be_decrypted_is_refused(secret: str) -> None:
    with pytest.raises(BadInput):
        channel(aes_key=AES_KEY).parse_inbound(heard(fake_wechat.envelope(secret)))


@pytest.mark.parametrize("key", ["short", "!" * 43, "A" * 44])
def test_a_key_that_is_none_is_refused_at_start(key: str) -> None:
    with pytest.raises(BadInput, match="COMPANION_WECHAT_AES_KEY"):
        read_aes_key(key)


@given(st.binary(max_size=300), st.sampled_from(["", AES_KEY]), st.booleans())
def test_no_request_whatever_is_in_it_is_more_than_refused(body: bytes, aes_key: str, is_wrapped: bool) -> None:
    ours = channel(aes_key=aes_key)
    request = heard(fake_wechat.envelope(base64.b64encode(body).decode()) if is_wrapped else body)

    assert ours.verify(request) in (True, False)
    for read in (ours.parse_callback, ours.parse_inbound):
        with suppress(BadInput):
            read(request)


# Receipts


@pytest.mark.parametrize(
    ("status", "report"),
    [
        ("success", StatusReport("9", DeliveryState.DELIVERED)),
        ("failed:user block", StatusReport("9", DeliveryState.UNDELIVERED, "failed:user block", Refusal.OPTED_OUT)),
        (
            "failed: system failed",
            StatusReport("9", DeliveryState.UNDELIVERED, "failed: system failed", Refusal.TRY_AGAIN),
        ),
        ("failed:freq limit", StatusReport("9", DeliveryState.UNDELIVERED, "failed:freq limit", Refusal.OTHER_WAY)),
    ],
)
def test_a_receipt_says_how_a_message_ended(status: str, report: StatusReport) -> None:
    assert channel().parse_callback(heard(finish_xml(9, ANNA, status))) == [report]


def test_a_text_is_no_receipt_and_a_receipt_no_text() -> None:
    assert not channel().parse_callback(heard(TEXT))
    assert not channel().parse_inbound(heard(finish_xml(9, ANNA, "success")))


# What followers write and do


@pytest.mark.parametrize("typed", ["1", "１", "退订", "早上好 & <b>", "😀"])
def test_a_text_is_read_to_the_letter(typed: str) -> None:
    assert channel().parse_inbound(heard(text_xml(ANNA, typed, 7))) == [InboundText("7", ANNA, typed)]


def test_what_cannot_be_read_is_handed_on_as_its_kind() -> None:
    voice = TEXT.replace(b"[text]", b"[voice]").replace(b"Content", b"MediaId")

    assert channel().parse_inbound(heard(voice)) == [InboundText("7", ANNA, "[voice]")]


@pytest.mark.parametrize(
    ("event", "key", "body", "opts_out"),
    [
        ("subscribe", "", "", False),
        ("subscribe", "qrscene_12345678", "12345678", False),
        ("SCAN", "12345678", "12345678", None),
        ("unsubscribe", "", "", True),
    ],
)
def test_following_leaving_and_scanning_are_heard(event: str, key: str, body: str, opts_out: bool | None) -> None:
    [text] = channel().parse_inbound(heard(event_xml(ANNA, event, key)))

    assert (text.from_address, text.body, text.opts_out) == (ANNA, body, opts_out)
    assert event in text.provider_id
    assert ANNA in text.provider_id


@pytest.mark.parametrize("event", ["CLICK", "VIEW", "LOCATION", "TEMPLATESENDJOBFINISH"])
def test_other_events_say_nothing(event: str) -> None:
    assert not channel().parse_inbound(heard(event_xml(ANNA, event)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b'<?xml version="1.0" encoding="rot13"?><xml/>',
        b"<a>" * 10_000,
        b"<xml><MsgType>text</MsgType></xml>",
        b"<xml><FromUserName>o</FromUserName></xml>",
        b'<!DOCTYPE x [<!ENTITY e "1">]><xml><MsgType>text</MsgType><FromUserName>o</FromUserName>'
        b"<MsgId>1</MsgId><Content>&e;</Content></xml>",
    ],
)
def test_broken_xml_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        channel().parse_inbound(heard(body))
