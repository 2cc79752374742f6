"""The documents say what the code does: settings, commands, links and decisions are compared, not believed."""

import ast
import re
from pathlib import Path

import pytest

from companion.cli import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def settings_in_code() -> set[str]:
    tree = ast.parse((ROOT / "companion/settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "env"
        and node.func.attr in {"str", "int", "float", "bool"}
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `COMPANION_(\w+)`", (ROOT / "docs/settings.md").read_text("utf-8"), re.M))

    assert documented == settings_in_code()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    missing = [t for t in targets if not t.startswith(("http", "tel:")) and not (page.parent / t).exists()]

    assert not missing


def test_the_readme_names_only_commands_that_exist() -> None:
    named = set(re.findall(r"companion ([a-z]+)(?= )", "\n".join(code_of(ROOT / "README.md"))))

    assert named
    assert named <= set(COMMANDS)


def test_every_command_loads_and_explains_itself() -> None:
    from click.testing import CliRunner

    from companion.cli import companion

    for name in COMMANDS:
        result = CliRunner().invoke(companion, [name, "--help"])
        assert result.exit_code == 0, name
        assert len(result.output.splitlines()) > 3, name


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))

    assert named
    assert all(re.search(rf"^{target}:", makefile, re.M) for target in named)


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    listing = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    assert all(file.name in listing for file in files)


def test_the_architecture_page_shows_every_part_of_the_package() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    parts = {p.name.removesuffix(".py") for p in (ROOT / "companion").iterdir() if p.name[0] not in "_."}

    missing = {part for part in parts - {"py.typed"} if not re.search(rf"\b{part}\b", page)}

    assert not missing


def test_the_changelog_has_this_version() -> None:
    from companion import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_nothing_tells_of_a_machine_or_a_secret() -> None:
    pattern = re.compile(r"(/(root|home|work|Users)/\w|BEGIN [A-Z ]*PRIVATE KEY|\bSK[0-9a-f]{32}\b)")
    files = [p for p in ROOT.rglob("*") if p.suffix in {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".po"}]
    made = {".venv", ".venv-attack", "var", ".git", "build", "companion.egg-info", "node_modules"}
    ours = [p for p in files if not set(p.relative_to(ROOT).parts) & made]

    guilty = [p.name for p in ours if p != Path(__file__) and pattern.search(p.read_text(encoding="utf-8"))]

    assert not guilty


def code_of(page: Path) -> list[str]:
    """The fenced and inline code of a document."""
    text = page.read_text(encoding="utf-8")
    return re.findall(r"```[a-z]*\n(.*?)```", text, re.S) + re.findall(r"`([^`\n]+)`", text)
