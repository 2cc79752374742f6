"""What may go wrong with one message, and the numbers with which it always does."""

from enum import Enum, auto


class Fault(Enum):
    """The first two happen after it was taken: the caller cannot know."""

    ERROR_AFTER_ACCEPT = auto()
    HANG_AFTER_ACCEPT = auto()
    ERROR_BEFORE_ACCEPT = auto()
    BUSY = auto()
    INVALID_NUMBER = auto()
    NOT_MOBILE = auto()
    # Taken, and never shown:
    UNREACHABLE = auto()
    UNKNOWN_NUMBER = auto()
    LANDLINE = auto()
    FILTERED = auto()
    UNREGISTERED = auto()
    TOO_LATE = auto()


MAGIC = {
    "+15550000500": Fault.ERROR_AFTER_ACCEPT,
    "+15550000504": Fault.HANG_AFTER_ACCEPT,
    "+15550000503": Fault.ERROR_BEFORE_ACCEPT,
    "+15550020429": Fault.BUSY,
    "+15550021211": Fault.INVALID_NUMBER,
    "+15550021614": Fault.NOT_MOBILE,
    "+15550030003": Fault.UNREACHABLE,
    "+15550030005": Fault.UNKNOWN_NUMBER,
    "+15550030006": Fault.LANDLINE,
    "+15550030007": Fault.FILTERED,
    "+15550030034": Fault.UNREGISTERED,
    "+15550030036": Fault.TOO_LATE,
}
"""Numbers that always meet the same fault."""

REFUSED = {
    Fault.BUSY: (429, 20429, "Too Many Requests"),
    Fault.ERROR_BEFORE_ACCEPT: (500, 20500, "Internal Server Error"),
    Fault.INVALID_NUMBER: (400, 21211, "The 'To' number is not a valid phone number."),
    Fault.NOT_MOBILE: (400, 21614, "'To' number is not a valid mobile number"),
}
NEVER_SHOWN = {
    Fault.UNREACHABLE: 30003,
    Fault.UNKNOWN_NUMBER: 30005,
    Fault.LANDLINE: 30006,
    Fault.FILTERED: 30007,
    Fault.UNREGISTERED: 30034,
    Fault.TOO_LATE: 30036,
}
