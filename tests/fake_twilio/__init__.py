"""A small Twilio on this machine, for the real client to talk to: it remembers what it took, and misbehaves on order.

It speaks the Messages and Calls parts of the 2010-04-01 API: create, list, fetch, basic auth; signed status callbacks,
signed incoming texts, and telephones that are picked up and press keys. In a test: `with FakeTwilio() as twilio: …`.
As a process: `python -m tests.fake_twilio PORT`, whose ledger is at /_fake/ledger and which sends an incoming text
when /_fake/inbound is asked to.

It shares no code with the product or with Twilio's library: signatures are computed and TwiML is read here, from their
descriptions. tests/prism holds it to Twilio's own description of its API.
"""

from tests.fake_twilio.faults import MAGIC, Fault
from tests.fake_twilio.server import FakeTwilio
from tests.fake_twilio.signing import ACCOUNT_SID, AUTH_TOKEN, signature
from tests.fake_twilio.taken import NUMBER, Call, Text

__all__ = ["ACCOUNT_SID", "AUTH_TOKEN", "MAGIC", "NUMBER", "Call", "FakeTwilio", "Fault", "Text", "signature"]
