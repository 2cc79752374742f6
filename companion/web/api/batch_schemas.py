"""What a hub or a browser sends of a device: raw bytes, and when they came. Nothing is decoded or dated here."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import fields, validate

from companion.devices.radio.kinds import KINDS
from companion.web.api.schemas import LATEST, Strict

MAX_ITEMS = 500
MAX_VALUE_BYTES = 512
"""The longest value an attribute can have (Bluetooth Core, Vol 3, Part F, 3.2.9)."""


class SenderInstant(fields.AwareDateTime):
    """An instant as the sender's clock shows it, RFC 3339 with an offset. A small computer without a battery of its
    own begins in 1970."""

    def __init__(self, **options: Any) -> None:
        earliest = datetime(1970, 1, 1, tzinfo=UTC)
        super().__init__(format="iso", validate=validate.Range(earliest, LATEST), **options)


class Told(fields.String):
    """A line of text that a device says of itself."""

    def __init__(self, longest: int = 60) -> None:
        super().__init__(load_default="", validate=validate.Length(max=longest))


class DeviceIn(Strict):
    """A device, as it tells of itself. It is known again by model and serial number, or else by its address."""

    kind = fields.Str(required=True, validate=validate.OneOf(list(KINDS.values())))
    address = fields.Str(required=True, validate=validate.Length(1, 40))
    name = Told(80)
    manufacturer = Told()
    model = Told()
    serial = Told()
    firmware = Told()
    battery_percent = fields.Int(strict=True, load_default=None, allow_none=True, validate=validate.Range(0, 100))


class DeviceClockIn(Strict):
    """What the device's clock showed (local, without a zone), and when it was read."""

    device_time = fields.NaiveDateTime(format="iso", required=True, metadata={"format": "date-time-local"})
    read_at = SenderInstant(required=True)


class ItemIn(Strict):
    """One value of a characteristic, in hex, and when it came."""

    characteristic = fields.Str(required=True, validate=validate.Regexp(r"^[0-9A-Fa-f-]{4,36}$"))
    value = fields.Str(required=True, validate=validate.Regexp(rf"^([0-9A-Fa-f]{{2}}){{1,{MAX_VALUE_BYTES}}}$"))
    received_at = SenderInstant(required=True)


class BatchIn(Strict):
    """A part or the whole of one Bluetooth session, in the order in which it came."""

    device = fields.Nested(DeviceIn, required=True)
    clock = fields.Nested(DeviceClockIn, load_default=None, allow_none=True)
    items = fields.List(
        fields.Nested(ItemIn),
        required=True,
        validate=validate.Length(max=MAX_ITEMS, error=f"At most {MAX_ITEMS} items make a batch."),
    )
    complete = fields.Bool(
        load_default=False, metadata={"description": "the session ended well, and this is the last of its batches"}
    )
    times_known = fields.Bool(
        load_default=True,
        metadata={"description": "false: the sender's clock was wrong then, and nobody can tell by how much"},
    )
    sent_at = SenderInstant(
        required=True, metadata={"description": "what the sender's clock shows as it sends; by it the others are set"}
    )


class DeviceOut(Strict):
    id = fields.Str(required=True)
    kind = fields.Str(required=True)
    name = fields.Str(required=True)


class HubPairIn(Strict):
    code = fields.Str(required=True, validate=validate.Length(1, 20), metadata={"description": "of the Devices page"})
    name = fields.Str(load_default="hub", validate=validate.Length(1, 60))


class HubPairOut(Strict):
    hub = fields.Str(required=True)
    zone = fields.Str(required=True, metadata={"description": "the patient's, as an IANA name"})
    token = fields.Str(required=True, metadata={"description": "shown this once; send it as Authorization: Bearer"})
