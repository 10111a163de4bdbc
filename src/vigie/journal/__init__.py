"""The decision log: append-only, safe against crashes, asked and exported as a table, and able to forget a person."""
