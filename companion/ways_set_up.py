"""The channels that this installation's settings ask for.

Each is imported where it is used: together their libraries take half a second of every start.
"""

from companion.care.contact_models import Kind
from companion.clock import Clock
from companion.messages.channel import Channel
from companion.messages.channels.console import Console
from companion.messages.ways_out import WaysOut
from companion.settings import Settings


def ways_set_up(settings: Settings, clock: Clock) -> WaysOut:
    """Texts always go somewhere: to a file where no provider is set up. Browsers' push services need no account."""
    by_kind: dict[Kind, Channel] = {Kind.SMS: Console(settings.console_outbox), Kind.PUSH: _web_push(settings)}
    if settings.has_twilio:
        by_kind[Kind.SMS] = _twilio_sms(settings)
    if settings.twilio_caller:
        by_kind[Kind.VOICE] = _twilio_voice(settings)
    if settings.has_wechat:
        by_kind[Kind.WECHAT] = _wechat(settings, clock)
    if settings.mail_url:
        by_kind[Kind.EMAIL] = _email(settings)
    if settings.apprise_schemes:
        by_kind[Kind.APPRISE] = _apprise(settings)
    return WaysOut(by_kind)


def _twilio_sms(settings: Settings) -> Channel:
    from companion.messages.channels.twilio_sms import TwilioSms

    return TwilioSms(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_from,
        settings.public_url,
        base_url=settings.twilio_base_url,
        per_second=settings.twilio_texts_per_second,
    )


def _twilio_voice(settings: Settings) -> Channel:
    from companion.messages.channels.twilio_voice import TwilioVoice

    return TwilioVoice(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_caller,
        settings.public_url,
        base_url=settings.twilio_base_url,
        per_second=settings.twilio_calls_per_second,
    )


def _wechat(settings: Settings, clock: Clock) -> Channel:
    from companion.messages.channels.wechat import WeChat
    from companion.messages.channels.wechat_api import API, WechatApi
    from companion.messages.channels.wechat_heard import Account, read_aes_key
    from companion.messages.channels.wechat_templates import read_templates

    return WeChat(
        WechatApi(settings.wechat_app_id, settings.wechat_app_secret, settings.wechat_base_url or API),
        read_templates(settings.wechat_templates),
        Account(settings.wechat_app_id, settings.wechat_token, read_aes_key(settings.wechat_aes_key)),
        clock,
    )


def _email(settings: Settings) -> Channel:
    from companion.messages.channels.email import Email

    return Email(settings.mail_url)


def _apprise(settings: Settings) -> Channel:
    from companion.messages.channels.apprise import AppriseUrls

    return AppriseUrls(settings.apprise_schemes, may_be_private=settings.apprise_private_hosts)


def _web_push(settings: Settings) -> Channel:
    from companion.messages.channels.web_push import WebPush
    from companion.messages.push_tokens import PushTokens
    from companion.messages.vapid import vapid_key

    return WebPush(
        vapid_key(settings.vapid_key_file),
        settings.vapid_contact,
        PushTokens(settings.secret_key),
        may_be_private=settings.push_private_hosts,
    )
