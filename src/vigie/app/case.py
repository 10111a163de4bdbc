"""``vigie case export``: everything on record about one case, as one file, from the command line of the server."""

import argparse
from pathlib import Path

from vigie.app import preparing, wiring
from vigie.errors import Misconfigured, Refused


def case(arguments: argparse.Namespace) -> int:
    """Write the file; that the operator read the case is on record. An existing file is not written over."""
    if not (arguments.data / "key").exists():
        raise Refused(f"{arguments.data}: no instance here; `vigie up --data {arguments.data}` makes one")
    preparing.configure(arguments.data)
    preparing.migrate(arguments.data.absolute(), wiring.now())
    from vigie.console.office.export import zipped

    out: Path = arguments.out or Path(f"vigie-case-{arguments.id}.zip")
    if out.exists():
        raise Misconfigured(f"{out} is there already: move it away, or choose another name with --out")
    made = zipped(arguments.id, arguments.lang, by=None, at=wiring.now())
    try:
        with out.open("xb") as file:
            file.write(made)
    except OSError as error:
        raise Misconfigured(f"{out} cannot be written: {error.strerror}") from None
    print(f"{out}: case {arguments.id}, {len(made):,} bytes; posts are unmasked in it")
    return 0
