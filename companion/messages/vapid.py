"""The key by which push services know this installation (VAPID, RFC 8292). Browsers subscribe to it: with another key
every one of them has to subscribe anew, so it is backed up with the database."""

from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from companion.errors import BadInput
from companion.key_files import make_once


def vapid_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key in that file; made at the first start, readable by its owner only. Raises BadInput for another file, and
    for one that cannot be read or made."""
    try:
        if not path.exists():
            make_once(path, _pem(ec.generate_private_key(ec.SECP256R1())))
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise BadInput(f"cannot be read or made: {error.strerror}", where="COMPANION_VAPID_KEY_FILE") from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadInput(
            "is not a private key on P-256", where="COMPANION_VAPID_KEY_FILE", advice="name a new file, and it is made"
        )
    return key


def public_key_of(key: ec.EllipticCurvePrivateKey) -> str:
    """What a browser is told to subscribe to: the uncompressed point in URL-safe base64 (`applicationServerKey`)."""
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return urlsafe_b64encode(key.public_key().public_bytes(*form)).rstrip(b"=").decode("ascii")


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
