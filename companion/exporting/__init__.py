"""A patient's own data, out: as tables (CSV), as one JSON document, as a FHIR R4 Bundle. Nothing is held in memory
but the part that is being written."""
