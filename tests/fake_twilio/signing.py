"""Requests that Twilio makes, signed with the account's token."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

import requests

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "a-token-only-for-tests"


def signature(url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL and every sorted key with its value, in base 64."""
    signed = url + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.new(AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def post_signed(url: str, form: Mapping[str, str]) -> requests.Response:
    return requests.post(url, data=form, headers={"X-Twilio-Signature": signature(url, form)}, timeout=5)
