"""The clients as people use them: what deliveries are measured against."""

import requests
from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from companion.benches.local_provider import ACCOUNT
from companion.messages.channels.twilio_client import AT_ONCE

TEXT = "Time for your 08:00 medicine. Reply 1 taken, 2 later, 3 skip."
TOKEN, NUMBER, PUBLIC = "t" * 32, "+15005550006", "https://bench.example"


def pooled(threads: int) -> requests.Session:
    """A session that keeps a connection for each thread."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=threads))
    return session


def bare_client(url: str) -> Client:
    """Pooled, with a time-out; nothing else is changed."""
    http = TwilioHttpClient(timeout=10)
    assert http.session is not None
    http.session.mount("http://", HTTPAdapter(pool_maxsize=AT_ONCE))
    client = Client(ACCOUNT, TOKEN, http_client=http)
    client.api.base_url = url
    return client


def create(client: Client, number: int, text: str = TEXT) -> None:
    hook = f"{PUBLIC}/hooks/twilio_sms/status/{number:032}"
    client.messages.create(
        to=f"+1{1_000_000_000 + number}", body=text, status_callback=hook, validity_period=3600, from_=NUMBER
    )


def post(session: requests.Session, url: str, number: int) -> None:
    form = {
        "To": f"+1{1_000_000_000 + number}",
        "Body": TEXT,
        "From": NUMBER,
        "StatusCallback": f"{PUBLIC}/hooks/twilio_sms/status/{number:032}",
        "ValidityPeriod": "3600",
    }
    path = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    session.post(path, data=form, auth=(ACCOUNT, TOKEN), timeout=10).raise_for_status()
