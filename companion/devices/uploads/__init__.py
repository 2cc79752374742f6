"""Files that a person uploads: recognised by content, read honestly, every row accounted for."""

from companion.devices.uploads.read import read_export
from companion.devices.uploads.report import UploadedReading, UploadReport

__all__ = ["UploadReport", "UploadedReading", "read_export"]
