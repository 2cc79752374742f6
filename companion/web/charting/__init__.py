"""Readings as figures and pictures: one renderer for page, phone and print."""
