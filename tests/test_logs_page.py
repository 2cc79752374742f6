"""Every line that the service logs stands on the page that says what is logged."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/logs.md").read_text("utf-8")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def logged(path: Path) -> Iterator[str]:
    """What that file's calls of `log` say; of one that chooses between two lines, neither."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "log"
        ):
            said = node.args[0] if node.args else None
            if node.func.attr in LEVELS and isinstance(said, ast.Constant):
                yield str(said.value)


def test_every_line_is_told() -> None:
    said = {line for path in sorted((ROOT / "companion").rglob("*.py")) for line in logged(path)}

    assert len(said) > 40
    assert {line for line in said if f"`{line}`" not in PAGE} == set()
