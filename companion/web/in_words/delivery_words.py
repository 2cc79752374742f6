"""What to do about messages that do not arrive, by what providers and we say of them."""

from companion.kpi.arriving import Fault
from companion.messages.channel import Refusal
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

_ASK_NUMBER = _l("Ask the person for the right number, and change it under Addresses.")
TO_DO: Words = {
    "30003": _l("Nothing: it is tried by another way. If it stays so, call."),
    "30004": _l("Call the person: they, or their network, block the clinic's number."),
    "30005": _ASK_NUMBER,
    "30006": _l("Agree on calls for this number, or ask for a mobile number."),
    "30007": _l("Ask the provider why the network filters the text, and have the number registered."),
    "30034": _l("Register the clinic's number with the provider."),
    "20429": _l("Nothing: it goes more slowly. If it stays so, ask the provider for a higher pace."),
    "21211": _ASK_NUMBER,
    "21610": _l("Respect it. Only the person can take it back, by texting START."),
    "21614": _l("Agree on calls for this number, or ask for a mobile number."),
    "channel_hangs": _l("Look whether the provider is up; it is tried again by itself."),
    "no_connection": _l("Look at the network of the service, and at the provider's status page."),
    "not_worded": _l("Report it to whoever makes companion: the log has the details."),
    "left_by_a_crash": _l("Look into the log of the jobs process for why it stopped."),
}
"""By error code."""
BY_MEANING: Words = {
    Refusal.TRY_AGAIN: _l("Nothing: it is tried again by itself."),
    Refusal.OTHER_WAY: _l("Nothing: it is tried by another way."),
    Refusal.BAD_ADDRESS: _l("Ask the person for the right address, and change it under Addresses."),
    Refusal.OPTED_OUT: _l("Respect it. Only the person can take it back."),
    Refusal.NOT_THESE_WORDS: _l("Ask the provider why these words are refused."),
}
"""For codes that nobody wrote down, by what the channel made of them."""
ELSE = _l("Look the code up with the provider.")


def to_do(fault: Fault) -> str:
    """What helps against it."""
    return str(TO_DO.get(fault.code) or BY_MEANING.get(fault.means) or ELSE)
