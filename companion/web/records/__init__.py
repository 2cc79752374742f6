"""Record systems that ask and send: CDS Hooks, and rows as FHIR resources."""
