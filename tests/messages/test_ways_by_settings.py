"""What has to be set for each channel."""

from pathlib import Path
from typing import Any

import pytest
from environs import Env

from companion.care.contact_models import Kind
from companion.errors import BadInput
from companion.messages.channel import Subscribed
from companion.messages.vapid import public_key_of, vapid_key
from companion.messages.ways_out import WaysOut
from companion.settings import Settings, load_settings
from companion.ways_set_up import ways_set_up
from tests.messages.conftest import MovableClock

MAIL = "mailto://clinic.example:2525?smtp=127.0.0.1&from=clinic@clinic.example&mode=insecure"
WECHAT = {
    "WECHAT_APP_ID": "wx0123456789abcdef",
    "WECHAT_APP_SECRET": "secret",
    "WECHAT_TOKEN": "token",
    "WECHAT_TEMPLATES": '{"default": {"id": "tpl", "what": "thing1"}}',
}

TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_FROM": "+15005550006",
}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def load(**changed: str) -> Settings:
        monkeypatch.setenv("COMPANION_SECRET_KEY", "k" * 40)
        monkeypatch.setenv("COMPANION_VAPID_KEY_FILE", str(tmp_path / "vapid.pem"))
        for name, value in changed.items():
            monkeypatch.setenv(f"COMPANION_{name}", value)
        return load_settings(Env())

    return load


def ways_of(settings: Settings) -> WaysOut:
    return ways_set_up(settings, MovableClock())


def test_apprises_services_are_there_by_themselves_and_can_be_switched_off(settings: Any) -> None:
    with_them, without = ways_of(settings()), ways_of(settings(APPRISE_SCHEMES=""))

    assert with_them.of(Kind.APPRISE) is not None
    assert without.of(Kind.APPRISE) is None
    assert with_them.of(Kind.EMAIL) is with_them.of(Kind.WECHAT) is None


def test_each_channel_is_there_once_it_is_set_up(settings: Any) -> None:
    ways = ways_of(settings(MAIL_URL=MAIL, **WECHAT))

    assert {"console", "email", "apprise", "wechat"} <= {channel.name for channel in ways}


@pytest.mark.parametrize("missing", ["WECHAT_APP_SECRET", "WECHAT_TOKEN", "WECHAT_TEMPLATES"])
def test_half_an_account_is_refused_at_the_start(settings: Any, missing: str) -> None:
    with pytest.raises(BadInput, match="WeChat is half set up"):
        settings(**WECHAT | {missing: ""})


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"MAIL_URL": "smtp.clinic.example"}, "COMPANION_MAIL_URL"),
        (WECHAT | {"WECHAT_TEMPLATES": "tpl"}, "COMPANION_WECHAT_TEMPLATES"),
        (WECHAT | {"WECHAT_AES_KEY": "short"}, "COMPANION_WECHAT_AES_KEY"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_without_its_value(
    settings: Any, changed: dict[str, str], named: str
) -> None:
    with pytest.raises(BadInput, match=named) as refused:
        ways_of(settings(**changed))

    assert not any(value in str(refused.value) for value in changed.values())


def test_only_the_services_that_are_allowed_are_taken(settings: Any) -> None:
    ways = ways_of(settings(APPRISE_SCHEMES="Tgram  json"))

    ways.check(Kind.APPRISE, "tgram://123456789:abcdefg_hijklmnop/12315544")
    with pytest.raises(BadInput, match="allowed: json, tgram"):
        ways.check(Kind.APPRISE, "ntfy://anna")
    ways.check(Kind.SMS, "+491700000001")


def test_without_a_provider_texts_go_to_a_file_and_nobody_is_called(settings: Any) -> None:
    ways = ways_of(settings())

    assert [channel.name for channel in (ways.of(Kind.SMS), ways.of(Kind.VOICE)) if channel] == ["console"]


def test_calls_are_there_once_they_have_a_number(settings: Any) -> None:
    texts, both = ways_of(settings(**TWILIO)), ways_of(settings(**TWILIO, TWILIO_CALLER="+15005550007"))

    assert texts.of(Kind.VOICE) is None
    assert [channel.name for channel in (both.of(Kind.SMS), both.of(Kind.VOICE)) if channel] == [
        "twilio_sms",
        "twilio_voice",
    ]


def test_a_number_that_sends_less_a_second_is_not_hurried(settings: Any) -> None:
    ways = ways_of(settings(**TWILIO, TWILIO_TEXTS_PER_SECOND="1.5"))

    sms = ways.of(Kind.SMS)
    assert sms is not None
    assert sms.caps.per_second == 1.5


def test_calls_without_an_account_are_refused_at_the_start(settings: Any) -> None:
    with pytest.raises(BadInput, match="Calls need a Twilio account"):
        settings(TWILIO_CALLER="+15005550007")


def test_browsers_are_always_there_with_a_key_of_this_installation(settings: Any, tmp_path: Path) -> None:
    channel: object = ways_of(settings()).of(Kind.PUSH)

    assert isinstance(channel, Subscribed)
    assert channel.public_key == public_key_of(vapid_key(tmp_path / "vapid.pem"))


@pytest.mark.parametrize(
    ("changed", "contact"),
    [
        ({}, "mailto:companion@localhost"),
        ({"PUBLIC_URL": "https://clinic.example:8443"}, "https://clinic.example"),
        (
            {"PUBLIC_URL": "https://clinic.example", "VAPID_CONTACT": "mailto:it@clinic.example"},
            "mailto:it@clinic.example",
        ),
    ],
)
def test_push_services_are_told_whom_to_write_to(settings: Any, changed: dict[str, str], contact: str) -> None:
    assert settings(**changed).vapid_contact == contact


@pytest.mark.parametrize(
    "contact", ["it@clinic.example", "mailto:it", "https://clinic.example/about", "http://clinic.example"]
)
def test_a_contact_that_push_services_refuse_is_refused_at_the_start(settings: Any, contact: str) -> None:
    with pytest.raises(BadInput, match="COMPANION_VAPID_CONTACT"):
        settings(VAPID_CONTACT=contact)
