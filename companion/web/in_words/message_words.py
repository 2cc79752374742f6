"""Messages in words: why one was sent, by what way, and what became of it."""

from collections.abc import Collection

from companion.care.contact_models import ContactPoint, ContactState, Kind
from companion.messages.by_hand import HowSeenTo
from companion.messages.courtesy import TOO_MANY
from companion.messages.history import Sent
from companion.messages.models import Delivery, DeliveryState, Message, MessageState, Purpose
from companion.messages.overview import End, Row, Trouble
from companion.messages.prepare import OF_PACE
from companion.messages.routing import NoWayBecause
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

UNDERSTOOD: Words = {
    "taken": _l("understood: taken"),
    "later": _l("understood: remind me later"),
    "skip": _l("understood: left out"),
    "help": _l("understood: asks for help"),
    "opt_out": _l("understood: wants no more messages"),
    "opt_in": _l("understood: wants messages again"),
    "unclear": _l("not understood"),
}
"""What a text that came was taken for (reminders.doses.replies)."""
PURPOSES: Words = {
    Purpose.REMINDER: _l("Reminder to take medicine"),
    Purpose.MISSED_DOSE: _l("A dose was not confirmed"),
    Purpose.NOT_REACHED: _l("No reminder arrived"),
    Purpose.MISSED_SEVERAL: _l("Several doses were not confirmed"),
    Purpose.DAILY_DIGEST: _l("How the day went"),
    Purpose.LATE_ANSWER: _l("A dose was answered late"),
    Purpose.SHARING_CHANGED: _l("What a patient shares has changed"),
    Purpose.ADVICE: _l("A doctor changed a medicine"),
    Purpose.WITHDRAWAL: _l("A doctor took a change back"),
    Purpose.URGENT_READING: _l("Something that cannot wait"),
    Purpose.URGENT_TASK: _l("An urgent task waits at the clinic"),
    Purpose.REFILL: _l("A medicine runs low"),
    Purpose.ORDER: _l("How an order from the pharmacy gets on"),
    Purpose.REPLY: _l("Answer to a text"),
    Purpose.SUGGESTION_WAITS: _l("A suggestion waits"),
    Purpose.WAITING_DIGEST: _l("What waits today"),
    Purpose.SUGGESTION_ENDS: _l("A suggestion soon expires"),
    Purpose.SUGGESTION_ENDED: _l("A suggestion expired without a decision"),
    Purpose.CODE: _l("A code that proves an address"),
    Purpose.SIGN_IN_LINK: _l("A link to sign in"),
    Purpose.FACTORS_RESET: _l("The way to sign in was reset"),
    Purpose.CARE_ENDED: _l("No more messages about a patient come"),
    Purpose.RESET_CODE: _l("A code for a new password"),
    Purpose.LOGIN_RESET: _l("The clinic took a password away"),
    Purpose.PROGRAMME: _l("A tip, or questions about the service"),
    Purpose.EMERGENCY_ACCESS: _l("Data was opened in an emergency"),
}
KINDS: Words = {
    Kind.SMS: _l("text message"),
    Kind.VOICE: _l("call"),
    Kind.PUSH: _l("notification in the browser"),
    Kind.WECHAT: _l("WeChat"),
    Kind.EMAIL: _l("e-mail"),
    Kind.APPRISE: _l("another service"),
}
CHANNELS: Words = {
    "twilio_sms": KINDS[Kind.SMS],
    "twilio_voice": KINDS[Kind.VOICE],
    "web_push": KINDS[Kind.PUSH],
    "wechat": KINDS[Kind.WECHAT],
    "email": KINDS[Kind.EMAIL],
    "apprise": KINDS[Kind.APPRISE],
    "console": _l("test line, nothing leaves"),
}
"""By the names that attempts remember."""
MESSAGES: Words = {
    MessageState.OPEN: _l("not sent yet"),
    MessageState.HANDED_OVER: _l("handed over"),
    MessageState.DELIVERED: _l("arrived"),
    MessageState.FAILED: _l("could not be delivered"),
    MessageState.EXPIRED: _l("not sent: its time was over"),
    MessageState.CANCELLED: _l("not sent: no longer needed"),
    MessageState.SEEN_TO: _l("the clinic saw to it"),
}
ATTEMPTS: Words = {
    DeliveryState.LEASED: _l("being handed over"),
    DeliveryState.AMBIGUOUS: _l("not known whether it got out"),
    DeliveryState.RETRY: _l("not taken, to be tried again"),
    DeliveryState.ACCEPTED: _l("handed over"),
    DeliveryState.SENT: _l("handed over"),
    DeliveryState.DELIVERED: _l("arrived"),
    DeliveryState.UNDELIVERED: _l("did not arrive"),
    DeliveryState.REJECTED: _l("not taken"),
}
ENDS: Words = {
    End.DELIVERED: _l("arrived"),
    End.WITH_PROVIDER: _l("handed over, no more is known"),
    End.UNDELIVERED: _l("did not arrive"),
    End.NOT_TAKEN: _l("not taken"),
    End.NOT_KNOWN: _l("not known whether it got out"),
}
TROUBLES: Words = {
    Trouble.LATE: _l("nobody took it up when it was due"),
    Trouble.HALTED: _l("its sender stopped in mid-sending"),
    Trouble.NOT_KNOWN: _l("not known whether it got out"),
    Trouble.NOT_TAKEN: _l("not taken so far, tried again and again"),
}
ADDRESSES: Words = {
    ContactState.OK: _l("works"),
    ContactState.SUSPECT: _l("the last message did not arrive"),
    ContactState.BAD: _l("nobody is reached there"),
    ContactState.OPTED_OUT: _l("the person said stop"),
}
SEEN_TO: Words = {
    HowSeenTo.CALLED: _l("called"),
    HowSeenTo.TOLD_IN_PERSON: _l("told in person"),
    HowSeenTo.TOLD_FAMILY: _l("told the family"),
    HowSeenTo.NOT_NEEDED: _l("no longer needed"),
}
CODES: Words = {
    # Twilio's numbers, with what reference/reminders.md §3 says that they mean.
    "30003": _l("the telephone was off or out of reach"),
    "30004": _l("blocked by the telephone or its network"),
    "30005": _l("nobody has this number"),
    "30006": _l("a landline, which takes no texts"),
    "30007": _l("the network filtered the text"),
    "30034": _l("the clinic's number is not registered with the network"),
    "30036": _l("its time was over before it arrived"),
    "20429": _l("too many at once"),
    "21211": _l("not a telephone number"),
    "21610": _l("the person said stop"),
    "21614": _l("not a mobile number"),
    # Our own: why a message has no way, or waits, or an attempt ended.
    NoWayBecause.OPTED_OUT: _l("the person said stop"),
    NoWayBecause.BAD_ADDRESS: _l("nobody is reached there"),
    NoWayBecause.NO_CONSENT: _l("the person did not agree to hear of this"),
    NoWayBecause.NOT_VERIFIED: _l("no address is confirmed"),
    NoWayBecause.NO_CHANNEL: _l("this clinic has no such channel"),
    NoWayBecause.NO_ADDRESS: _l("no address is known"),
    TOO_MANY: _l("too many for one person in a day"),
    OF_PACE: _l("waits: the provider takes only so many a second"),
    "channel_hangs": _l("waits: the provider does not answer"),
    "no_connection": _l("the provider could not be reached"),
    "not_worded": _l("a fault of ours: it could not be put into words"),
    "left_by_a_crash": _l("its sender stopped in mid-sending"),
    "never_arrived": _l("the provider never had it"),
    "expired": _l("its time is over"),
    "unknown": _l("nobody knows why"),
}
TAGS = {
    MessageState.DELIVERED: "ok",
    MessageState.FAILED: "warn",
    MessageState.EXPIRED: "warn",
}
"""The kind of tag that a state is shown with; else a plain one."""

