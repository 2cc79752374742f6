"""Setting a device's clock: only by what its row in the quirk table says.

The records in a memory were stamped by the clock as it was. Whoever dates them later, by a clock that has been set
meanwhile, dates them wrongly: so the clock is read first, and the memory is read to its end where the device allows
it. A cuff that hangs up after its last record has to be set before; its session keeps what the clock showed.
"""

from datetime import datetime, timedelta

from companion.devices.profiles import current_time_profile
from companion.devices.profiles.assigned_numbers import CURRENT_TIME, DATE_TIME, ISENS_COMMAND
from companion.devices.profiles.wire import date_time_bytes
from companion.devices.quirks import ClockSetting
from companion.devices.radio.link import Link, OperationRefused
from companion.devices.radio.session import Notes, Order
from companion.devices.radio.troubles import Trouble
from companion.devices.records.device_time import ClockReading

TOLERATED_DRIFT = timedelta(minutes=1)
"""Less is not worth the risk: a record may be written at the same moment."""
ISENS_SET_TIME = bytes.fromhex("c0030100")
"""i-SENS's own command (xDrip's TimeTxTest), followed by a Date Time."""


def clock_value(setting: ClockSetting, local: datetime) -> tuple[str, bytes]:
    """Which characteristic to write, and what, so that the clock shows that time (naive)."""
    if setting is ClockSetting.CURRENT_TIME:
        return CURRENT_TIME, current_time_profile.encode(local)
    if setting is ClockSetting.ISENS_COMMAND:
        return ISENS_COMMAND, ISENS_SET_TIME + date_time_bytes(local)
    return DATE_TIME, date_time_bytes(local)


async def set_clock(link: Link, notes: Notes, order: Order) -> None:
    """Sets the clock where that is allowed and needed; what the clock showed before stays in the notes."""
    setting = notes.quirks.clock_setting
    if setting is ClockSetting.NEVER or order.wall is None or notes.clock_set_to is not None:
        return
    local = order.wall().replace(microsecond=0)
    if notes.clock and abs(_shows(notes.clock, order.now()) - local) <= TOLERATED_DRIFT:
        return
    uuid, value = clock_value(setting, local)
    try:
        await link.write(uuid, value)
    except OperationRefused as error:
        notes.note(Trouble.CLOCK_NOT_SET, f"the clock was not set: {error}")
    else:
        notes.clock_set_to = local


def _shows(clock: ClockReading, now: datetime) -> datetime:
    """What the clock shows by now."""
    return clock.device_time + (now - clock.read_at)
