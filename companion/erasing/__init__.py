"""A patient is erased on request: everything but what the law asks to keep, with proof. What stays, stays under the
public id, which names nobody any more."""