SHOWN_OF_NUMBER = 3


def purpose(message: Message) -> str:
    """Why it was sent, with the time of the dose if it is about one: "Reminder to take medicine (08:00)"."""
    said = str(PURPOSES.get(message.purpose, message.purpose))
    return f"{said} ({message.params['local']})" if "local" in message.params else said


def state(sent: Sent) -> str:
    """What became of the message."""
    is_unclear = any(attempt.state == DeliveryState.AMBIGUOUS for attempt in sent.attempts)
    if sent.message.state == MessageState.OPEN and is_unclear:
        return str(ATTEMPTS[DeliveryState.AMBIGUOUS])
    return str(MESSAGES[sent.message.state])


def why_failed(row: Row) -> str:
    """What the last attempt, or the outbox itself, said of a message that failed."""
    if row.message.state == MessageState.EXPIRED:
        return str(MESSAGES[MessageState.EXPIRED])
    last = row.attempts[-1].error_code if row.attempts else None
    return code(row.message.why or last) or str(MESSAGES[MessageState.FAILED])


def ways(attempts: Collection[Delivery]) -> list[str]:
    """The ways that were tried, each once."""
    return list(dict.fromkeys(way(attempt.channel) for attempt in attempts))


def way(channel: str) -> str:
    return str(CHANNELS.get(channel, channel))


def code(code: str | None) -> str:
    """What a code means; the code itself where nobody wrote that down."""
    return str(CODES.get(code, code)) if code else ""


def address(point: ContactPoint) -> str:
    """Enough of it to tell it from the person's others: the last digits of a number, its name, or its kind only."""
    if point.label:
        return point.label
    is_number = point.kind in (Kind.SMS, Kind.VOICE)
    return f"…{point.address[-SHOWN_OF_NUMBER:]}" if is_number else ""


def count_words(n: int, is_whole: bool) -> str:
    """How many messages of a day; of those on this page where another page may have more of that day."""
    if not is_whole:
        return _("%(n)s on this page", n=n)
    return _("1 message") if n == 1 else _("%(n)s messages", n=n)
