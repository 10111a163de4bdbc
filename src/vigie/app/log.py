"""``vigie log``: what the decision log holds, for whoever runs the service and whoever audits it."""

import argparse
import sys
from pathlib import Path

import msgspec

from vigie.app.wiring import now
from vigie.errors import Refused
from vigie.journal.log import Stats


def log(arguments: argparse.Namespace) -> int:
    """Count, export, erase or compact."""
    if not (arguments.data / "journal").is_dir() and not (arguments.data / "log").is_dir():
        raise Refused(f"{arguments.data}: no log here; `vigie moderate FILE --data {arguments.data}` makes one")
    return _STEPS[arguments.step](arguments)


def _stats(arguments: argparse.Namespace) -> int:
    from vigie.journal.log import stats

    found = stats(arguments.data)
    print(msgspec.json.encode(found).decode() if arguments.json else _table(found))
    return 0


def _table(found: Stats) -> str:
    lines = [f"{found.posts:,} posts in {found.frames:,} batches, {found.lines:,} lines read"]
    if found.first and found.last:
        lines.append(f"written from {found.first:%Y-%m-%d %H:%M:%S} to {found.last:%Y-%m-%d %H:%M:%S} UTC")
    lines.append(f"{found.quarantined:,} lines in quarantine, {found.skipped:,} that are no posts")
    parts = (
        ("language", found.by_language),
        ("route", found.by_route),
        ("clause", found.by_clause),
        ("source", found.by_source),
    )
    for title, counts in parts:
        lines += ["", f"by {title}", *(f"  {posts:>12,}  {name}" for name, posts in counts.items())]
    return "\n".join(lines)


def _export(arguments: argparse.Namespace) -> int:
    from vigie.journal.export import export

    columns = arguments.columns.split(",") if arguments.columns else None
    if arguments.out is None and arguments.format == "parquet" and sys.stdout.isatty():
        raise Refused("parquet is not for a terminal: give --out FILE")
    out: Path | None = arguments.out
    export(
        arguments.data, columns=columns, where=arguments.where, format=arguments.format, out=out or sys.stdout.buffer
    )
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    from vigie.journal.erase import erase, replay_erasures
    from vigie.journal.sources import load_all

    if arguments.replay:
        print(f"{replay_erasures(arguments.data, now=now()):,} rows erased again")
        return 0
    if not arguments.id and not arguments.account:
        raise Refused("nothing to erase: give --id ID or --account ACCOUNT, as often as needed")
    known = [arguments.source] if arguments.source else _sources(arguments.data)
    if arguments.source and arguments.source not in {*load_all(arguments.data), *_sources(arguments.data)}:
        raise Refused(
            f"no source is called {arguments.source!r}; there is: {', '.join(_sources(arguments.data)) or 'none'}"
        )
    rows = sum(
        erase(arguments.data, source=name, ids=arguments.id, accounts=arguments.account, now=now()).rows
        for name in known
    )
    print(f"{rows:,} rows have lost their id and account; they are still counted")
    return 0


def _sources(data: Path) -> list[str]:
    from vigie.journal.sources import load_all

    return sorted(load_all(data))


def _compact(arguments: argparse.Namespace) -> int:
    from vigie.journal.compact import compact

    done = compact(arguments.data, now=now())
    print(f"{done.rows:,} rows into the table in {done.commits} commits; {done.repeats:,} were there already")
    if done.expired:
        print(f"{done.expired:,} flagged posts were shredded unread: they were older than seven days", file=sys.stderr)
    return 0


_STEPS = {"stats": _stats, "export": _export, "erase": _erase, "compact": _compact}
