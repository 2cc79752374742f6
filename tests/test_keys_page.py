"""Every use of cryptography stands on one page, and chance that can be foretold guards nothing."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/security/keys.md").read_text("utf-8")
LIBRARIES = {
    "argon2", "boto3", "cryptography", "hashlib", "hmac", "itsdangerous", "jwt", "pyotp", "pyrage", "pywebpush",
    "webauthn",
}  # fmt: skip
BENCHES = "companion/benches/"


@cache
def modules() -> list[tuple[str, ast.Module]]:
    """All but benchmarks, which measure what stands elsewhere."""
    named = [(path.relative_to(ROOT).as_posix(), path) for path in sorted((ROOT / "companion").rglob("*.py"))]
    return [(name, ast.parse(path.read_text("utf-8"))) for name, path in named if not name.startswith(BENCHES)]


def imported(tree: ast.Module) -> set[str]:
    """Libraries of that file, by their first name."""
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.partition(".")[0] for name in names}


def draws_a_secret(tree: ast.Module) -> bool:
    """Whether it takes more of `secrets` than the digits of an id."""
    taken = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "secrets"
    }
    taken |= {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "secrets"
        for alias in node.names
    }
    return bool(taken - {"token_hex"})


def test_every_file_that_uses_cryptography_is_named_on_the_page() -> None:
    using = {name for name, tree in modules() if imported(tree) & LIBRARIES or draws_a_secret(tree)}

    unnamed = sorted(name for name in using if f"`{name}`" not in PAGE)

    assert len(using) > 40
    assert unnamed == []


def test_no_secret_is_drawn_by_chance_that_can_be_foretold() -> None:
    foretold = {name for name, tree in modules() if "random" in imported(tree)}

    assert foretold == {"companion/programme/segments/backtest.py"}
