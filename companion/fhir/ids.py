"""Public ids of ours as ids of resources, and back. R4 allows letters, digits, `-` and `.`; ours have one `_`."""


def resource_id(public_id: str) -> str:
    """`su_1a2b` → `su-1a2b`."""
    return public_id.replace("_", "-", 1)


def public_id(resource_id: str) -> str:
    """`su-1a2b` → `su_1a2b`."""
    return resource_id.replace("-", "_", 1)


def reference(resource_type: str, of: str) -> str:
    """How one resource points to another on this server."""
    return f"{resource_type}/{resource_id(of)}"
