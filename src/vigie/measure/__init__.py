"""It is counted: how good the judge is, and (with later work) how much harm there is."""
