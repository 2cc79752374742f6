"""The server: Twilio's API as far as we use it, and its memory."""

import threading
import time
import xml.etree.ElementTree as ElementTree
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from secrets import token_hex
from typing import Any

import requests
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from tests.fake_twilio.faults import MAGIC, NEVER_SHOWN, REFUSED, Fault
from tests.fake_twilio.signing import ACCOUNT_SID, AUTH_TOKEN, post_signed
from tests.fake_twilio.taken import API, NUMBER, Call, Text, machine_clock

STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "退订"}
START_WORDS = {"START", "UNSTOP", "YES"}
MOST_TWIML = 4000

Answer = tuple[Response, int]


class FakeTwilio:
    """The server and its memory. `faults` are met by the next texts and calls, one each, whatever their number.

    `reports_after_s`: how long after taking a text it calls back with `sent` and the end; None: never on its own.
    `clock`: what it takes for now, the machine's own if none is given.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        reports_after_s: float | None = None,
        hangs_for_s: float = 30,
        clock: Callable[[], datetime] = machine_clock,
    ) -> None:
        self.ledger: list[Text] = []
        self.calls: list[Call] = []
        self.opted_out: set[str] = set()
        self.faults: deque[Fault] = deque()
        self.is_down = False
        self.is_busy = False
        self.asked = 0
        self._reports_after_s = reports_after_s
        self._hangs_for_s = hangs_for_s
        self._clock = clock
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

    # What Twilio tells us on its own

    def report(self, text: Text, status: str, error_code: int | None = None) -> requests.Response:
        """One signed status callback about a text."""
        text.status, text.error_code = status, error_code
        form = {
            "MessageSid": text.sid,
            "AccountSid": ACCOUNT_SID,
            "MessageStatus": status,
            "To": text.to,
            "From": text.sender,
            **({"ErrorCode": str(error_code)} if error_code else {}),
        }
        return post_signed(text.status_callback, form)

    def inbound(self, url: str, from_number: str, body: str) -> requests.Response:
        """Somebody writes to our number; STOP and START are acted upon before anybody is told."""
        form = {"MessageSid": "SM" + token_hex(16), "AccountSid": ACCOUNT_SID, "NumSegments": "1"}
        form |= {"From": from_number, "To": NUMBER, "Body": body} | self._opt_out(from_number, body)
        return post_signed(url, form)

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
        base = "/2010-04-01/Accounts/<account>"
        app.before_request(self._may_ask)
        app.add_url_rule(f"{base}/Messages.json", "create_text", self._create_text, methods=["POST"])
        app.add_url_rule(f"{base}/Messages.json", "texts", self._list_texts, methods=["GET"])
        app.add_url_rule(f"{base}/Messages/<sid>.json", "text", self._fetch_text, methods=["GET"])
        app.add_url_rule(f"{base}/Calls.json", "create_call", self._create_call, methods=["POST"])
        app.add_url_rule(f"{base}/Calls.json", "calls", self._list_calls, methods=["GET"])
        app.add_url_rule(f"{base}/Calls/<sid>.json", "call", self._fetch_call, methods=["GET"])
        app.add_url_rule("/_fake/ledger", "ledger", lambda: jsonify([asdict(text) for text in self.ledger]))
        app.add_url_rule("/_fake/inbound", "inbound", self._inbound_on_request, methods=["POST"])
        return app

    def _may_ask(self) -> Answer | None:
        if request.path.startswith("/_fake/"):
            return None
        self.asked += 1
        given = request.authorization
        if given is None or (given.username, given.password) != (ACCOUNT_SID, AUTH_TOKEN):
            return _error(401, 20003, "Authenticate")
        if self.is_busy:
            return _error(*REFUSED[Fault.BUSY])
        return _error(503, 20503, "Service unavailable") if self.is_down else None

    def _fault_for(self, number: str) -> Fault | None:
        with self._lock:
            return self.faults.popleft() if self.faults else MAGIC.get(number)

    def _taken(self, taken: Text | Call, fault: Fault | None) -> Answer:
        """The answer to what was taken; or none that the caller could read."""
        if fault is Fault.HANG_AFTER_ACCEPT:
            self._stopped.wait(self._hangs_for_s)
        if fault in (Fault.ERROR_AFTER_ACCEPT, Fault.HANG_AFTER_ACCEPT):
            return _error(500, 20500, "Internal Server Error")
        return jsonify(taken.as_resource()), 201

    # Texts

    def _create_text(self, account: str) -> Answer:
        form = request.form
        fault = self._fault_for(form.get("To", ""))
        refusal = self._text_refusal(form, fault)
        return refusal or self._taken(self._take_text(form, fault), fault)

    def _text_refusal(self, form: Mapping[str, str], fault: Fault | None) -> Answer | None:
        if fault in REFUSED:
            return _error(*REFUSED[fault])
        if not form.get("To"):
            return _error(400, 21604, "A 'To' phone number is required.")
        if form["To"] in self.opted_out:
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if not 1 <= int(form.get("ValidityPeriod", 1)) <= 36000:
            return _error(400, 21624, "Invalid validity period value")
        return None

    def _take_text(self, form: Mapping[str, str], fault: Fault | None) -> Text:
        text = Text(
            to=form["To"],
            body=form["Body"],
            sender=form.get("From") or form.get("MessagingServiceSid", ""),
            validity_period=int(form.get("ValidityPeriod", 36000)),
            status_callback=form.get("StatusCallback", ""),
            fault=fault.name if fault else None,
            created_at=self._clock(),
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

    def _list_texts(self, account: str) -> Response:
        return _page("Messages", "messages", [text for text in self.ledger if _was_asked_for(text)])

    def _fetch_text(self, account: str, sid: str) -> Answer:
        return _one_of(self.ledger, sid)

    # Calls

    def _create_call(self, account: str) -> Answer:
        form = request.form
        fault = self._fault_for(form.get("To", ""))
        refusal = _call_refusal(form, fault)
        return refusal or self._taken(self._take_call(form, fault), fault)

    def _take_call(self, form: Any, fault: Fault | None) -> Call:
        call = Call(
            to=form["To"],
            twiml=form["Twiml"],
            caller=form["From"],
            rings_s=int(form.get("Timeout", 60)),
            status_callback=form.get("StatusCallback", ""),
            events=tuple(form.getlist("StatusCallbackEvent")) or ("completed",),
            fault=fault.name if fault else None,
            created_at=self._clock(),
        )
        with self._lock:
            self.calls.append(call)
        return call

    def _list_calls(self, account: str) -> Response:
        return _page("Calls", "calls", [call for call in self.calls if _was_asked_for(call)])

    def _fetch_call(self, account: str, sid: str) -> Answer:
        return _one_of(self.calls, sid)

    def _inbound_on_request(self) -> Answer:
        asked = request.get_json()
        answer = self.inbound(asked["url"], asked["from"], asked["body"])
        return jsonify(status=answer.status_code, body=answer.text), 200


def _call_refusal(form: Mapping[str, str], fault: Fault | None) -> Answer | None:
    if fault in REFUSED:
        return _error(*REFUSED[fault])
    if not form.get("To"):
        return _error(400, 21201, "No 'To' number is specified")
    if not form.get("From"):
        return _error(400, 21213, "Caller phone number is required")
    if not 1 <= int(form.get("Timeout", 60)) <= 600:
        return _error(400, 13223, "Invalid timeout value")
    if not _is_twiml(form.get("Twiml", "")):
        return _error(400, 12100, "Document parse failure")
    return None


def _is_twiml(twiml: str) -> bool:
    try:
        return len(twiml) <= MOST_TWIML and ElementTree.fromstring(twiml).tag == "Response"
    except ElementTree.ParseError:
        return False


def _was_asked_for(taken: Text | Call) -> bool:
    wanted, day = request.args, taken.created_at.date().isoformat()
    if wanted.get("To") and taken.to != wanted["To"]:
        return False
    return wanted.get("DateSent>", day)[:10] <= day <= wanted.get("DateSent<", day)[:10]


def _page(collection: str, key: str, found: Sequence[Text | Call]) -> Response:
    """The newest first."""
    page = f"{request.host_url}{API[1:]}/{collection}.json?PageSize=50&Page=0"
    return jsonify(
        {
            key: [taken.as_resource() for taken in reversed(found)],
            "page": 0,
            "page_size": 50,
            "start": 0,
            "end": len(found),
            "uri": page,
            "first_page_uri": page,
            "next_page_uri": None,
            "previous_page_uri": None,
        }
    )


def _one_of(memory: Sequence[Text | Call], sid: str) -> Answer:
    for taken in memory:
        if taken.sid == sid:
            return jsonify(taken.as_resource()), 200
    return _error(404, 20404, "The requested resource was not found")


def _error(status: int, code: int, message: str) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return jsonify(code=code, message=message, more_info=more, status=status), status
