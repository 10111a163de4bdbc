"""A decision is proposed: what the rulebook must never do, and what a machine must prove."""
