"""Reads uploads in a process of its own: with little memory, for a limited time, and killed when it takes more."""

from companion.apart.reader import Limits, Reader, read_apart

__all__ = ["Limits", "Reader", "read_apart"]
