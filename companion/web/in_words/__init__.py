"""What the codes of each part are called on a page, in the reader's language."""
