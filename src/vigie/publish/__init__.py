"""And published: figures and files that a stranger can read and recompute."""
