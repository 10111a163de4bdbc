"""A human reviews: what a case may never do, what comes first, and what the simulations must reproduce."""
