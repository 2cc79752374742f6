"""A backup that is not as it was written, or not for this key, brings nothing back: one line says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.backups import age_files, manifest
from companion.backups.make import Made
from companion.backups.verify import verify
from companion.errors import BadInput
from tests.backups.machines import KEY, back_up, bring_back, empty_machine, services_in
from tests.world import World


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("lost")
    world = World(folder)
    world.fast(150, 155)
    return back_up(services_in(world, folder), folder / "a.backup")


@pytest.fixture(scope="module")
def content(made: Made) -> bytes:
    return made.path.read_bytes()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broken") / "b.backup"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1))
def test_wherever_it_is_cut_off_it_is_refused(content: bytes, scratch: Path, where: float) -> None:
    # The last blocks are zeros that say that nothing follows.
    end = int(where * (len(content) - 2048))
    scratch.write_bytes(content[:end])

    with pytest.raises(BadInput):
        verify(scratch, [])


@settings(max_examples=60, deadline=None)
@given(where=st.floats(0, 1), bit=st.integers(0, 7))
def test_whatever_bit_of_a_piece_is_changed_it_is_refused(
    made: Made, content: bytes, scratch: Path, where: float, bit: int
) -> None:
    records = made.manifest.pieces[0]
    place = 512 + int(where * (records.encrypted_size - 1))
    changed = bytearray(content)
    changed[place] ^= 1 << bit
    scratch.write_bytes(changed)

    for keys in ([], [KEY]):
        with pytest.raises(BadInput):
            verify(scratch, keys)


@settings(max_examples=60, deadline=None)
@given(where=st.floats(0, 1), byte=st.integers(0, 255))
def test_whatever_the_manifest_says_instead_is_refused_or_means_the_same(made: Made, where: float, byte: int) -> None:
    told = manifest.write(made.manifest)
    place = int(where * (len(told) - 1))
    changed = told[:place] + bytes([byte]) + told[place + 1 :]

    try:
        read = manifest.read(changed, "a.backup")
    except BadInput:
        return
    assert read == made.manifest


@pytest.mark.parametrize("content", [b"", b"no backup", bytes(5000), b"{}" * 4000])
def test_what_is_no_backup_is_told_in_one_line(scratch: Path, content: bytes) -> None:
    scratch.write_bytes(content)

    with pytest.raises(BadInput) as refused:
        verify(scratch, [KEY])
    assert "\n" not in str(refused.value)


def test_another_key_opens_nothing(made: Made, tmp_path: Path) -> None:
    elsewhere = empty_machine(World(tmp_path).settings, tmp_path / "elsewhere")

    with pytest.raises(BadInput, match=r"a.backup, records: is encrypted for another key"):
        bring_back(elsewhere, made.path, age_files.new_key())
    assert not list(elsewhere.originals_folder.parent.glob("*.db"))


@pytest.mark.parametrize("text", ["", "age1abc", "AGE-SECRET-KEY-1AAAA", "ssh-ed25519 AAAA", "age1 "])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="--recipient: is not a public key for backups"):
        age_files.recipient(text, "--recipient")


def test_a_private_key_is_no_public_key_and_is_not_repeated_in_the_refusal() -> None:
    with pytest.raises(BadInput) as refused:
        age_files.recipient(str(KEY), "--recipient")
    assert "AGE-SECRET-KEY" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "# nothing\n", "age1abc", "AGE-SECRET-KEY-1AAAA\n"])
def test_a_file_without_a_private_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"k.key: holds no private key"):
        age_files.keys_in(text, "k.key")
