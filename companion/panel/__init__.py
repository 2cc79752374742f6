"""How each of a doctor's patients is doing: worked out now and then, so that a page about hundreds is quick."""
