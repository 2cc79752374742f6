"""Wordings by hash: stable, in the stated shares, and the standard one always among them."""

from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.messages.wording import Wording
from companion.rates import sample_ratio_p
from companion.reminders.effect.arms import arm_of, checked_shares

EVEN = {"standard": 1, "thanks": 1}


@given(salt=st.text(max_size=20), patient=st.text(min_size=1, max_size=20))
def test_a_patient_reads_the_same_wording_every_time(salt: str, patient: str) -> None:
    first = arm_of(salt, patient, {"standard": 1, "thanks": 2, "step": 1})

    again = arm_of(salt, patient, {"step": 1, "thanks": 2, "standard": 1})

    assert first == again


def test_the_hash_is_the_one_that_is_documented() -> None:
    is_odd = int(sha256(b"salt:pa_1").hexdigest(), 16) % 2

    assert arm_of("salt", "pa_1", EVEN) == (Wording.THANKS if is_odd else Wording.STANDARD)


@pytest.mark.parametrize("shares", [EVEN, {"standard": 2, "thanks": 1, "step": 1}, {"standard": 9, "step": 1}])
def test_many_patients_come_in_the_stated_shares(shares: dict[str, int]) -> None:
    counts = Counter(arm_of("a salt", f"pa_{n}", shares).value for n in range(4000))

    assert set(counts) == set(shares)
    assert sample_ratio_p(counts, shares) > 0.001


def test_another_salt_deals_anew() -> None:
    one, other = ([arm_of(salt, f"pa_{n}", EVEN) for n in range(400)] for salt in ("one", "other"))

    same = sum(a == b for a, b in zip(one, other, strict=True))

    assert 140 < same < 260


@pytest.mark.parametrize(
    ("shares", "where"),
    [
        ({"standard": 0, "thanks": 1}, "share_standard"),
        ({"thanks": 1, "step": 1}, "share_standard"),
        ({"standard": 1}, "shares"),
        ({"standard": 1, "thanks": 0}, "shares"),
        ({"standard": 1, "guilt": 1}, "shares"),
        ({"standard": 1, "thanks": 10}, "share_thanks"),
        ({"standard": 1, "thanks": -1}, "share_thanks"),
    ],
)
def test_a_trial_without_the_standard_wording_or_with_nothing_beside_it_is_refused(
    shares: dict[str, int], where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        checked_shares(shares)

    assert refused.value.where == where
