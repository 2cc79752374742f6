"""What the hub tells the service, as JSON (docs/api-batch.md)."""

from datetime import datetime
from typing import Any

from companion.devices.radio.session import Identity
from companion.hub.outgoing import Batch
from companion.hub.paired import PairedDevice


def device_body(device: PairedDevice, identity: Identity, battery_percent: int | None = None) -> dict[str, Any]:
    """What a device says of itself, no longer than the service takes it."""
    told = {part: value[:60] for part, value in identity._asdict().items()}
    battery = {} if battery_percent is None else {"battery_percent": battery_percent}
    return {"kind": device.kind, "address": device.address, "name": device.name[:80]} | told | battery


def batch_body(batch: Batch, now: datetime, as_at_start: datetime | None) -> dict[str, Any]:
    """The batch; `as_at_start` is what the clock would show now, had nobody set it since the session began, None when
    nobody can tell. Nothing but this differs when it is sent again."""
    clock = batch.clock
    return {
        "device": batch.device,
        "clock": clock and {"device_time": clock.device_time.isoformat(), "read_at": clock.read_at.isoformat()},
        "items": [
            {
                "characteristic": item.characteristic,
                "value": item.raw.hex(),
                "received_at": item.received_at.isoformat(),
            }
            for item in batch.payloads
        ],
        "complete": batch.is_complete,
        "times_known": as_at_start is not None,
        "sent_at": (as_at_start or now).isoformat(),
    }
