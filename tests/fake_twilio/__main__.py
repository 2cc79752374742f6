"""The local Twilio as a process of its own."""

import os
import sys

from tests.fake_twilio.server import FakeTwilio

print(f"fake Twilio, process {os.getpid()}", file=sys.stderr)
FakeTwilio(int(sys.argv[1]), reports_after_s=0.1).serve_forever()
