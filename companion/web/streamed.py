"""Requests whose files go to the disk as they come in: never through the memory, however large they are."""

from io import BytesIO
from typing import IO

from flask import Request

from companion.web.context import outside

SMALL = 500 * 2**10
"""Bytes. What is smaller needs no file."""


class StreamedRequest(Request):
    """Flask's request, with the files of a form written to the disk of the originals."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if total_content_length is not None and total_content_length <= SMALL:
            return BytesIO()
        return outside().originals.incoming()
