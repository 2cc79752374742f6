"""Master keys in AWS KMS: they never leave it. Wrapping is the service's Encrypt, unwrapping its Decrypt, with what the
key is for as encryption context: <https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html>.

`boto3` (requirements-kms.txt) is imported when it is used first: only who has a key there pays for it.
"""

import os
from functools import lru_cache
from typing import Any

from companion.errors import BadInput, Unavailable
from companion.sealing.cipher import BrokenSealError
from companion.sealing.master import Wrapped

KMS_SETTING = "COMPANION_MASTER_KEY_KMS"
OLDER_SETTING = "COMPANION_MASTER_KEY_KMS_OLDER"
ENABLED = "Enabled"
ALTERED = ("InvalidCiphertextException", "IncorrectKeyException")
"""What KMS says of a value that was changed, or that another key or another context wrapped."""
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 5, 3


class KmsKey:
    """One key of the service. `name`: its ARN, its id, or `alias/…`, which is looked up once in each process: the id
    kept beside what it wraps is the ARN, whatever the alias stands for later."""

    def __init__(self, name: str, endpoint: str = "") -> None:
        """`endpoint`: None but in a network of one's own; region and credentials are found as boto3 finds them, the
        region in the ARN first."""
        self.name, self._endpoint = name, endpoint
        self._client_of = lru_cache(1)(self._new_client)
        self._arn = lru_cache(1)(self._looked_up)

    def ids(self) -> list[str]:
        """Raises Unavailable where KMS does not answer, or has no such key that is enabled."""
        return [self._arn()]

    def make_first(self) -> None:
        """It is there: who names it made it."""

    def wrap(self, key: bytes, about: bytes) -> Wrapped:
        said = self._ask("encrypt", KeyId=self._arn(), Plaintext=key, EncryptionContext=_context(about))
        return Wrapped(said["KeyId"], said["CiphertextBlob"])

    def unwrap(self, wrapped: Wrapped, about: bytes) -> bytes:
        context = _context(about)
        said = self._ask("decrypt", KeyId=wrapped.master, CiphertextBlob=wrapped.key, EncryptionContext=context)
        return bytes(said["Plaintext"])

    def _looked_up(self) -> str:
        told = self._ask("describe_key", KeyId=self.name)["KeyMetadata"]
        if told["KeyState"] != ENABLED:
            raise _unavailable(f"the key is {told['KeyState']}", "enable it, or take back its deletion")
        return str(told["Arn"])

    def _ask(self, what: str, **parameters: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._client_of(os.getpid()), what)(**parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ALTERED:
                raise BrokenSealError("a key of data at rest") from None
            raise _unavailable(f"{what} was refused: {code}", "check the key, its policy and our credentials") from None
        except BotoCoreError as error:
            advice = "check network, region, credentials and COMPANION_MASTER_KEY_KMS_ENDPOINT"
            raise _unavailable(f"does not answer: {type(error).__name__}", advice) from None
        return answer

    def _new_client(self, _process: int) -> Any:
        """One for each process: connections are not shared with what was forked."""
        try:
            import boto3
        except ModuleNotFoundError:
            advice = "pip install -r requirements-kms.txt"
            raise BadInput("is set, and boto3 is not installed", where=KMS_SETTING, advice=advice) from None
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        times = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}
        config = Config(**times, retries={"total_max_attempts": ATTEMPTS, "mode": "standard"})
        try:
            region = _region_in(self.name)
            return boto3.client("kms", region_name=region, endpoint_url=self._endpoint or None, config=config)
        except (BotoCoreError, ValueError) as error:
            raise _unavailable(f"cannot be asked: {type(error).__name__}", "name the key by its ARN") from None


def _context(about: bytes) -> dict[str, str]:
    """It stands in the service's log: the id of a key, and nothing of whose it is."""
    return {"for": about.decode()}


def _region_in(name: str) -> str | None:
    """arn:aws:kms:REGION:ACCOUNT:key/ID has it."""
    parts = name.split(":")
    return parts[3] if name.startswith("arn:") and len(parts) > 3 else None


def _unavailable(what: str, advice: str) -> Unavailable:
    return Unavailable(what, where="AWS KMS", advice=advice)
