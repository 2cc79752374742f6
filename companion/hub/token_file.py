"""Where the hub keeps what opens the service to it: a file that only its owner can read."""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from companion.errors import BadInput

FILE_NAME = "token.json"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Credentials:
    """The service's address, what this hub is called there, its token, and the zone of the patient's wall."""

    server: str
    hub: str
    token: str
    zone: str


def read_credentials(folder: Path) -> Credentials | None:
    """None when the hub was never paired. Raises BadInput for a file that is damaged."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text("utf-8"))
        return Credentials(**{field.name: str(told[field.name]) for field in fields(Credentials)})
    except (ValueError, KeyError, TypeError):
        raise BadInput("is damaged", where=str(path), advice="pair the hub anew: companion hub pair CODE") from None


def write_credentials(folder: Path, credentials: Credentials) -> None:
    """Whole or not at all, readable by its owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, new = folder / FILE_NAME, folder / f"{FILE_NAME}.new"
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(credentials), file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def checked_server(address: str) -> str:
    """The service's address without what follows the host. Only this very machine may be spoken to in the clear."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise BadInput(f"{address!r} is no address", where="--server", advice="write it like https://care.example.org")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise BadInput("would send readings in the clear", where="--server", advice="use its https:// address")
    return f"{parts.scheme}://{parts.netloc}"
