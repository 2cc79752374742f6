"""A printed page (HTML) becomes a PDF, in a process of its own: it is slow, and reads nothing but what it is given."""

from companion.typeset.apart import to_pdf

__all__ = ["to_pdf"]
