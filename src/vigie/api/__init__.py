"""The JSON door: the platform's programs send posts, views and accounts, and fetch decisions."""
