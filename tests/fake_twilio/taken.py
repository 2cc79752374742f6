"""What Twilio took, and how its API shows that."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.fake_twilio.signing import ACCOUNT_SID

NUMBER = "+15005550006"
"""Ours."""

API = f"/2010-04-01/Accounts/{ACCOUNT_SID}"


def machine_clock() -> datetime:
    return datetime.now(UTC)


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
    created_at: datetime = field(default_factory=machine_clock)

    def as_resource(self) -> dict[str, Any]:
        created, path = format_datetime(self.created_at), f"{API}/Messages/{self.sid}"
        is_service = self.sender.startswith("MG")
        return {
            "account_sid": ACCOUNT_SID,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": created,
            "date_sent": None if self.status == "queued" else created,
            "date_updated": created,
            "direction": "outbound-api",
            "error_code": self.error_code,
            "error_message": None,
            "from": None if is_service else self.sender,
            "messaging_service_sid": self.sender if is_service else None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": self.to,
            "uri": f"{path}.json",
        }


@dataclass
class Call:
    """One call that was taken. `twiml`: what the line does at the moment."""

    to: str
    twiml: str
    caller: str
    rings_s: int
    status_callback: str
    events: tuple[str, ...]
    fault: str | None = None
    sid: str = field(default_factory=lambda: "CA" + secrets.token_hex(16))
    status: str = "queued"
    created_at: datetime = field(default_factory=machine_clock)

    def as_resource(self) -> dict[str, Any]:
        created, path = format_datetime(self.created_at), f"{API}/Calls/{self.sid}"
        has_ended = self.status not in ("queued", "initiated", "ringing", "in-progress")
        return {
            "account_sid": ACCOUNT_SID,
            "annotation": None,
            "answered_by": None,
            "api_version": "2010-04-01",
            "caller_name": None,
            "date_created": created,
            "date_updated": created,
            "direction": "outbound-api",
            "duration": "0" if has_ended else None,
            "end_time": created if has_ended else None,
            "forwarded_from": None,
            "from": self.caller,
            "from_formatted": self.caller,
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "start_time": None if self.status == "queued" else created,
            "status": self.status,
            "subresource_uris": {"recordings": f"{path}/Recordings.json"},
            "to": self.to,
            "to_formatted": self.to,
            "trunk_sid": None,
            "uri": f"{path}.json",
        }
