"""What a record system sends is taken in: compared with what is known, accounted for, nothing overwritten."""
