"""Names that lead out of the folder they belong in: of originals, of our own files, of uploads and in archives."""

import io
import os
import re
import stat
from pathlib import Path
from zipfile import ZipFile, ZipInfo
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from companion.devices.uploads import read_export
from companion.originals import FolderOriginals
from tests.web.conftest import Browser
from tests.web.loop.house import House
from tests.web.loop.test_upload import send

OUTSIDE = "glucose of somebody else"
UPWARD = (
    "..",
    "../secret",
    "../../etc/passwd",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "..\\secret",
    ".",
    "",
    "a\0b",
    "a\n",
    "%2e%2e",
)
STATIC_UPWARD = (
    "../settings.py", "..%2fsettings.py", "%2e%2e/settings.py", "%2e%2e%2fsettings.py", "..%5csettings.py",
    "....//settings.py", "css/../../settings.py", "/etc/passwd", "%2fetc%2fpasswd", "..%00/settings.py",
    "%252e%252e%252fsettings.py",
)  # fmt: skip
ITS_OWN = ("companion.db", "audit.key", "master.key", "vapid.pem")
"""Files that the service writes beside those that people sent."""
CSV = "time,glucose (mg/dL)\n2026-03-02 08:00,150\n"


@pytest.fixture
def originals(tmp_path: Path) -> FolderOriginals:
    """Beside the folder lies what nobody may read or remove."""
    (tmp_path / "secret").write_text(OUTSIDE)
    return FolderOriginals(tmp_path / "originals")


@pytest.mark.parametrize("name", UPWARD)
def test_an_original_is_never_looked_for_outside_its_folder(originals: FolderOriginals, name: str) -> None:
    for ask in (
        lambda: originals.get("pt_1", name),
        lambda: originals.get(name, "secret"),
        lambda: originals.forget(name, "secret"),
        lambda: originals.forget_all(name),
        lambda: originals.names(name),
        lambda: originals.keep(name, io.BytesIO(b"x"), 10),
    ):
        with pytest.raises(ValueError, match="neither an id of ours nor a digest"):
            ask()


def test_nothing_beside_the_folder_was_touched(originals: FolderOriginals, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither"):
        originals.forget("..", "secret")

    assert (tmp_path / "secret").read_text() == OUTSIDE


@pytest.mark.parametrize("path", STATIC_UPWARD)
def test_our_own_files_lead_to_no_others(browser: Browser, path: str) -> None:
    client: FlaskClient = browser.client

    answer = client.get(f"/static/{path}")

    assert answer.status_code in (302, 308, 404)
    assert b"COMPANION" not in answer.get_data()
    assert b"root:" not in answer.get_data()


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/cron.d/evil", "..\\..\\evil.csv", "a\0b.csv", "x" * 5000])
def test_what_an_upload_is_called_decides_nothing_about_where_it_is_kept(tmp_path: Path, name: str) -> None:
    house = House(tmp_path)
    before = set(files_in(tmp_path))

    answer = send(house.browser(house.anna), CSV.encode(), name)

    (kept,) = {path for path in files_in(tmp_path) if path not in before and not path.name.startswith(ITS_OWN)}
    assert answer.status_code == 302
    assert kept.parent == house.settings.originals_folder / house.anna.public_id
    assert re.fullmatch("[0-9a-f]{64}", kept.name)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_archive_is_read_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for name in ("../../evil.csv", "/tmp/evil.csv", "C:\\evil.csv", "b\\..\\evil.csv", "b/../../evil.csv"):
            archive.writestr(name, CSV)

    report = read_export(content.getvalue(), zone=ZoneInfo("Europe/Berlin"), unit=None, dates=None)

    assert report.rows_read == 5
    assert files_in(tmp_path) == []
    assert not Path("/tmp/evil.csv").exists()


def test_a_link_in_an_archive_is_a_text_and_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "readings.csv").write_text(CSV)
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        link = ZipInfo("readings.csv")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, os.fspath(tmp_path / "readings.csv"))

    report = read_export(content.getvalue(), zone=ZoneInfo("Europe/Berlin"), unit=None, dates=None)

    assert report.rows == ()
