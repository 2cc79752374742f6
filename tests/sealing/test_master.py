"""Master keys wrap the keys of people: from a file, or from the environment."""

import json
import secrets
from pathlib import Path

import pytest

from companion.errors import BadInput, Unavailable
from companion.sealing.cipher import BrokenSealError
from companion.sealing.master import MasterKeyFile, MasterKeyText

KEY, ABOUT = secrets.token_bytes(32), b"companion data key 00"


def filed(folder: Path) -> MasterKeyFile:
    file = MasterKeyFile(folder / "master.key")
    file.make_first()
    return file


def test_a_made_file_is_its_owners_and_is_never_made_twice(tmp_path: Path) -> None:
    file = filed(tmp_path)
    first = file.ids()

    file.make_first()

    assert file.ids() == first
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_wrapped_key_is_unwrapped_by_the_master_key_that_it_names(tmp_path: Path) -> None:
    file = filed(tmp_path)
    wrapped = file.wrap(KEY, ABOUT)

    file.add()

    assert file.unwrap(wrapped, ABOUT) == KEY
    assert (wrapped.master, file.wrap(KEY, ABOUT).master) == tuple(file.ids())
    assert KEY not in wrapped.key


def test_a_key_wrapped_for_one_does_not_stand_in_for_another(tmp_path: Path) -> None:
    file = filed(tmp_path)
    wrapped = file.wrap(KEY, ABOUT)

    with pytest.raises(BrokenSealError):
        file.unwrap(wrapped, b"companion data key 01")


def test_without_its_master_key_nothing_is_unwrapped_and_it_says_what_to_restore(tmp_path: Path) -> None:
    file = filed(tmp_path)
    wrapped = file.wrap(KEY, ABOUT)
    file.add()
    file.keep_newest()

    with pytest.raises(Unavailable, match=f"{wrapped.master} is not here.*COMPANION_MASTER_KEY_FILE"):
        file.unwrap(wrapped, ABOUT)


def test_keys_of_the_environment_wrap_with_the_last_and_unwrap_with_any() -> None:
    old, new = (secrets.token_hex(32) for _ in range(2))
    wrapped = MasterKeyText(old).wrap(KEY, ABOUT)

    both = MasterKeyText(f"{old} {new}")

    assert both.unwrap(wrapped, ABOUT) == KEY
    assert both.wrap(KEY, ABOUT).master == MasterKeyText(new).ids()[0]


A_BYTE_SHORT = "d6020daa7b0e2a6fbf30bdddd18375a8bc756943902db8bae0afce08da5347"


@pytest.mark.parametrize("told", ["00" * 32, "ab" * 32, "12345678" * 8, "changeme", "ff", " ", A_BYTE_SHORT])
def test_a_key_that_can_be_guessed_or_is_none_is_refused(told: str) -> None:
    with pytest.raises(BadInput, match="COMPANION_MASTER_KEY: is no key"):
        MasterKeyText(told)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"keys": []}', json.dumps({"keys": ["00" * 32]}), '{"keys": [1]}']
)
def test_a_file_that_holds_no_key_is_refused(content: str, tmp_path: Path) -> None:
    file = MasterKeyFile(tmp_path / "master.key")
    file.path.write_text(content)

    with pytest.raises(BadInput, match="COMPANION_MASTER_KEY_FILE: is not a file of master keys"):
        file.ids()


def test_where_other_machines_may_need_it_none_is_made(tmp_path: Path) -> None:
    file = MasterKeyFile(tmp_path / "master.key", may_make=False)

    with pytest.raises(BadInput, match="COMPANION_MASTER_KEY_FILE: is missing"):
        file.make_first()

    assert not file.path.exists()


def test_a_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").touch()

    with pytest.raises(BadInput, match="COMPANION_MASTER_KEY_FILE: cannot be made"):
        MasterKeyFile(tmp_path / "f" / "master.key").make_first()
