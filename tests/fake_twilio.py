"""A small Twilio on this machine, for the real client to talk to: it remembers what it took, and misbehaves on order.

It speaks the Messages part of the 2010-04-01 API: create, list, fetch, basic auth, signed status callbacks and
signed incoming texts. In a test: `with FakeTwilio() as twilio: …`. As a process: `python -m tests.fake_twilio PORT`,
whose ledger is at /_fake/ledger and which sends an incoming text when /_fake/inbound is asked to.

It shares no code with the product or with Twilio's library: the signature is computed here from its description.
"""

import base64
import hashlib
import hmac
import os
import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum, auto
from typing import Any

import requests
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "a-token-only-for-tests"
NUMBER = "+15005550006"


class Fault(Enum):
    """What may go wrong with one text. The first two happen after it was taken: the caller cannot know."""

    ERROR_AFTER_ACCEPT = auto()
    HANG_AFTER_ACCEPT = auto()
    ERROR_BEFORE_ACCEPT = auto()
    BUSY = auto()
    INVALID_NUMBER = auto()
    UNREACHABLE = auto()  # taken, and never shown: 30003
    UNKNOWN_NUMBER = auto()  # taken, and never shown: 30005


MAGIC = {
    "+15550000500": Fault.ERROR_AFTER_ACCEPT,
    "+15550000504": Fault.HANG_AFTER_ACCEPT,
    "+15550000503": Fault.ERROR_BEFORE_ACCEPT,
    "+15550020429": Fault.BUSY,
    "+15550021211": Fault.INVALID_NUMBER,
    "+15550030003": Fault.UNREACHABLE,
    "+15550030005": Fault.UNKNOWN_NUMBER,
}
"""Numbers that always meet the same fault."""

NEVER_SHOWN = {Fault.UNREACHABLE: 30003, Fault.UNKNOWN_NUMBER: 30005}
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "退订"}
START_WORDS = {"START", "UNSTOP", "YES"}


