"""Data at rest: values and files sealed under a key of each person, and those keys wrapped by a master key that is kept
elsewhere. docs/security/data-at-rest.md says what is sealed, and what is not."""
