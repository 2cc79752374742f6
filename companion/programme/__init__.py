"""The care programme: people, knowledge and supply around the reminders. `advice` never imports it."""
