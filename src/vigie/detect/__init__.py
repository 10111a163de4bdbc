"""It is looked at: detectors, each adding a column of probability per signal."""
