"""The two pages that a patient and a doctor look at together: on the screen, printed, and as a PDF."""
