"""WeChat's HTTP interface for official accounts: the access token, and calls made with it.

Facts and sources (developers.weixin.qq.com, 服务号 API): `stable_token` gives every process the same token while it is
valid, at most 7200 s; with `force_refresh` a new one, 20 times a day and 30 s apart. Errors come as HTTP 200 with an
`errcode`. The token is part of the address, so that no address may be logged.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

import structlog
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

log = structlog.get_logger()

API = "https://api.weixin.qq.com"
CONNECT_S, WHOLE_S = 2.0, 5.0
"""One request; several of them have to fit into a channel's 20 seconds."""

ENDS_EARLIER_S = 60
"""A token is left this long before its end: one in flight must not end on the way."""

STALE = {40001, 40014, 42001}
"""The token is not the newest, not valid, or over."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """WeChat surely did nothing: it was never reached, or gave us no token."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """WeChat may have done it."""

    reason: str


Answer: TypeAlias = Mapping[str, Any] | Unsent | Unknown


class WechatApi:
    """Calls for one official account. Used by many threads at once; one of them at a time asks for a token."""

    def __init__(
        self, app_id: str, app_secret: str, base_url: str = API, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._credentials = {"grant_type": "client_credential", "appid": app_id, "secret": app_secret}
        self._base_url = base_url.rstrip("/")
        self._http = PoolManager(maxsize=8, timeout=Timeout(connect=CONNECT_S, total=WHOLE_S), retries=False)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token, self._token_ends = "", 0.0

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """One call; once more with a new token when the old one was refused, as nothing was done then."""
        token = self._current_token()
        answer = self._post_with(token, path, body)
        if isinstance(answer, Mapping) and answer.get("errcode") in STALE and isinstance(token, str):
            return self._post_with(self._token_after(token), path, body)
        return answer

    def _post_with(self, token: str | Unsent, path: str, body: Mapping[str, Any]) -> Answer:
        if isinstance(token, Unsent):
            return token
        return self._request(f"{path}?access_token={quote(token, safe='')}", body)

    def _current_token(self) -> str | Unsent:
        with self._lock:
            is_good = self._token and self._monotonic() < self._token_ends
            return self._token if is_good else self._fetch_token()

    def _token_after(self, refused: str) -> str | Unsent:
        """A token other than the refused one. Those who waited meanwhile take what the first of them got."""
        with self._lock:
            if self._token != refused:
                return self._token or self._fetch_token()
            fetched = self._fetch_token()
            return self._fetch_token(force_refresh=True) if fetched == refused else fetched

    def _fetch_token(self, **wish: bool) -> str | Unsent:
        answer = self._request("stable_token", self._credentials | wish)
        if isinstance(answer, Mapping) and answer.get("access_token"):
            self._token = str(answer["access_token"])
            self._token_ends = self._monotonic() + int(answer.get("expires_in", 0)) - ENDS_EARLIER_S
            return self._token
        self._token = ""
        code = _why_not(answer)
        log.error("WeChat gives no token", code=code)
        return Unsent(f"token_{code}")

    def _request(self, path: str, body: Mapping[str, Any]) -> Answer:
        try:
            response = self._http.request("POST", f"{self._base_url}/cgi-bin/{path}", json=body)
            answer = response.json()
        except (NewConnectionError, ConnectTimeoutError, NameResolutionError):
            return Unsent("no_connection")
        except (HTTPError, ValueError) as error:  # broken off, or an answer that is not WeChat's
            return Unknown(type(error).__name__)
        if response.status != 200 or not isinstance(answer, dict):
            return Unknown(f"http_{response.status}")
        return answer


def _why_not(answer: Answer) -> str:
    match answer:
        case Unsent(code) | Unknown(code):
            return code
    return str(answer.get("errcode"))
