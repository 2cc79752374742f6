"""The telephone at the other end of a call: it rings, is picked up or not, hears TwiML, and presses keys."""

import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element

import requests

from tests.fake_twilio.signing import ACCOUNT_SID, post_signed
from tests.fake_twilio.taken import Call

EVENT_OF = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
"""What a status is called where callbacks are asked for; every end is "completed"."""


def heard(call: Call) -> str:
    """Every word that the person hears until the line waits for a key or is closed, repeats as often as they come."""
    words = [" ".join([say.text or ""] * int(say.get("loop", "1"))) for say in _twiml(call).iter("Say")]
    return " ".join(words)


def languages(call: Call) -> set[str]:
    """In which languages something is said."""
    return {say.get("language", "en-US") for say in _twiml(call).iter("Say")}


def waits_for_a_key(call: Call) -> bool:
    return _twiml(call).find("Gather") is not None


def pick_up(call: Call) -> str:
    """It rings, somebody answers and hears the first words."""
    for status in ("initiated", "ringing", "in-progress"):
        report(call, status)
    return heard(call)


def press(call: Call, key: str) -> str:
    """The person presses a key while the line waits for one, and hears what is said then."""
    gather = _twiml(call).find("Gather")
    assert gather is not None, "the line waits for no key"
    answer = post_signed(gather.get("action", ""), _form(call) | {"Digits": key, "msg": "Gather End"})
    assert answer.status_code == 200, answer.status_code
    assert answer.headers["Content-Type"].startswith("text/xml")
    call.twiml = answer.text
    return heard(call)


def hang_up(call: Call) -> None:
    report(call, "completed")


def report(call: Call, status: str, error_code: int | None = None) -> requests.Response | None:
    """One signed status callback, if this one was asked for."""
    call.status = status
    if EVENT_OF.get(status, "completed") not in call.events:
        return None
    more = {"ErrorCode": str(error_code)} if error_code else {}
    return post_signed(call.status_callback, _form(call) | {"CallbackSource": "call-progress-events"} | more)


def _form(call: Call) -> dict[str, str]:
    return {
        "CallSid": call.sid,
        "AccountSid": ACCOUNT_SID,
        "From": call.caller,
        "To": call.to,
        "CallStatus": call.status,
        "ApiVersion": "2010-04-01",
        "Direction": "outbound-api",
    }


def _twiml(call: Call) -> Element:
    response = ElementTree.fromstring(call.twiml)
    assert response.tag == "Response", response.tag
    return response
