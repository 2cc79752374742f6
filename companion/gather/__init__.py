"""What is known of a patient, gathered for one assessment: rows in, a `Case` and its outcome out.

Both the filing of a suggestion and its approval gather anew, so that a doctor never approves on old data.
"""

from companion.gather.assessing import Evidence, gather, preview, would_say
from companion.gather.measured import (
    glucose_evidence,
    glucose_reading,
    ketone_evidence,
    pressure_evidence,
    pressure_reading,
)

__all__ = [
    "Evidence",
    "gather",
    "glucose_evidence",
    "glucose_reading",
    "ketone_evidence",
    "pressure_evidence",
    "pressure_reading",
    "preview",
    "would_say",
]
