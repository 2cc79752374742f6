"""Who is in which part of a split: by hash, so that it is the same every time and on every machine. Pure."""

from collections.abc import Mapping
from hashlib import sha256


def part_of(salt: str, whom: str, shares: Mapping[str, int]) -> str:
    """SHA-256 of the salt and a public id, cut to the shares ({part: so many of the sum}, all above 0).

    The remainder of 256 bits by a few shares is off an even split by less than 1 in 2**250.
    """
    place = int.from_bytes(sha256(f"{salt}:{whom}".encode()).digest()) % sum(shares.values())
    for part in sorted(shares):
        if place < shares[part]:
            return part
        place -= shares[part]
    raise AssertionError("a place is below the sum of the shares")
