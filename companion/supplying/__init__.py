"""Where orders and demand meet the rest of the house: what a pharmacy reads, how it is sent, and what is known of
packs."""
