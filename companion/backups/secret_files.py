"""The secrets of an installation, which no backup of its data holds: a file of their own, for a place of its own."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from companion import key_files
from companion.backups.archive import header
from companion.errors import BadInput
from companion.sealing.master import MasterKeyText, as_file
from companion.settings import Settings

OF_LINKS = "secret.key"
"""What signs links and cookies."""
MASTER, AUDIT, ANCHOR = "master.key", "audit.key", "anchor.pem"
NEEDED = (MASTER, AUDIT, ANCHOR)
"""Without them nothing opens what is sealed, and nobody can tell whether the audit holds. They are there once the
service was started and a backup was made."""


def files_of(settings: Settings) -> dict[str, Path]:
    """Where each of them is, by the name it has in the file."""
    return {
        MASTER: settings.master_key_file,
        AUDIT: settings.audit_key_file,
        ANCHOR: settings.audit_anchor_key_file,
        "vapid.pem": settings.vapid_key_file,
    }


def pack(settings: Settings) -> dict[str, bytes]:
    """Those that there are, also where a setting has them and no file. Raises BadInput without one that is needed."""
    try:
        found = {name: path.read_bytes() for name, path in files_of(settings).items() if path.exists()}
    except OSError as error:
        raise BadInput(error.strerror or str(error), where=str(error.filename)) from None
    if settings.master_key:
        found[MASTER] = as_file(MasterKeyText(settings.master_key).keys())
    needed = [name for name in NEEDED if name != MASTER or not settings.master_key_kms]  # that one lies in a service
    for name in needed:
        if name not in found:
            advice = "start the service and make a backup first, and use the settings of the service"
            raise BadInput("is not there yet", where=str(files_of(settings)[name]), advice=advice)
    return found | {OF_LINKS: settings.secret_key.encode()}


def blocks(secrets: dict[str, bytes]) -> Iterator[bytes]:
    """As a tar archive."""
    for name, content in secrets.items():
        yield header(name, len(content)) + content + bytes(-len(content) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def unpack(plain: IO[bytes], where: str) -> dict[str, bytes]:
    """What is in such an archive. Raises BadInput for anything else."""
    try:
        with tarfile.open(fileobj=io.BytesIO(plain.read()), mode="r:") as tar:
            found = {member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in tar}
    except tarfile.TarError:
        found = {}
    if OF_LINKS not in found:
        raise BadInput("holds no secrets", where=where, advice="name what `companion backup secrets` wrote")
    return found


def put_back(settings: Settings, secrets: dict[str, bytes]) -> list[Path]:
    """Writes them to where the settings say. Raises BadInput, before anything is written, where another one is."""
    targets = [(path, secrets[name]) for name, path in files_of(settings).items() if name in secrets]
    for path, content in targets:
        if path.exists() and path.read_bytes() != content:
            raise BadInput("is there already, and is another one", where=str(path), advice="move it away first")
    try:
        for path, content in targets:
            key_files.make_once(path, content)
        # On an empty machine the first command has made a new one, which nothing is signed with yet.
        key_files.replace(settings.secret_key_file, secrets[OF_LINKS])
    except OSError as error:
        raise BadInput(error.strerror or str(error), where=str(error.filename), advice="check the folder") from None
    return [path for path, _ in targets] + [settings.secret_key_file]
