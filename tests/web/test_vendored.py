"""What we took from others is what they published: named, licensed, and unchanged."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from flask import Flask, render_template

from companion.web.vendored import LOCK, VENDOR, VendoredFile, locked, vendored


def files_there() -> set[str]:
    return {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file() and path != LOCK}


@pytest.mark.parametrize("file", locked(), ids=lambda file: file.file)
def test_every_file_is_the_one_that_was_locked(file: VendoredFile) -> None:
    content = (VENDOR / file.file).read_bytes()

    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()

    assert digest == file.sha384


def test_the_lock_names_every_file_that_is_there_and_no_other() -> None:
    named = {file.file for file in locked()}

    assert named == files_there()


def test_every_library_has_its_licence_beside_it() -> None:
    folders = {Path(file.file).parent for file in locked()}

    for folder in folders:
        assert (VENDOR / folder / "LICENSE").stat().st_size > 100
    assert all(file.licence and file.source.startswith(f"npm pack {file.source.split()[2]}") for file in locked())


def test_the_folder_of_a_library_says_its_version() -> None:
    for file in locked():
        assert Path(file.file).parts[0] == f"{file.name}-{file.version}"
        assert f"@{file.version}:" in file.source


def test_a_page_loads_a_library_with_its_hashes(app: Flask) -> None:
    with app.test_request_context():
        tags = str(vendored("uplot"))

    hashes = {file.sha384 for file in locked() if file.name == "uplot" and not file.file.endswith("LICENSE")}
    assert set(re.findall(r'integrity="sha384-([^"]+)"', tags)) == hashes
    assert tags.count("<script src=") == tags.count('<link rel="stylesheet"') == 1
    assert "LICENSE" not in tags


def test_a_library_that_nobody_vendored_is_told_at_once(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(KeyError, match="jquery"):
        vendored("jquery")


def test_the_addresses_answer_and_may_be_kept(app: Flask) -> None:
    with app.test_request_context():
        addresses = re.findall(r'(?:src|href)="([^"]+)"', str(vendored("htmx")) + str(vendored("uplot")))

    answers = [app.test_client().get(address) for address in addresses]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(answer.headers["Cache-Control"].endswith("immutable") for answer in answers)


def test_htmx_evaluates_nothing_and_keeps_no_page_of_a_patient(app: Flask) -> None:
    with app.test_request_context():
        head = render_template("_htmx.html")

    found = re.search(r"content='([^']+)'", head)
    assert found
    config = json.loads(found.group(1))
    assert config["includeIndicatorStyles"] is config["allowEval"] is config["allowScriptTags"] is False
    assert config["historyCacheSize"] == 0