@dataclass
class Text:
    """One text that was taken."""

    to: str
    body: str
    sender: str
    validity_period: int
    status_callback: str
    fault: str | None = None
    sid: str = field(default_factory=lambda: "SM" + secrets.token_hex(16))
    status: str = "queued"
    error_code: int | None = None
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class FakeTwilio:
    """The server and its memory. `faults` are met by the next texts, one each, whatever their number.

    `reports_after_s`: how long after taking a text it calls back with `sent` and the end; None: never on its own.
    """

    def __init__(self, port: int = 0, *, reports_after_s: float | None = None, hangs_for_s: float = 30) -> None:
        self.ledger: list[Text] = []
        self.opted_out: set[str] = set()
        self.faults: deque[Fault] = deque()
        self.is_down = False
        self.asked = 0
        self._reports_after_s = reports_after_s
        self._hangs_for_s = hangs_for_s
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._server = make_server("127.0.0.1", port, self._app(), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FakeTwilio":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        self._server.serve_forever()

    def texts_to(self, number: str) -> list[Text]:
        """What was taken for that number, oldest first."""
        return [text for text in self.ledger if text.to == number]

    def report(self, text: Text, status: str, error_code: int | None = None) -> requests.Response:
        """One signed status callback, as Twilio would send it."""
        text.status, text.error_code = status, error_code
        form = {
            "MessageSid": text.sid,
            "AccountSid": ACCOUNT_SID,
            "MessageStatus": status,
            "To": text.to,
            "From": text.sender,
            **({"ErrorCode": str(error_code)} if error_code else {}),
        }
        return _post_signed(text.status_callback, form)

    def inbound(self, url: str, from_number: str, body: str) -> requests.Response:
        """Somebody writes to our number; STOP and START are acted upon before anybody is told."""
        form = {"MessageSid": "SM" + secrets.token_hex(16), "AccountSid": ACCOUNT_SID, "NumSegments": "1"}
        form |= {"From": from_number, "To": NUMBER, "Body": body} | self._opt_out(from_number, body)
        return _post_signed(url, form)

    def _opt_out(self, number: str, body: str) -> dict[str, str]:
        word = body.strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add(number)
            return {"OptOutType": "STOP"}
        if word in START_WORDS:
            self.opted_out.discard(number)
            return {"OptOutType": "START"}
        return {}

    # The API

    def _app(self) -> Flask:
        app = Flask(__name__)
        messages = "/2010-04-01/Accounts/<account>/Messages"
        app.before_request(self._check_password)
        app.add_url_rule(f"{messages}.json", "create", self._create, methods=["POST"])
        app.add_url_rule(f"{messages}.json", "list", self._list, methods=["GET"])
        app.add_url_rule(f"{messages}/<sid>.json", "fetch", self._fetch, methods=["GET"])
        app.add_url_rule("/_fake/ledger", "ledger", lambda: jsonify([asdict(text) for text in self.ledger]))
        app.add_url_rule("/_fake/inbound", "inbound", self._inbound_on_request, methods=["POST"])
        return app

    def _check_password(self) -> tuple[Response, int] | None:
        if request.path.startswith("/_fake/"):
            return None
        self.asked += 1
        given = request.authorization
        if given is None or (given.username, given.password) != (ACCOUNT_SID, AUTH_TOKEN):
            return _error(401, 20003, "Authenticate")
        return _error(503, 20503, "Service unavailable") if self.is_down else None

    def _create(self, account: str) -> tuple[Response, int]:
        form = request.form
        fault = self._fault_for(form.get("To", ""))
        refusal = self._refusal(form, fault)
        if refusal:
            return refusal
        text = self._take(form, fault)
        if fault is Fault.HANG_AFTER_ACCEPT:
            self._stopped.wait(self._hangs_for_s)
        if fault in (Fault.ERROR_AFTER_ACCEPT, Fault.HANG_AFTER_ACCEPT):
            return _error(500, 20500, "Internal Server Error")
        return jsonify(_as_resource(text)), 201

    def _fault_for(self, number: str) -> Fault | None:
        with self._lock:
            return self.faults.popleft() if self.faults else MAGIC.get(number)

    def _refusal(self, form: Mapping[str, str], fault: Fault | None) -> tuple[Response, int] | None:
        if fault is Fault.BUSY:
            return _error(429, 20429, "Too Many Requests")
        if fault is Fault.ERROR_BEFORE_ACCEPT:
            return _error(500, 20500, "Internal Server Error")
        if not form.get("To"):
            return _error(400, 21604, "A 'To' phone number is required.")
        if fault is Fault.INVALID_NUMBER:
            return _error(400, 21211, "The 'To' number is not a valid phone number.")
        if form["To"] in self.opted_out:
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        if not 1 <= int(form.get("ValidityPeriod", 1)) <= 36000:
            return _error(400, 21624, "Invalid validity period value")
        return None

    def _take(self, form: Mapping[str, str], fault: Fault | None) -> Text:
        text = Text(
            to=form["To"],
            body=form.get("Body", ""),
            sender=form.get("From") or form.get("MessagingServiceSid", ""),
            validity_period=int(form.get("ValidityPeriod", 36000)),
            status_callback=form.get("StatusCallback", ""),
            fault=fault.name if fault else None,
        )
        with self._lock:
            self.ledger.append(text)
        if self._reports_after_s is not None and text.status_callback:
            threading.Thread(target=self._report_by_itself, args=(text, fault), daemon=True).start()
        return text

    def _report_by_itself(self, text: Text, fault: Fault | None) -> None:
        for status in ("sent", "undelivered" if fault in NEVER_SHOWN else "delivered"):
            time.sleep(self._reports_after_s or 0)
            self.report(text, status, NEVER_SHOWN.get(fault) if status == "undelivered" and fault else None)

    def _list(self, account: str) -> Response:
        wanted = [text for text in reversed(self.ledger) if _matches(text, request.args)]
        page = f"/2010-04-01/Accounts/{account}/Messages.json?PageSize=50&Page=0"
        return jsonify(
            messages=[_as_resource(text) for text in wanted],
            page=0,
            page_size=50,
            start=0,
            end=len(wanted),
            uri=page,
            first_page_uri=page,
            next_page_uri=None,
            previous_page_uri=None,
        )

    def _fetch(self, account: str, sid: str) -> tuple[Response, int]:
        for text in self.ledger:
            if text.sid == sid:
                return jsonify(_as_resource(text)), 200
        return _error(404, 20404, "The requested resource was not found")

    def _inbound_on_request(self) -> tuple[Response, int]:
        asked = request.get_json()
        answer = self.inbound(asked["url"], asked["from"], asked["body"])
        return jsonify(status=answer.status_code, body=answer.text), 200


def signature(url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL and every sorted key with its value, in base 64."""
    signed = url + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.new(AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _post_signed(url: str, form: Mapping[str, str]) -> requests.Response:
    return requests.post(url, data=form, headers={"X-Twilio-Signature": signature(url, form)}, timeout=5)


def _matches(text: Text, wanted: Mapping[str, str]) -> bool:
    if wanted.get("To") and text.to != wanted["To"]:
        return False
    day = text.created_at.date().isoformat()
    return day >= wanted.get("DateSent>", day)[:10] and day <= wanted.get("DateSent<", day)[:10]


def _error(status: int, code: int, message: str) -> tuple[Response, int]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return jsonify(code=code, message=message, more_info=more, status=status), status


def _as_resource(text: Text) -> dict[str, Any]:
    created = format_datetime(text.created_at)
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{text.sid}"
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": created,
        "date_sent": None if text.status == "queued" else created,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": text.error_code,
        "error_message": None,
        "from": text.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": text.to,
        "uri": f"{path}.json",
    }


if __name__ == "__main__":
    print(f"fake Twilio, process {os.getpid()}", file=sys.stderr)
    FakeTwilio(int(sys.argv[1]), reports_after_s=0.1).serve_forever()
