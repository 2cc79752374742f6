"""Codes of an app: against RFC 6238's own examples, and each neighbouring step."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyotp import TOTP

from companion.web.door.code_app import in_groups, new_secret, setup_address, step_of
from tests.people import NOON

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238 appendix B: "12345678901234567890", in base32."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)

    assert step_of(RFC_SECRET, code, now, None) == seconds // 30


@pytest.mark.parametrize(("late", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_one_step_before_or_after_is_taken(late: int, is_taken: bool) -> None:
    code = TOTP(RFC_SECRET).at(NOON)

    found = step_of(RFC_SECRET, code, NOON + timedelta(seconds=late), None)

    assert (found is not None) is is_taken


def test_no_step_up_to_the_last_one_used_is_taken_again() -> None:
    code = TOTP(RFC_SECRET).at(NOON)
    step = step_of(RFC_SECRET, code, NOON, None)
    assert step is not None

    assert step_of(RFC_SECRET, code, NOON, step) is None
    assert step_of(RFC_SECRET, code, NOON, step - 1) == step


def test_blanks_between_the_digits_do_not_matter() -> None:
    code = TOTP(RFC_SECRET).at(NOON)

    assert step_of(RFC_SECRET, f" {code[:3]} {code[3:]} ", NOON, None) is not None


@given(typed=st.text(max_size=8))
def test_whatever_else_is_typed_is_only_wrong(typed: str) -> None:
    codes = {TOTP(RFC_SECRET).at(NOON + timedelta(seconds=30 * step)) for step in (-1, 0, 1)}

    assert step_of(RFC_SECRET, typed, NOON, None) is None or "".join(typed.split()) in codes


def test_each_secret_is_new_and_as_long_as_the_standard_asks() -> None:
    secrets = {new_secret() for _ in range(20)}

    assert len(secrets) == 20
    assert {len(secret) * 5 for secret in secrets} == {160}


def test_the_picture_says_whose_codes_these_are() -> None:
    address = setup_address(RFC_SECRET, "dr.li", "Clinic by the Lake")

    assert (
        address == f"otpauth://totp/Clinic%20by%20the%20Lake:dr.li?secret={RFC_SECRET}&issuer=Clinic%20by%20the%20Lake"
    )
    assert in_groups(RFC_SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
