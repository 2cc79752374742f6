"""HL7 FHIR R4 at the border: what is ours as resources. Pure; outside of here nobody speaks of Observations."""
