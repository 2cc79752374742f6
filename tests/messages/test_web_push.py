"""Web Push against a push service that opens what it gets: sealed, signed, in time, and each answer's meaning."""

import json
import socket
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.messages.channel import Accepted, Ambiguous, Outgoing, Refusal, Rejected, RetryAfter, Unsupported
from companion.messages.channels.push_http import push_session
from companion.messages.channels.web_push import LONGEST_TEXT, WebPush
from companion.messages.public_numbers import is_public
from companion.messages.push_subscription import read_address, read_subscription
from companion.messages.push_tokens import PushTokens
from companion.messages.vapid import public_key_of, vapid_key
from tests.push_service import PushService, push_service

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
TOKENS = PushTokens("k" * 40)
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def running() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture
def service(running: PushService) -> PushService:
    running.answers, running.pushed, running.delay_s = [], [], 0.0
    return running


def channel(**changed: Any) -> WebPush:
    options: dict[str, Any] = {"may_be_private": True} | changed
    return WebPush(KEY, "mailto:push@clinic.example", TOKENS, **options)


def reminder(service: PushService, **changed: Any) -> Outgoing:
    outgoing = Outgoing(
        to=service.address(),
        text="Time for your 08:00 medicine. Please answer: taken, later or skip.",
        correlation_id="c0ffee",
        valid_for_s=3600,
        title="Your 08:00 medicine",
        link="http://localhost/tap/secret",
        asks=True,
        topic="dose-0800",
        is_urgent=True,
        purpose="reminder",
    )
    return replace(outgoing, **changed)


def test_a_reminder_arrives_sealed_for_that_browser_and_signed_by_us(service: PushService) -> None:
    result = channel().send(reminder(service))

    (pushed,) = service.pushed
    assert result == Accepted("/m/0")
    assert pushed.signed_by == public_key_of(KEY)
    assert pushed.claims["sub"] == "mailto:push@clinic.example"
    assert 0 < pushed.claims["exp"] - time.time() <= 24 * 3600
    assert pushed.payload["title"] == "Your 08:00 medicine"
    assert pushed.payload["text"].startswith("Time for your 08:00 medicine.")


def test_what_the_push_service_may_do_with_it_stands_in_its_headers(service: PushService) -> None:
    channel().send(reminder(service))
    channel().send(reminder(service, is_urgent=False, asks=False, topic="", valid_for_s=0))

    told = [{name: push.headers.get(name) for name in ("Ttl", "Urgency", "Topic")} for push in service.pushed]
    assert told[0] == {"Ttl": "3600", "Urgency": "high", "Topic": "dose-0800"}
    assert told[1] == {"Ttl": "1", "Urgency": "normal", "Topic": None}


def test_the_notification_knows_its_buttons_its_page_and_whom_it_answers_for(service: PushService) -> None:
    channel().send(reminder(service))

    payload = service.pushed[0].payload
    assert [each["action"] for each in payload["actions"]] == ["taken", "later"]
    assert payload["url"] == "http://localhost/tap/secret"
    assert (payload["tag"], payload["id"]) == ("dose-0800", "c0ffee")
    assert TOKENS.delivery(payload["token"]) == "c0ffee"


def test_buttons_speak_the_patients_language(service: PushService) -> None:
    channel().send(reminder(service, language="zh"))

    payload = service.pushed[0].payload
    assert payload["lang"] == "zh-CN"
    assert [each["title"] for each in payload["actions"]] == ["我吃了", "稍后"]


def test_what_asks_nothing_has_no_buttons(service: PushService) -> None:
    channel().send(reminder(service, asks=False))

    assert service.pushed[0].payload["actions"] == []


