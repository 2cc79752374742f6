"""A small WeChat on this machine: an account with followers, which remembers what it took and misbehaves on order.

It speaks `stable_token`, `message/template/send` and `qrcode/create`, and posts what WeChat's server posts: receipts,
texts and events, in the clear or encrypted. It shares no code with the product.
"""

import base64
import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from urllib.parse import urlencode

import requests
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

APP_ID, APP_SECRET, TOKEN = "wx0123456789abcdef", "a-secret-only-for-tests", "a-token-only-for-tests"
AES_KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode().rstrip("=")
OFFICIAL_ID = "gh_0123456789ab"
TEMPLATES = {"tpl-reminder": ("thing1", "time2"), "tpl-other": ("thing1", "time2", "thing3")}


class Fault(Enum):
    """What may go wrong with one template message."""

    HANG_AFTER_ACCEPT = auto()
    ERROR_AFTER_ACCEPT = auto()  # HTTP 502, and it was taken
    BUSY_AFTER_ACCEPT = auto()  # errcode -1, and it was taken
    BUSY = auto()
    DAY_IS_FULL = auto()
    MINUTE_IS_FULL = auto()


ERRCODES = {Fault.BUSY_AFTER_ACCEPT: -1, Fault.BUSY: -1, Fault.DAY_IS_FULL: 45009, Fault.MINUTE_IS_FULL: 45011}


@dataclass
class Shown:
    """One template message that was taken."""

    msgid: int
    openid: str
    template_id: str
    data: dict[str, str]
    url: str
    client_msg_id: str
    at: float = field(default_factory=time.time)


class FakeWeChat:
    """`faults` are met by the next template messages, one each. `lasts_s`: how long a token is good."""

    def __init__(self, *, lasts_s: int = 7200, hangs_for_s: float = 5) -> None:
        self.followers: set[str] = set()
        self.blacklist: set[str] = set()
        self.ledger: list[Shown] = []
        self.faults: deque[Fault] = deque()
        self.tokens_given: list[str] = []
        self.is_locked_out = False
        self.refuses_tokens = False
        self.asked = 0
        self._lasts_s, self._hangs_for_s = lasts_s, hangs_for_s
        self._valid_token = ""
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FakeWeChat":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def end_token(self, *, tell_new_one: bool = True) -> None:
        """The token in use ends early. `tell_new_one`: False as long as the old one is still given out."""
        with self._lock:
            self._valid_token = secrets.token_hex(16) if tell_new_one else f"beyond {self._valid_token}"

    # The API

    def _app(self) -> Flask:
        app = Flask(__name__)
        app.add_url_rule("/cgi-bin/stable_token", "token", self._give_token, methods=["POST"])
        app.add_url_rule("/cgi-bin/message/template/send", "send", self._send, methods=["POST"])
        app.add_url_rule("/cgi-bin/qrcode/create", "qrcode", self._qrcode, methods=["POST"])
        return app

    def _give_token(self) -> Response:
        asked = request.get_json()
        if self.is_locked_out:
            return _error(40164, "invalid ip, not in whitelist")
        if (asked["appid"], asked["secret"], asked["grant_type"]) != (APP_ID, APP_SECRET, "client_credential"):
            return _error(40125, "invalid appsecret")
        with self._lock:
            if asked.get("force_refresh") or not self._valid_token:
                self._valid_token = secrets.token_hex(16)
            given = self._valid_token.removeprefix("beyond ")
            self.tokens_given.append(given)
        return jsonify(access_token=given, expires_in=self._lasts_s)

    def _token_error(self) -> Response | None:
        given = request.args.get("access_token", "")
        is_good = given and given == self._valid_token and not self.refuses_tokens
        return None if is_good else _error(40001, "invalid credential")

    def _send(self) -> Response | tuple[str, int]:
        self.asked += 1
        message = request.get_json()
        with self._lock:
            fault = self.faults.popleft() if self.faults else None
        if error := self._token_error() or self._refusal(message, fault):
            return error
        shown = self._take(message)
        if fault is Fault.HANG_AFTER_ACCEPT:
            self._stopped.wait(self._hangs_for_s)
        if fault is Fault.ERROR_AFTER_ACCEPT:
            return "<html>bad gateway</html>", 502
        if fault is Fault.BUSY_AFTER_ACCEPT:
            return _error(-1, "system error")
        return jsonify(errcode=0, errmsg="ok", msgid=shown.msgid)

    def _refusal(self, message: Mapping[str, Any], fault: Fault | None) -> Response | None:
        if fault in ERRCODES and fault is not Fault.BUSY_AFTER_ACCEPT:
            return _error(ERRCODES[fault], fault.name)
        if not message["touser"].startswith("o"):
            return _error(40003, "invalid openid")
        if message["touser"] in self.blacklist:
            return _error(43019, "require remove blacklist")
        if message["touser"] not in self.followers:
            return _error(43004, "require subscribe")
        if message["template_id"] not in TEMPLATES:
            return _error(40037, "invalid template_id")
        return _wrong_field(message)

    def _take(self, message: Mapping[str, Any]) -> Shown:
        """The same client_msg_id to the same open id is shown once."""
        data = {name: entry["value"] for name, entry in message["data"].items()}
        with self._lock:
            for shown in self.ledger:
                if (shown.openid, shown.client_msg_id) == (message["touser"], message["client_msg_id"]):
                    return shown
            msgid = 2001638360000000000 + len(self.ledger)
            told = (message["template_id"], data, message.get("url", ""), message["client_msg_id"])
            shown = Shown(msgid, message["touser"], *told)
            self.ledger.append(shown)
        return shown

    def _qrcode(self) -> Response:
        if error := self._token_error():
            return error
        asked = request.get_json()
        scene = asked["action_info"]["scene"]["scene_str"]
        return jsonify(
            ticket=f"ticket-{scene}", expire_seconds=asked["expire_seconds"], url=f"http://weixin.qq.com/q/{scene}"
        )

    # What WeChat's server posts

    def finish(self, url: str, shown: Shown, status: str = "success") -> requests.Response:
        """A template message's receipt."""
        return post(url, finish_xml(shown.msgid, shown.openid, status))

    def writes(self, url: str, openid: str, text: str, *, msgid: int = 0) -> requests.Response:
        """A follower types something."""
        return post(url, text_xml(openid, text, msgid or secrets.randbits(62)))

    def follows(self, url: str, openid: str, scene: str = "") -> requests.Response:
        """Somebody follows the account, by a code they scanned or without."""
        self.followers.add(openid)
        return post(url, event_xml(openid, "subscribe", f"qrscene_{scene}" if scene else ""))

    def leaves(self, url: str, openid: str) -> requests.Response:
        """Somebody follows the account no more."""
        self.followers.discard(openid)
        return post(url, event_xml(openid, "unsubscribe"))

    def scans(self, url: str, openid: str, scene: str) -> requests.Response:
        """A follower scans a code."""
        return post(url, event_xml(openid, "SCAN", scene))


