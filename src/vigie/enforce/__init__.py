"""A restriction and its reasons: what a person is told, and what is declared of it."""
