"""What Twilio's error codes ask for, by text and by call. Pure.

Source: Twilio's list of error codes (www.twilio.com/docs/api/errors), and reference/reminders.md §3.
"""

from collections.abc import Mapping

from companion.messages.channel import Refusal

ADDRESS: Mapping[str, Refusal] = {
    "13224": Refusal.BAD_ADDRESS,  # a call to what is no number
    "21211": Refusal.BAD_ADDRESS,  # not a valid number
    "21214": Refusal.BAD_ADDRESS,  # cannot be reached
    "21217": Refusal.BAD_ADDRESS,  # not a valid number
    "21604": Refusal.BAD_ADDRESS,  # no number given
    "21614": Refusal.BAD_ADDRESS,  # not a mobile number
    "30005": Refusal.BAD_ADDRESS,  # unknown or no longer in use
    "30006": Refusal.OTHER_WAY,  # a landline
    "21215": Refusal.OTHER_WAY,  # our account may not call that country
    "21408": Refusal.OTHER_WAY,  # our account may not text that country
    "21612": Refusal.OTHER_WAY,  # no route from our number to this one
    "30004": Refusal.OTHER_WAY,  # blocked by the handset or its carrier
    "30024": Refusal.OTHER_WAY,  # the carrier knows no such sender
    "30034": Refusal.OTHER_WAY,  # our number is not registered for texts to the United States
    "21610": Refusal.OPTED_OUT,
}
WORDS: Mapping[str, Refusal] = {
    "21602": Refusal.NOT_THESE_WORDS,  # empty
    "21605": Refusal.NOT_THESE_WORDS,  # too long
    "21617": Refusal.NOT_THESE_WORDS,  # too long
    "30007": Refusal.NOT_THESE_WORDS,  # filtered
}
MAY_PASS: Mapping[str, Refusal] = {
    "30001": Refusal.TRY_AGAIN,  # too many of ours are waiting
    "30003": Refusal.TRY_AGAIN,  # handset switched off or out of reach
    "30008": Refusal.TRY_AGAIN,  # unknown error
    "30036": Refusal.TRY_AGAIN,  # its validity ended first; our window may be longer than Twilio's 10 hours
}
MEANINGS: Mapping[str, Refusal] = {**ADDRESS, **WORDS, **MAY_PASS}


def of_answer(code: str) -> Refusal:
    """Of a request that Twilio refused: an unknown code may be a fault of our account that somebody repairs."""
    return MEANINGS.get(code, Refusal.TRY_AGAIN)


def of_report(code: str | None) -> Refusal | None:
    """Of a message that failed after Twilio took it: with an unknown code, another way is the best guess."""
    return MEANINGS.get(code, Refusal.OTHER_WAY) if code else None
