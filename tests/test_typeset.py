"""A page becomes a PDF that a screen reader can read, in a process of its own that fetches nothing."""

import io
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from pypdf import PdfReader

from companion.errors import Unavailable
from companion.typeset import apart, to_pdf

PAGE = """<!doctype html><html lang="zh-CN"><head><title>报告</title></head>
<body><h1>家庭血压</h1><p>{more}</p></body></html>"""


class _Counting(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    _Counting.asked = []
    with HTTPServer(("127.0.0.1", 0), _Counting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", _Counting.asked
        server.shutdown()


def test_a_pdf_is_tagged_names_its_language_and_can_be_searched_in_chinese() -> None:
    made = PdfReader(io.BytesIO(to_pdf(PAGE.format(more="141/88"), "")))

    assert made.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert made.trailer["/Root"]["/Lang"] == "zh-CN"
    assert made.metadata is not None
    assert made.metadata.title == "报告"
    assert "家庭血压" in made.pages[0].extract_text()


def test_nothing_that_a_page_names_is_fetched(listener: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = listener
    (tmp_path / "secret.txt").write_text("the secret key")
    named = f'<img src="{address}/picture.png"><img src="file://{tmp_path}/secret.txt"><a href="{address}/link">x</a>'

    made = to_pdf(
        PAGE.format(more=named), f'@import "{address}/style.css"; body {{ background: url({address}/b.png) }}'
    )

    assert made.startswith(b"%PDF")
    assert asked == []
    assert b"the secret key" not in made


def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 0.01)

    with pytest.raises(Unavailable, match="print the page instead"):
        to_pdf(PAGE.format(more=""), "")

    monkeypatch.undo()
    assert to_pdf(PAGE.format(more=""), "").startswith(b"%PDF")


def test_where_no_process_can_be_had_the_page_is_to_be_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")

    with pytest.raises(Unavailable, match="print the page instead") as told:
        to_pdf(PAGE.format(more="141/88"), "")

    assert "141/88" not in str(told.value)
