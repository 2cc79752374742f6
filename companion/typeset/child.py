"""The process that makes one PDF: a style sheet, a zero byte and a page come in, the PDF goes out.

It holds no key and no database, and whatever the page names is not fetched.
"""

import logging
import sys

from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

VARIANT = "pdf/ua-1"
"""Tagged, so that a screen reader can read it."""


def main() -> None:
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    style, page = sys.stdin.buffer.read().decode().split("\0", 1)
    nothing = URLFetcher(allowed_protocols=())
    document = HTML(string=page, url_fetcher=nothing)
    sys.stdout.buffer.write(
        document.write_pdf(stylesheets=[CSS(string=style, url_fetcher=nothing)], pdf_variant=VARIANT)
    )


if __name__ == "__main__":
    main()
