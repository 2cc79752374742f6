"""Secrets that a browser's worker shows in place of a cookie: what they are about, signed with the service's own key.

One stands in each notification and speaks for that one attempt on that one device; what it may be used for once is
counted where it is used. One is kept by a device that gets notifications, and speaks for its address.
"""

from itsdangerous import BadSignature, URLSafeSerializer

LONGEST = 300
"""More than any of ours has."""


class PushTokens:
    """Makes and reads them. Used by many threads at once."""

    def __init__(self, secret_key: str) -> None:
        self._deliveries = URLSafeSerializer(secret_key, salt="push delivery")
        self._devices = URLSafeSerializer(secret_key, salt="push device")

    def of_delivery(self, correlation_id: str) -> str:
        """For the notification of that attempt."""
        return _text(self._deliveries.dumps(correlation_id))

    def delivery(self, token: str) -> str | None:
        """The correlation id of its attempt; None for a token that is not ours."""
        return _read(self._deliveries, token)

    def of_device(self, public_id: str) -> str:
        """For the device whose contact point that is."""
        return _text(self._devices.dumps(public_id))

    def device(self, token: str) -> str | None:
        """The public id of its contact point; None for a token that is not ours."""
        return _read(self._devices, token)


def _text(made: str | bytes) -> str:
    return made if isinstance(made, str) else made.decode("ascii")


def _read(serializer: URLSafeSerializer, token: str) -> str | None:
    try:
        found = serializer.loads(token[:LONGEST])
    except BadSignature:
        return None
    return found if isinstance(found, str) else None
