"""What a browser that reads a device asks before it reads, and before it sends."""

from marshmallow import fields, validate

from companion.devices.radio.kinds import KINDS
from companion.web.api.batch_schemas import BatchIn, DeviceIn, Told
from companion.web.api.schemas import Strict

MAX_BATCHES = 40
"""20,000 values: some times what the largest memory holds, contexts included."""


class SeenIn(Strict):
    """A device as a browser sees it: without a serial number, which browsers hide, and without an address."""

    kind = fields.Str(required=True, validate=validate.OneOf(list(KINDS.values())))
    browser_id = fields.Str(
        required=True,
        validate=validate.Length(1, 32),
        metadata={"description": "what this browser calls the device, for as long as it remembers it"},
    )
    system_id = fields.Str(
        load_default="",
        validate=validate.Regexp(r"^([0-9a-f]{16})?$"),
        metadata={"description": "System ID (2A23) in hex"},
    )
    name = Told(80)
    manufacturer = Told()
    model = Told()
    firmware = Told()
    battery_percent = fields.Int(strict=True, load_default=None, allow_none=True, validate=validate.Range(0, 100))


class AskOut(Strict):
    to_count = fields.Str(required=True)
    to_report = fields.Str(required=True)
    begins = fields.Str(
        required=True, metadata={"description": "how a record has to begin behind its flags that has to be there"}
    )


class WaitsOut(Strict):
    """For how many seconds to wait."""

    idle = fields.Float(required=True)
    abort = fields.Float(required=True)
    late = fields.Float(required=True)
    first = fields.Float(required=True)
    quiet = fields.Float(required=True)


class OrderOut(Strict):
    """How to read the device: short UUIDs, and requests to the control point in hex."""

    device = fields.Nested(DeviceIn, required=True, metadata={"description": "as it is named in batches"})
    clocks = fields.List(fields.Str(), required=True)
    is_clock_notified = fields.Bool(required=True)
    read_first = fields.List(fields.Str(), required=True)
    listen = fields.List(fields.Str(), required=True)
    optional = fields.List(fields.Str(), required=True)
    records = fields.Str(required=True)
    asks = fields.List(fields.Nested(AskOut), required=True)
    resume = fields.Str(required=True)
    may_empty = fields.Bool(required=True)
    waits = fields.Nested(WaitsOut, required=True)


class PreviewIn(Strict):
    batches = fields.List(fields.Nested(BatchIn), required=True, validate=validate.Length(1, MAX_BATCHES))


class ShownValue(Strict):
    """In the reader's language, on the patient's wall."""

    metric = fields.Str(required=True)
    value = fields.Str(required=True)
    time = fields.Str(required=True)


class PreviewOut(Strict):
    device = fields.Str(required=True)
    newest = fields.List(fields.Nested(ShownValue), required=True)
    new = fields.Int(required=True)
    known = fields.Int(required=True)
    refused = fields.Int(required=True)
    is_mine = fields.Bool(required=True, metadata={"description": "the device is one of the patient's already"})
