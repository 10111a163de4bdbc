"""``vigie terms``: what the public reads, checked, shown and compared before it binds anyone."""

import argparse
from pathlib import Path

from vigie.app import wiring
from vigie.errors import Refused


def terms(arguments: argparse.Namespace) -> int:
    """Check, show, compare or export sets of terms."""
    return _STEPS[arguments.step](arguments)


def _check(arguments: argparse.Namespace) -> int:
    from vigie.engine.pipeline import signals
    from vigie.terms.check import check
    from vigie.terms.reading import read_terms

    wiring.kernels_kept(None)
    clauses = read_terms(arguments.directory)
    found = wiring.detectors(arguments.directory)
    rules = wiring.rulebook(arguments.directory, found, wiring.now().date())
    findings = check(clauses, signals(found), wiring.now().date())
    for finding in findings:
        print(finding)
    errors = sum(finding.level == "error" for finding in findings)
    print(
        f"{len(clauses)} clauses, {len(rules.rules)} rules run, {len(rules.skipped)} wait for a detector; {errors} errors"
    )
    return 2 if errors else 0


def _show(arguments: argparse.Namespace) -> int:
    from vigie.terms.reading import read_terms
    from vigie.terms.show import show

    clauses = read_terms(arguments.directory)
    chosen = [clause for clause in clauses if arguments.clause in (None, clause.id)]
    if not chosen:
        raise Refused(
            f"no clause is called {arguments.clause!r}; there is: {', '.join(clause.id for clause in clauses)}"
        )
    print("\n\n".join(show(clause, arguments.lang, wiring.now().date()) for clause in chosen))
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    from vigie.terms.diff import diff
    from vigie.terms.reading import read_terms

    old, new = (None if place == Path("-") else place for place in (arguments.old, arguments.new))
    lines = diff(read_terms(old), read_terms(new), arguments.lang)
    print("\n".join(lines) if lines else "no difference")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from vigie.app import preparing

    preparing.configure(arguments.data)
    preparing.migrate(arguments.data, wiring.now())
    from vigie.services.terms import export_terms

    print(f"{export_terms(arguments.directory)} files in {arguments.directory}")
    return 0


_STEPS = {"check": _check, "show": _show, "diff": _diff, "export": _export}
