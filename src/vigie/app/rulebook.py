"""``vigie rulebook``: per clause and language, from where people look, and where a machine is proven."""

import argparse

from vigie.app import wiring


def rulebook(arguments: argparse.Namespace) -> int:
    """Print the table of thresholds; with labels, also what each trial found."""
    from vigie.decide.table import render, threshold_table

    wiring.kernels_kept(None)
    found = wiring.detectors(arguments.terms)
    rules = wiring.rulebook(arguments.terms, found, wiring.now().date(), wiring.trial(arguments))
    print(render(threshold_table(rules), arguments.lang))
    for verdict in rules.proofs.verdicts:
        claim = verdict.claim
        print(f"\n{claim.clause} {claim.language} {claim.signal}: {verdict.given} labels, {verdict.kept} count")
        print("\n".join(f"  {reason}" for reason in verdict.reasons))
    return 0
