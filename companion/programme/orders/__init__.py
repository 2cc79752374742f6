"""Refill lists as orders to pharmacies: agreed to, handed over, followed. docs/orders.md tells the whole of it."""
