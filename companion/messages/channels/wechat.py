"""WeChat: template messages of the clinic's official account, their receipts, and what followers write.

Facts and sources (developers.weixin.qq.com, sendTemplateMessage): the same `client_msg_id` to the same open id is sent
once within 10 minutes. So a call whose answer is lost is repeated once, at once, without a risk. There is no way to
ask later: an attempt that stays unknown is left to the person's next channel. A template message has no end of
validity either; it is shown within seconds, and `valid_for_s` is kept by not handing it over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from companion.clock import Clock
from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Caps,
    Heard,
    InboundText,
    LookupResult,
    Outgoing,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
    StatusReport,
    Unsupported,
)
from companion.messages.channels import wechat_heard
from companion.messages.channels.wechat_api import STALE, Answer, Unknown, Unsent, WechatApi
from companion.messages.channels.wechat_heard import Account
from companion.messages.channels.wechat_templates import OTHERS, Template, filled

log = structlog.get_logger()

BUSY = -1
""""The system is busy": whether anything was done is not said."""

RETRY_S = 30
OUR_TROUBLE_S = 300

MEANINGS = {
    40003: Refusal.BAD_ADDRESS,  # not an open id of this account
    43004: Refusal.OPTED_OUT,  # does not follow the account (any more); following again undoes it
    43019: Refusal.OTHER_WAY,  # on the account's own black list: the clinic can take them off
    43101: Refusal.OPTED_OUT,  # switched these messages off
    47003: Refusal.NOT_THESE_WORDS,  # a field does not take its value
}
"""What WeChat's errors about one message ask for (developers.weixin.qq.com, 全局返回码)."""

LIMITS_S = {45009: 3600, 45011: 60}
"""The day's or the minute's calls are used up: seconds until it is worth asking again."""

OUR_TROUBLE = STALE | {40013, 40037, 40125, 40164, 48001, 48004, 50002, 61004}
"""Token, app id, template, secret, our address not on the list, or an account that may not do this: people have to
mend it."""


class WeChat:
    """Sends template messages for one account, and reads what its server posts to us."""

    name = "wechat"
    caps = Caps(receipts=True, replies=True, links=True)

    def __init__(self, api: WechatApi, templates: Mapping[str, Template], account: Account, clock: Clock) -> None:
        self._api, self._templates, self._account, self._clock = api, templates, account, clock

    def send(self, outgoing: Outgoing) -> SendResult:
        message = self._message(outgoing)
        answer = self._api.post("message/template/send", message)
        if isinstance(answer, Unknown) or _errcode(answer) == BUSY:
            answer = self._api.post("message/template/send", message)
            if isinstance(answer, Unsent):  # the first may have got through
                return Ambiguous(answer.code)
        return _result(answer)

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        return Unsupported()

    def scan_link(self, code: str, good_for_s: int) -> str | None:
        """Scanning makes a follower of whoever does it, and says the code as an event (生成带参数的二维码)."""
        scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": code}}}
        answer = self._api.post("qrcode/create", {"expire_seconds": good_for_s, **scene})
        return str(answer["url"]) if isinstance(answer, Mapping) and answer.get("url") else None

    def verify(self, heard: Heard) -> bool:
        return wechat_heard.is_genuine(heard, self._account, self._clock())

    def parse_callback(self, heard: Heard) -> Sequence[StatusReport]:
        return wechat_heard.status_reports(wechat_heard.said(heard, self._account))

    def parse_inbound(self, heard: Heard) -> Sequence[InboundText]:
        return wechat_heard.inbound_texts(wechat_heard.said(heard, self._account))

    def _message(self, outgoing: Outgoing) -> dict[str, Any]:
        template = self._templates.get(outgoing.purpose) or self._templates[OTHERS]
        return {
            "touser": outgoing.to,
            "template_id": template.template_id,
            "client_msg_id": outgoing.correlation_id,
            "data": filled(template, outgoing),
            **({"url": outgoing.link} if outgoing.link else {}),
        }


def _result(answer: Answer) -> SendResult:
    match answer:
        case Unsent(code):
            return RetryAfter(RETRY_S, code)
        case Unknown(reason):
            return Ambiguous(reason)
    errcode = _errcode(answer)
    if errcode == 0 and answer.get("msgid"):
        return Accepted(str(answer["msgid"]))
    if errcode in (0, None, BUSY):
        return Ambiguous(f"errcode_{errcode}")
    return _refusal(errcode)


def _refusal(errcode: int) -> SendResult:
    code = str(errcode)
    if errcode in LIMITS_S:
        log.warning("WeChat's limit of calls is reached", code=code)
        return RetryAfter(LIMITS_S[errcode], code)
    if errcode in OUR_TROUBLE:
        log.error("WeChat does not let us send", code=code)
        return RetryAfter(OUR_TROUBLE_S, code)
    if errcode not in MEANINGS or errcode == 47003:
        log.error("WeChat refused a template message", code=code)
    return Rejected(code, MEANINGS.get(errcode, Refusal.OTHER_WAY))


def _errcode(answer: Answer) -> int | None:
    errcode = answer.get("errcode") if isinstance(answer, Mapping) else None
    return errcode if isinstance(errcode, int) else None
