"""``vigie rulebook``: per clause and language, from where people look, and where a machine is proven."""

import argparse

from vigie.app import wiring


def rulebook(arguments: argparse.Namespace) -> int:
    """Print the table of thresholds."""
    from vigie.decide.table import render, threshold_table

    wiring.kernels_kept(None)
    found = wiring.detectors(arguments.terms)
    rules = wiring.rulebook(arguments.terms, found, arguments.labels, wiring.now().date())
    print(render(threshold_table(rules)))
    return 0
