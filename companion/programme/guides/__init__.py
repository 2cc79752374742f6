"""Guides about medicines and conditions: written, reviewed by somebody named, shown to whom they concern."""
