"""What is odd about a device, in words; each with the kind of tag that says how much it matters."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from companion.devices.models import Device, Hub
from companion.web.in_words.time_words import time_text
from companion.web.language import gettext as _

DEVICE_SILENT_AFTER = timedelta(days=7)
HUB_SILENT_AFTER = timedelta(days=2)
BATTERY_LOW = 20
"""Percent. These three are house rules: whoever measures at all does so within a week; a hub is heard every day."""
CLOCK_OFF = timedelta(minutes=10)
"""From there on a clock is told as wrong (web.md §6, page 2)."""

Tag = tuple[str, str]
"""Its kind, and its words."""


def is_silent(hub: Hub, now: datetime) -> bool:
    return now - hub.last_seen_at > HUB_SILENT_AFTER


def oddities(device: Device, now: datetime) -> Iterator[Tag]:
    """What somebody should see to; the most pressing first."""
    if now - device.last_seen_at > DEVICE_SILENT_AFTER:
        yield "warn", _("silent")
    if device.battery_percent is not None and device.battery_percent <= BATTERY_LOW:
        yield "low", _("battery low")
    if device.clock_offset_s is not None and abs(device.clock_offset_s) > CLOCK_OFF.total_seconds():
        yield "warn", _("clock wrong")


def clock_text(offset_s: int | None) -> str:
    """How far the device's clock is off. `offset_s` is what has to be added to its time."""
    if offset_s is None:
        return "–"
    if abs(offset_s) < 60:
        return _("right")
    span = time_text(abs(offset_s))
    return _("%(span)s behind", span=span) if offset_s > 0 else _("%(span)s ahead", span=span)
