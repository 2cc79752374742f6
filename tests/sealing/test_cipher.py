"""A sealed value opens in its own place, under its own key, and nowhere else."""

from secrets import token_bytes

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from companion.sealing.cipher import OVERHEAD, BrokenSealError, key_id_of, seal, unseal

KEY, ID, ABOUT = token_bytes(32), bytes(range(8)), b"code_app.secret 17"


@given(st.binary(max_size=500))
def test_what_is_sealed_opens_as_it_was(value: bytes) -> None:
    sealed = seal(KEY, ID, value, ABOUT)

    assert unseal(KEY, sealed, ABOUT) == value
    assert (key_id_of(sealed), len(sealed)) == (ID, len(value) + OVERHEAD)


def test_a_sealed_value_is_laid_out_as_it_is_written_down() -> None:
    sealed = seal(KEY, ID, b"+8613800138000", ABOUT)

    head, nonce, rest = sealed[:9], sealed[9:21], sealed[21:]
    assert head == b"\x01" + ID
    assert AESGCM(KEY).decrypt(nonce, rest, head + ABOUT) == b"+8613800138000"


@given(st.integers(0, OVERHEAD + 4), st.integers(1, 255))
def test_a_value_that_was_changed_anywhere_does_not_open(place: int, by: int) -> None:
    sealed = bytearray(seal(KEY, ID, b"12345", ABOUT))

    sealed[place] ^= by

    with pytest.raises(BrokenSealError, match="does not open"):
        unseal(KEY, bytes(sealed), ABOUT)


def test_a_value_does_not_open_in_the_place_of_another() -> None:
    sealed = seal(KEY, ID, b"12345", ABOUT)

    with pytest.raises(BrokenSealError):
        unseal(KEY, sealed, b"code_app.secret 18")


def test_a_value_does_not_open_under_the_key_of_another() -> None:
    sealed = seal(KEY, ID, b"12345", ABOUT)

    with pytest.raises(BrokenSealError):
        unseal(token_bytes(32), sealed, ABOUT)


def test_one_value_sealed_twice_is_two_different_ones() -> None:
    first, second = (seal(KEY, ID, b"12345", ABOUT) for _ in range(2))

    assert first != second


@pytest.mark.parametrize("kept", [b"", b"plain text that is long enough to be a sealed value", b"\x01short"])
def test_what_is_no_sealed_value_is_told_apart(kept: bytes) -> None:
    with pytest.raises(BrokenSealError):
        key_id_of(kept)
