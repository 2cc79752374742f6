"""The WeChat channel over HTTP against the local WeChat."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Outgoing,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
    Unsupported,
)
from companion.messages.channels import wechat_api
from companion.messages.channels.wechat import WeChat
from companion.messages.channels.wechat_api import WechatApi
from companion.messages.channels.wechat_heard import Account
from companion.messages.channels.wechat_templates import read_templates
from tests.fake_wechat import APP_ID, APP_SECRET, TOKEN, FakeWeChat, Fault
from tests.messages.conftest import MovableClock

ANNA = "oAnna-0123456789"
TEMPLATES = """{"reminder": {"id": "tpl-reminder", "what": "thing1", "time": "time2"},
                "default": {"id": "tpl-other", "what": "thing1", "time": "time2", "advice": "thing3"}}"""


@pytest.fixture
def wechat() -> Iterator[FakeWeChat]:
    with FakeWeChat() as server:
        server.followers.add(ANNA)
        yield server


def channel(server: FakeWeChat, *, secret: str = APP_SECRET, templates: str = TEMPLATES) -> WeChat:
    api = WechatApi(APP_ID, secret, server.url)
    return WeChat(api, read_templates(templates), Account(APP_ID, TOKEN), MovableClock())


def outgoing(to: str = ANNA, **changes: Any) -> Outgoing:
    values: dict[str, Any] = {
        "to": to,
        "text": "该服08:00的药了。",
        "correlation_id": "c0",
        "valid_for_s": 1800,
        "purpose": "reminder",
        "link": "https://companion.example/d/abc",
        "fields": {"time": "08:00", "what": "该服药了"},
    }
    return Outgoing(**values | changes)


def test_a_reminder_is_shown_by_its_template_with_its_fields_and_its_link(wechat: FakeWeChat) -> None:
    result = channel(wechat).send(outgoing())

    [shown] = wechat.ledger
    assert result == Accepted(str(shown.msgid))
    assert (shown.openid, shown.template_id, shown.client_msg_id) == (ANNA, "tpl-reminder", "c0")
    assert shown.data == {"thing1": "该服药了", "time2": "08:00"}
    assert shown.url == "https://companion.example/d/abc"


def test_a_purpose_without_a_template_of_its_own_takes_the_common_one(wechat: FakeWeChat) -> None:
    fields = {"time": "08:00", "what": "剂量有变化", "advice": "请先查看"}

    channel(wechat).send(outgoing(purpose="advice", fields=fields))

    assert wechat.ledger[0].template_id == "tpl-other"
    assert wechat.ledger[0].data == {"thing1": "剂量有变化", "time2": "08:00", "thing3": "请先查看"}


def test_what_is_too_long_for_a_field_is_cut_with_a_sign(wechat: FakeWeChat) -> None:
    result = channel(wechat).send(outgoing(fields={"time": "08:00", "what": "字" * 21}))

    assert isinstance(result, Accepted)
    assert wechat.ledger[0].data["thing1"] == "字" * 19 + "…"


def test_without_fields_the_text_itself_is_shown(wechat: FakeWeChat) -> None:
    channel(wechat).send(outgoing(fields={}))

    assert wechat.ledger[0].data == {"thing1": "该服08:00的药了。"}


@pytest.mark.parametrize(
    ("to", "result"),
    [
        ("not-an-open-id", Rejected("40003", Refusal.BAD_ADDRESS)),
        ("oNobody", Rejected("43004", Refusal.OPTED_OUT)),
        ("oBlocked", Rejected("43019", Refusal.OTHER_WAY)),
    ],
)
def test_each_refusal_means_what_its_code_says(wechat: FakeWeChat, to: str, result: SendResult) -> None:
    wechat.blacklist.add("oBlocked")

    assert channel(wechat).send(outgoing(to)) == result
    assert not wechat.ledger


@pytest.mark.parametrize(
    ("fault", "result"),
    [(Fault.DAY_IS_FULL, RetryAfter(3600, "45009")), (Fault.MINUTE_IS_FULL, RetryAfter(60, "45011"))],
)
def test_a_limit_of_calls_is_waited_for(wechat: FakeWeChat, fault: Fault, result: SendResult) -> None:
    wechat.faults.append(fault)

    assert channel(wechat).send(outgoing()) == result


def test_a_template_that_is_not_there_is_our_own_trouble_and_loud(wechat: FakeWeChat) -> None:
    ours = channel(wechat, templates='{"default": {"id": "tpl-gone", "what": "thing1"}}')

    with capture_logs() as logs:
        result = ours.send(outgoing())

    assert result == RetryAfter(300, "40037")
    assert [(entry["log_level"], entry["code"]) for entry in logs] == [("error", "40037")]


def test_a_value_that_a_field_does_not_take_is_not_sent_again_and_loud(wechat: FakeWeChat) -> None:
    ours = channel(wechat, templates='{"default": {"id": "tpl-reminder", "what": "thing9"}}')

    with capture_logs() as logs:
        result = ours.send(outgoing())

    assert result == Rejected("47003", Refusal.NOT_THESE_WORDS)
    assert [entry["log_level"] for entry in logs] == ["error"]


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_ACCEPT, Fault.BUSY_AFTER_ACCEPT, Fault.HANG_AFTER_ACCEPT])
def test_a_lost_answer_is_asked_for_once_more_and_shown_once(
    wechat: FakeWeChat, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_api, "WHOLE_S", 0.5)
    wechat.faults.append(fault)

    result = channel(wechat).send(outgoing())

    assert result == Accepted(str(wechat.ledger[0].msgid))
    assert (wechat.asked, len(wechat.ledger)) == (2, 1)


@pytest.mark.parametrize(
    ("fault", "reason"), [(Fault.ERROR_AFTER_ACCEPT, "JSONDecodeError"), (Fault.BUSY_AFTER_ACCEPT, "errcode_-1")]
)
def test_an_answer_that_is_lost_twice_leaves_it_unknown(wechat: FakeWeChat, fault: Fault, reason: str) -> None:
    wechat.faults.extend([fault, fault])

    result = channel(wechat).send(outgoing())

    assert result == Ambiguous(reason)
    assert (wechat.asked, len(wechat.ledger)) == (2, 1)


def test_two_messages_are_never_taken_for_one(wechat: FakeWeChat) -> None:
    ours = channel(wechat)

    ours.send(outgoing(correlation_id="c1"))
    ours.send(outgoing(correlation_id="c2"))

    assert [shown.client_msg_id for shown in wechat.ledger] == ["c1", "c2"]


def test_a_server_that_is_down_was_surely_not_told(wechat: FakeWeChat) -> None:
    ours = channel(wechat)
    wechat.__exit__()

    assert ours.send(outgoing()) == RetryAfter(30, "token_no_connection")


def test_one_token_serves_many_threads(wechat: FakeWeChat) -> None:
    ours = channel(wechat)
    results: list[SendResult] = []

    in_threads(lambda n: results.append(ours.send(outgoing(correlation_id=f"c{n}"))), 8)

    assert len(wechat.tokens_given) == 1
    assert len(wechat.ledger) == 8
    assert all(isinstance(result, Accepted) for result in results)


def test_a_token_that_ended_early_is_replaced_once_for_all_threads(wechat: FakeWeChat) -> None:
    ours = channel(wechat)
    ours.send(outgoing(correlation_id="first"))
    wechat.end_token()

    in_threads(lambda n: ours.send(outgoing(correlation_id=f"c{n}")), 8)

    assert len(wechat.tokens_given) == 2
    assert len(wechat.ledger) == 9


def test_a_token_is_forced_when_the_refused_one_is_given_again(wechat: FakeWeChat) -> None:
    ours = channel(wechat)
    ours.send(outgoing(correlation_id="first"))
    wechat.end_token(tell_new_one=False)

    result = ours.send(outgoing(correlation_id="second"))

    assert isinstance(result, Accepted)
    assert len(wechat.tokens_given) == 3
    assert len(set(wechat.tokens_given)) == 2


def test_tokens_that_never_work_are_our_own_trouble(wechat: FakeWeChat) -> None:
    wechat.refuses_tokens = True

    result = channel(wechat).send(outgoing())

    assert result == RetryAfter(300, "40001")
    assert wechat.asked == 2


def test_a_token_is_asked_for_again_only_when_it_ends(wechat: FakeWeChat) -> None:
    instant = [0.0]
    api = WechatApi(APP_ID, APP_SECRET, wechat.url, monotonic=lambda: instant[0])
    ours = WeChat(api, read_templates(TEMPLATES), Account(APP_ID, TOKEN), MovableClock())

    given = []
    for second in (0, 7000, 7141, 14280):
        instant[0] = second
        ours.send(outgoing(correlation_id=f"c{second}"))
        given.append(len(wechat.tokens_given))

    assert given == [1, 1, 2, 2]


@pytest.mark.parametrize(("is_locked_out", "secret", "code"), [(True, APP_SECRET, "40164"), (False, "wrong", "40125")])
def test_without_a_token_nothing_is_sent_and_the_log_says_why(
    wechat: FakeWeChat, is_locked_out: bool, secret: str, code: str
) -> None:
    wechat.is_locked_out = is_locked_out

    with capture_logs() as logs:
        result = channel(wechat, secret=secret).send(outgoing())

    assert result == RetryAfter(30, f"token_{code}")
    assert wechat.asked == 0
    assert [entry["code"] for entry in logs] == [code]
    assert secret not in str(logs)


def test_nothing_can_be_looked_up(wechat: FakeWeChat, clock: MovableClock) -> None:
    ours = channel(wechat)

    assert ours.lookup(outgoing(), clock(), frozenset()) == Unsupported()
    assert not ours.caps.looks_up


def in_threads(work: Any, count: int) -> None:
    """`work(n)` for each n at the same time."""
    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
