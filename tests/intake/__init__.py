"""It comes in: what the intake room promises."""