def test_the_longest_text_in_chinese_fits_what_every_push_service_takes(service: PushService) -> None:
    long = "药" * (LONGEST_TEXT + 100)

    channel().send(reminder(service, text=long, language="zh", link="https://clinic.example/tap/" + "a" * 43))

    assert len(service.pushed[0].payload["text"]) == LONGEST_TEXT
    assert service.pushed[0].size < 2744


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (201, {}, Accepted("push-c0ffee")),
        (202, {"Location": "x" * 200}, Accepted("push-c0ffee")),
        (404, {}, Rejected("404", Refusal.BAD_ADDRESS)),
        (410, {}, Rejected("410", Refusal.BAD_ADDRESS)),
        (413, {}, Rejected("413", Refusal.NOT_THESE_WORDS)),
        (429, {"Retry-After": "7"}, RetryAfter(7, "429")),
        (503, {"Retry-After": "999999"}, RetryAfter(3600, "503")),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, RetryAfter(30, "503")),
        (406, {}, RetryAfter(30, "406")),
        (401, {}, RetryAfter(300, "401")),
        (403, {}, RetryAfter(300, "403")),
        (400, {}, Rejected("400", Refusal.OTHER_WAY)),
        (500, {}, Ambiguous("500")),
        (502, {}, Ambiguous("502")),
        (307, {"Location": "/elsewhere"}, Rejected("redirected", Refusal.OTHER_WAY)),
    ],
)
def test_each_answer_of_a_push_service_has_a_meaning(
    service: PushService, status: int, headers: dict[str, str], expected: object
) -> None:
    service.answers = [(status, headers)]

    assert channel().send(reminder(service)) == expected


def test_nobody_there_was_surely_not_taken(service: PushService) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        nobody = service.address().replace(service.url, f"http://127.0.0.1:{reserved.getsockname()[1]}")

        result = channel().send(reminder(service, to=nobody))

    assert result == RetryAfter(30, "no_connection")


def test_a_push_service_that_does_not_answer_in_time_may_have_it(service: PushService) -> None:
    service.delay_s = 0.5

    assert isinstance(channel(timeout_s=0.1).send(reminder(service)), Ambiguous)
    assert len(service.pushed) == 1


def test_it_cannot_be_asked_later(service: PushService) -> None:
    assert channel().lookup(reminder(service), NOW, frozenset()) == Unsupported()


def test_one_channel_serves_many_threads(service: PushService) -> None:
    way = channel()
    messages = [reminder(service, correlation_id=f"c{number}", topic=f"t{number}") for number in range(40)]

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(way.send, messages))

    assert all(isinstance(result, Accepted) for result in results)
    assert {push.payload["id"] for push in service.pushed} == {message.correlation_id for message in messages}


class TestWhereAPushMayGo:
    def test_a_push_service_in_this_house_is_never_called(self, service: PushService) -> None:
        way = channel(may_be_private=False)

        result = way.send(reminder(service))

        assert result == Rejected("no_subscription", Refusal.BAD_ADDRESS)
        assert service.pushed == []

    def test_a_name_that_leads_into_this_house_gets_nothing(
        self, service: PushService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port = int(service.url.rpartition(":")[2])
        here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: here)
        outside = service.address().replace(service.url, "https://push.example.com")

        result = channel(may_be_private=False).send(reminder(service, to=outside))

        assert result == Rejected("not_public", Refusal.BAD_ADDRESS)
        assert service.pushed == []

    def test_plain_http_is_not_spoken(self) -> None:
        assert set(push_session(1, may_be_private=False).adapters) == {"https://"}

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "100.64.0.1", "::1", "fe80::1%eth0",
                 "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"],
    )  # fmt: skip
    def test_numbers_of_this_house_are_known(self, host: str) -> None:
        assert not is_public(host)

    @pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
    def test_numbers_of_the_internet_are_known(self, host: str) -> None:
        assert is_public(host)


