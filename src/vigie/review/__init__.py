"""A human reviews: the life of a case, what comes first, who looks again, and what a person can bear."""
