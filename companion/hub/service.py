"""The service as the hub speaks to it: JSON over HTTPS, certificates checked, nothing followed elsewhere."""

import json
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import urllib3
from urllib3.exceptions import HTTPError

from companion import __version__
from companion.hub.verdict import PROBLEM, Answer

TIMEOUT = urllib3.Timeout(connect=10, read=60)


class Unreachable(Exception):
    """No answer came: the network, the name, the certificate or the service itself."""


class Reply(NamedTuple):
    """The answer, its document ({} for none), and what the service's clock showed (None: it did not say)."""

    answer: Answer
    document: dict[str, Any]
    date: datetime | None


class Service:
    """One service at one address. Its methods block: call them beside the event loop."""

    def __init__(self, address: str, token: str = "") -> None:
        self._server, self._address = address, f"{address}/api/v1"
        self._headers = {"User-Agent": f"companion-hub/{__version__}"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._pool = urllib3.PoolManager(maxsize=1, retries=False, timeout=TIMEOUT)

    def post(self, path: str, body: dict[str, Any], key: str = "") -> Reply:
        """Sends it, under that `Idempotency-Key` if there is one. Raises Unreachable."""
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        try:
            response = self._pool.request("POST", f"{self._address}{path}", json=body, headers=headers, redirect=False)
        except (HTTPError, OSError) as error:
            raise Unreachable(str(error)) from error
        return _reply(response)

    def tell_time(self) -> datetime | None:
        """What the service's clock shows; None when its answer does not say. Raises Unreachable."""
        try:
            response = self._pool.request("GET", f"{self._server}/healthz", redirect=False)
        except (HTTPError, OSError) as error:
            raise Unreachable(str(error)) from error
        return _date(response.headers.get("Date", ""))


def _reply(response: urllib3.BaseHTTPResponse) -> Reply:
    headers = response.headers
    content_type = headers.get("Content-Type", "").partition(";")[0].strip()
    document = _document(response.data)
    is_problem = content_type == PROBLEM
    answer = Answer(
        response.status,
        content_type,
        str(document.get("code", "")) if is_problem else "",
        _reason(document) if is_problem else "",
        _seconds(headers.get("Retry-After", "")),
    )
    return Reply(answer, document, _date(headers.get("Date", "")))


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _reason(document: dict[str, Any]) -> str:
    """What a problem document says, with the first place that it names."""
    told = [str(document.get("detail", ""))]
    told += [f"{error.get('pointer')}: {error.get('detail')}" for error in document.get("errors", [])[:1]]
    return " ".join(told)


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=int(text)) if text.isdigit() and len(text) < 6 else timedelta(0)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