class TestSubscriptions:
    def test_one_text_for_one_subscription(self, service: PushService) -> None:
        said = service.subscription()
        again = {"keys": dict(reversed(said["keys"].items())), "expirationTime": None, "endpoint": said["endpoint"]}

        first, second = (read_subscription(each, may_be_private=True).address() for each in (said, again))

        assert first == second
        assert read_address(first, may_be_private=True).endpoint == said["endpoint"]

    @pytest.mark.parametrize(
        "endpoint",
        ["", "http://push.example.com/x", "https://127.0.0.1/x", "https://[::1]/x", "https://localhost/x",
         "https://intranet/x", "https://a.local/x", "https://10.0.0.1/", "https://user:pass@push.example.com/",
         "https://push.example.com:8443/x", "https://push.example.com/ x", "https://push.example.com/\u00e9",
         "https://push.example.com/" + "x" * 1000, "ftp://push.example.com", "https://push.example.com:x/", "https://"],
    )  # fmt: skip
    def test_an_address_that_no_push_service_gives_is_refused(self, service: PushService, endpoint: str) -> None:
        with pytest.raises(BadInput) as refused:
            read_subscription(service.subscription() | {"endpoint": endpoint})

        assert refused.value.where == "endpoint"

    @pytest.mark.parametrize(
        "keys", [None, {}, {"p256dh": "AAAA", "auth": "A" * 22}, {"p256dh": 7, "auth": "A" * 22}, {"auth": "A" * 22}]
    )
    def test_keys_that_seal_nothing_are_refused(self, service: PushService, keys: object) -> None:
        said = {"endpoint": "https://push.example.com/x", "keys": keys}

        with pytest.raises(BadInput):
            read_subscription(said)

    def test_a_secret_of_another_length_is_refused(self, service: PushService) -> None:
        said = service.subscription() | {"endpoint": "https://push.example.com/x"}
        said["keys"] = said["keys"] | {"auth": "AAAA"}

        with pytest.raises(BadInput, match="16 bytes"):
            read_subscription(said)

    @given(st.text(max_size=200))
    def test_any_text_is_a_subscription_or_a_bad_input(self, text: str) -> None:
        with pytest.raises(BadInput):
            read_address(text)

    @given(st.dictionaries(st.sampled_from(["endpoint", "keys"]), st.recursive(
        st.none() | st.text(max_size=30) | st.integers(), lambda inner: st.dictionaries(
            st.sampled_from(["p256dh", "auth"]), inner, max_size=2))))  # fmt: skip
    def test_anything_a_page_says_is_a_subscription_or_a_bad_input(self, said: dict[str, Any]) -> None:
        with pytest.raises(BadInput):
            read_address(json.dumps(said))


class TestOurKey:
    def test_it_is_made_once_and_only_its_owner_may_read_it(self, tmp_path: Path) -> None:
        path = tmp_path / "var" / "vapid.pem"

        first, second = public_key_of(vapid_key(path)), public_key_of(vapid_key(path))

        assert first == second
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [each.name for each in path.parent.iterdir()] == ["vapid.pem"]

    def test_processes_that_start_at_once_get_one_key(self, tmp_path: Path) -> None:
        path = tmp_path / "vapid.pem"

        with ThreadPoolExecutor(8) as threads:
            keys = set(threads.map(lambda _number: public_key_of(vapid_key(path)), range(16)))

        assert len(keys) == 1

    @pytest.mark.parametrize("content", ["", "no key", "-----BEGIN EC KEY-----\nAAAA\n-----END EC KEY-----\n"])
    def test_another_file_is_refused_by_name(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "vapid.pem"
        path.write_text(content)

        with pytest.raises(BadInput, match="COMPANION_VAPID_KEY_FILE"):
            vapid_key(path)


@given(st.text(max_size=60))
def test_a_token_that_we_did_not_sign_speaks_for_nothing(token: str) -> None:
    assert (TOKENS.delivery(token), TOKENS.device(token)) == (None, None)


def test_a_token_of_one_sort_is_none_of_the_other() -> None:
    delivery, device = TOKENS.of_delivery("x"), TOKENS.of_device("x")

    assert (TOKENS.device(delivery), TOKENS.delivery(device)) == (None, None)
    assert PushTokens("j" * 40).delivery(delivery) is None
