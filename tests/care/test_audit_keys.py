"""The file of the audit's keys."""

import json
from pathlib import Path

import pytest

from companion.care.audit_keys import KeyRing
from companion.errors import BadInput


def test_a_look_makes_no_key_and_an_act_makes_one_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "new" / "audit.key"
    ring = KeyRing(file)

    assert (ring.find("x"), ring.begins_after, file.exists()) == (None, None, False)
    key = ring.newest()

    assert ring.find(key.id) == key.secret
    assert (file.stat().st_mode & 0o777, len(key.secret)) == (0o600, 32)
    assert list(file.parent.iterdir()) == [file]


def test_a_second_process_takes_the_first_ones_key(tmp_path: Path) -> None:
    first, second = KeyRing(tmp_path / "k").newest(), KeyRing(tmp_path / "k").newest()

    assert first == second


def test_what_the_keys_began_after_is_noted_once_and_changed_only_on_purpose(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "k")
    ring.begin_after("a")
    ring.begin_after("a")

    with pytest.raises(BadInput, match="companion audit begin"):
        ring.begin_after("b")
    ring.begin_anew_after("b")

    assert KeyRing(tmp_path / "k").begins_after == "b"


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", '{"keys": [], "begins_after": null}', '{"keys": ["ab"], "begins_after": null}',
     '{"keys": ["zz"], "begins_after": null}', json.dumps({"keys": [1], "begins_after": None})],
)  # fmt: skip
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "k").write_text(content)

    with pytest.raises(BadInput, match="COMPANION_AUDIT_KEY_FILE: is not a file of keys"):
        KeyRing(tmp_path / "k").newest()


def test_a_place_where_none_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BadInput, match="COMPANION_AUDIT_KEY_FILE: cannot be"):
        KeyRing(tmp_path / "file" / "k").newest()