def _wrong_field(message: Mapping[str, Any]) -> Response | None:
    """A field the template does not have, or a value that is too long for its type."""
    for name, entry in message["data"].items():
        is_long = name.startswith("thing") and len(entry["value"]) > 20
        if name not in TEMPLATES[message["template_id"]] or is_long or not entry["value"]:
            return _error(47003, f"argument invalid! data.{name}.value invalid")
    return None


def _error(errcode: int, errmsg: str) -> Response:
    return jsonify(errcode=errcode, errmsg=errmsg)


def _xml(openid: str, **fields: object) -> bytes:
    fields = {"ToUserName": OFFICIAL_ID, "FromUserName": openid, "CreateTime": int(time.time()), **fields}
    inside = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return f"<xml>{inside}</xml>".encode()


def finish_xml(msgid: int, openid: str, status: str) -> bytes:
    return _xml(openid, MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID=msgid, Status=status)


def text_xml(openid: str, text: str, msgid: int) -> bytes:
    return _xml(openid, MsgType="text", Content=text, MsgId=msgid)


def event_xml(openid: str, event: str, key: str = "") -> bytes:
    return _xml(openid, MsgType="event", Event=event, EventKey=key)


def signature(*signed: str) -> str:
    return hashlib.sha1("".join(sorted(signed)).encode()).hexdigest()


def signed_query(*, at: float | None = None, token: str = TOKEN, encrypted: str = "") -> dict[str, str]:
    """The query of a request as WeChat signs it; `encrypted` adds the second signature."""
    stamp, nonce = str(int(time.time() if at is None else at)), str(secrets.randbelow(10**9))
    query = {"signature": signature(token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    if encrypted:
        query |= {"encrypt_type": "aes", "msg_signature": signature(token, stamp, nonce, encrypted)}
    return query


def sealed(xml: bytes, app_id: str = APP_ID) -> str:
    """The XML as WeChat encrypts it in the safe mode."""
    key = base64.b64decode(AES_KEY + "=")
    plain = secrets.token_bytes(16) + len(xml).to_bytes(4, "big") + xml + app_id.encode()
    missing = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()).decode()


def envelope(encrypted: str) -> bytes:
    return f"<xml><ToUserName>{OFFICIAL_ID}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def post(url: str, xml: bytes, *, seal: bool = False) -> requests.Response:
    """One request of WeChat's server."""
    encrypted = sealed(xml) if seal else ""
    query = urlencode(signed_query(encrypted=encrypted))
    body = envelope(encrypted) if seal else xml
    return requests.post(f"{url}?{query}", data=body, headers={"Content-Type": "text/xml"}, timeout=5)
