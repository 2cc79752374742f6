"""Backups: everything the service knows, in one encrypted file, and its way back into an empty machine.

A backup is a tar archive of pieces, each an encrypted file of its own (age_files), and a manifest that says what they
are.
"""
