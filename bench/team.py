"""Twenty moderators who claim and decide at once for a minute; then again, while processes are killed twenty times.

``python bench/team.py`` on SQLite, ``python -m tests.postgres python bench/team.py`` on PostgreSQL. The instance runs as
``vigie up`` runs it, and the moderators ask at its door, beside it on the same cores.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.app.instance.serving import Instance, database_of_its_own
from tests.simulations.team import Found, work

import machine


def at_work(name: str, cases: int, seconds: float, kills: int, place: Path) -> Found:
    """A fresh instance and its team."""
    with database_of_its_own(f"vigie_{name}") as database:
        instance = Instance(place / name, database)
        try:
            instance.begin("--workers", 2)
            found = work(instance, seconds, cases=cases, kills=kills)
            if instance.end() != 0:
                found.wrong.append("vigie up did not end cleanly")
            return found
        finally:
            instance.killed()


def said(what: str, found: Found, seconds: float) -> None:
    """Figures, and what went wrong."""
    p50, p99, most = machine.quantiles(found.seconds)
    columns = ("", "decisions", "a second", "killed", "p50 ms", "p99 ms", "longest ms")
    machine.table(columns, [(what, found.acknowledged, found.acknowledged / seconds, found.killed, p50, p99, most)])
    for one in found.wrong[:20]:
        print(f"  WRONG: {one}")
    bar = "no case decided twice, none lost, every acknowledged decision there, no answer above 499"
    machine.verdict(not found.wrong, bar, f"{len(found.wrong)} wrong")


def main() -> None:
    """Without kills, then with them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=60_000)
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--work", type=Path, default=Path("/var/tmp"))
    given = asked.parse_args()
    machine.header("Twenty moderators at once", cases=given.cases, seconds=given.seconds)
    with tempfile.TemporaryDirectory(prefix="vigie-team-", dir=given.work) as name:
        said("undisturbed", at_work("calm", given.cases, given.seconds, 0, Path(name)), given.seconds)
        longer = 4.0 * given.kills  # a process that was killed is back before the next one is
        said("kill -9", at_work("killed", given.cases, longer, given.kills, Path(name)), longer)


if __name__ == "__main__":
    main()
