"""`make fuzz`: bytes made up by atheris, guided by the code they reach, into the door for uploads.

Begins with the fixtures of the tests, small files of every container, and the samples beside this checkout if they
are there. Any fault but BadInput
ends it and leaves the bytes in `var/fuzz`.
"""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import atheris

with atheris.instrument_imports(include=["companion.devices.uploads"]):
    from companion.devices.uploads import read_export
    from companion.errors import BadInput

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "tests" / "devices" / "uploads" / "fixtures", ROOT.parent / "shared" / "samples")
SEEDS = (
    b'[{"type":"sgv","sgv":100,"date":1700000000000,"dateString":"2023-11-14T22:13:20Z","device":"x"}]',
    b'{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2339-0"}]},'
    b'"effectiveDateTime":"2024-01-01T08:00:00Z","valueQuantity":{"value":101,"unit":"mg/dL"}}',
    b'<HealthData><Record type="HKQuantityTypeIdentifierBloodGlucose" unit="mg/dL" value="101" sourceName="x" '
    b'startDate="2024-01-01 08:00:00 +0100"/></HealthData>',
    b'<IMPORT><ACSPIX/><DEVICE BGUnit="mg/dL"/><BGDATA><BG Val="101" Dt="2024-01-01" Tm="08:00"/></BGDATA></IMPORT>',
)
MOST_BYTES = 4096


def read(content: bytes) -> None:
    """Once without a word from anybody, once with every question answered."""
    for zone, unit, dates in ((None, None, None), (ZoneInfo("Europe/Berlin"), "mg/dL", "DMY")):
        try:
            report = read_export(content, zone=zone, unit=unit, dates=dates)
            rows = list(report.rows)
        except BadInput:
            continue
        outside = report.duplicates_in_file + len(report.rejected) + sum(report.skipped.values())
        assert 0 <= report.rows_read - outside <= sum(report.readings.values())
        assert report.questions or len(rows) == sum(report.readings.values())


def main(seconds: str = "60") -> None:
    folder = ROOT / "var" / "fuzz"
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    files = (path for root in FOLDERS for path in sorted(root.rglob("*.*")) if path.is_file())
    for number, seed in enumerate([*SEEDS, *(path.read_bytes()[:MOST_BYTES] for path in files)]):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=20", "-rss_limit_mb=1024"]
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={folder}/", *limits], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
