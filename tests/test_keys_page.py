"""Every use of cryptography stands on one page, and chance that can be foretold guards nothing."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/security/keys.md").read_text("utf-8")
LIBRARIES = {
    "argon2", "boto3", "cryptography", "hashlib", "hmac", "itsdangerous", "jwt", "pyotp", "pyrage", "pywebpush",
    "webauthn",
}  # fmt: skip
IMPORTED = re.compile(r"^[ \t]*(?:from|import) (\w+)", re.MULTILINE)
DRAWN = re.compile(r"\bsecrets\.(\w+)|\bfrom secrets import (\w+)")
BENCHES = "companion/benches/"


@cache
def sources() -> dict[str, str]:
    """All but benchmarks, which measure what stands elsewhere."""
    named = ((path.relative_to(ROOT).as_posix(), path) for path in sorted((ROOT / "companion").rglob("*.py")))
    return {name: path.read_text("utf-8") for name, path in named if not name.startswith(BENCHES)}


def draws_a_secret(source: str) -> bool:
    """Whether it takes more of `secrets` than the digits of an id."""
    drawn = {by_name or imported for by_name, imported in DRAWN.findall(source)}
    return "secrets" in IMPORTED.findall(source) and bool(drawn - {"token_hex"})


def test_every_file_that_uses_cryptography_is_named_on_the_page() -> None:
    using = {
        name for name, source in sources().items() if LIBRARIES & {*IMPORTED.findall(source)} or draws_a_secret(source)
    }

    unnamed = sorted(name for name in using if f"`{name}`" not in PAGE)

    assert len(using) > 70
    assert unnamed == []


def test_no_secret_is_drawn_by_chance_that_can_be_foretold() -> None:
    foretold = {name for name, source in sources().items() if "random" in IMPORTED.findall(source)}

    assert foretold == {"companion/programme/segments/backtest.py"}
