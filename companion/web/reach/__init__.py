"""How people are reached: their addresses, what they agreed to, and the providers' door."""
