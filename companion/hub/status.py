"""How the hub is doing, for `companion hub status`: no values, no token."""

from pathlib import Path
from typing import Any

from companion.hub import outgoing, paired
from companion.hub.delivery import NOT_PAIRED, STATE
from companion.hub.spool import Spool, as_text, fact
from companion.hub.token_file import read_credentials


def status_of(spool: Spool, folder: Path) -> dict[str, Any]:
    """JSON-able. `waiting` counts values; `refused` are batches that the service did not take."""
    credentials = read_credentials(folder)
    return {
        "server": credentials.server if credentials else None,
        "hub": credentials.hub if credentials else None,
        "sending": fact(spool, STATE) or ("not started yet" if credentials else NOT_PAIRED),
        "waiting": outgoing.waiting(spool),
        "devices": [
            {
                "address": device.address,
                "kind": device.kind,
                "name": device.name,
                "last_read_at": as_text(device.last_read_at) if device.last_read_at else None,
                "last_said": device.last_said,
            }
            for device in paired.devices(spool)
        ],
        "refused": [
            {"batch": each.key, "address": each.address, "values": each.payloads, "code": each.code}
            | {"reason": each.reason}
            for each in outgoing.refusals(spool)
        ],
        "clock_jumps": [
            {"by_s": by_s, "noticed_at": at} for by_s, at in spool.execute("SELECT by_s, noticed_at FROM jump")
        ],
    }
