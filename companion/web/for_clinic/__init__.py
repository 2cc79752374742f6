"""The administrator's pages: people, hubs, messages, and how the service does."""
