"""A mail server on this machine: takes what it is told to take, and keeps it."""

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = "clinic", "a-password-only-for-tests"


class FakeMail:
    """`refuses` maps recipients to the answer at RCPT; `at_data` answers a text; `hangs_for_s` delays that.

    `received` are the mails that were taken, parsed, even those whose sender was never told so.
    """

    def __init__(self, *, with_login: bool = False) -> None:
        self.received: list[EmailMessage] = []
        self.refuses: dict[str, str] = {}
        self.refuses_sender = ""
        self.at_data = "250 OK"
        self.hangs_for_s = 0.0
        self._with_login = with_login
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "FakeMail":
        self._thread.start()
        serving = self._loop.create_server(self._session, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(5)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def url(self) -> str:
        """The server as COMPANION_MAIL_URL names it."""
        return f"mailto://clinic.example:{self.port}?smtp=127.0.0.1&from=clinic@clinic.example&mode=insecure"

    def url_as(self, user: str, password: str) -> str:
        return self.url.replace("mailto://", f"mailto://{user}:{password}@")

    def _session(self) -> SMTP:
        login = {"authenticator": _check, "auth_require_tls": False} if self._with_login else {}
        return SMTP(self, loop=self._loop, enable_SMTPUTF8=True, **login)

    async def handle_MAIL(self, _s: SMTP, _session: Session, envelope: Envelope, sender: str, _o: list[str]) -> str:
        if self.refuses_sender:
            return self.refuses_sender
        envelope.mail_from = sender
        return "250 OK"

    async def handle_RCPT(self, _s: SMTP, _session: Session, envelope: Envelope, address: str, _o: list[str]) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _s: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.at_data.startswith("2"):
            assert isinstance(envelope.content, bytes)
            self.received.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.default))
        await asyncio.sleep(self.hangs_for_s)
        return self.at_data


def _check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
    is_known = (getattr(given, "login", b""), getattr(given, "password", b"")) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)
