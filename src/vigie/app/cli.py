"""The command line. It imports nothing heavy: each command's module is loaded when the command is run."""

import argparse
import contextlib
import errno
import os
import sys
from importlib import import_module
from pathlib import Path

from vigie import __version__
from vigie.errors import VigieError

FORMATS = ("auto", "x", "x-archive", "mastodon", "bluesky", "jsonl", "csv")
DATA = Path("vigie-data")
SCOPES = (
    "posts:write",
    "accounts:write",
    "decisions:read",
    "decisions:write",
)  # those of ``services.keys``, not imported


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="data directory (default: ./vigie-data)")


def _terms(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--terms", type=Path, metavar="DIR", help="your terms of use (default: the starter set)")


def _language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lang", choices=("en", "fr"), default="en", help="language of the output (default: en)")


def _labels(p: argparse.ArgumentParser) -> None:
    p.add_argument("--labels", type=Path, metavar="FILE", help="a probability sample of labelled posts of this stream")
    p.add_argument(
        "--floor", type=float, metavar="P", help="smallest chance of being drawn, declared when chances differ"
    )
    p.add_argument(
        "--looks", type=int, default=1, metavar="N", help="how often these labels will be looked at (default: 1)"
    )
    p.add_argument(
        "--draw", default="vigie", metavar="SEED", help="seed by which labels are thinned, declared beforehand"
    )


def _moderate(p: argparse.ArgumentParser) -> None:
    p.add_argument("files", nargs="+", metavar="FILE", help="posts, plain, gzip or zstd; - is standard input")
    p.add_argument("--source", metavar="NAME", help="name of the stream (default: the file's path)")
    p.add_argument("--format", choices=FORMATS, default="auto", help="default: told from how the file begins")
    p.add_argument("--map", metavar="FIELD=COLUMN,…", help="for jsonl and csv: where id, text, account … are found")
    _terms(p)
    _data(p)
    _labels(p)
    p.add_argument("--flagged", type=Path, metavar="FILE", help="write one JSON object per flagged post")
    p.add_argument(
        "--batch", type=int, default=8192, metavar="N", help="posts judged and committed at once, 1 to 20000"
    )
    p.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default: 1)")
    p.add_argument("--follow", action="store_true", help="wait for more, as tail -f does")
    p.add_argument("--text-days", type=int, metavar="N", help="keep the texts of all posts for N days; 0 ends it")
    p.add_argument("--quiet", action="store_true", help="no progress, only the summary")


def _explain(p: argparse.ArgumentParser) -> None:
    p.add_argument("text", help="the text of one post; - reads standard input")
    p.add_argument("--language", metavar="LANG", help="what the network declares (default: nothing)")
    p.add_argument("--json", action="store_true", help="for programs")
    _terms(p)


def _terms_command(p: argparse.ArgumentParser) -> None:
    steps = p.add_subparsers(dest="step", required=True, metavar="check|show|diff|export")
    check = steps.add_parser("check", help="is every clause complete, fed by a detector, and its rules sound?")
    show = steps.add_parser("show", help="the clauses in plain language")
    diff = steps.add_parser("diff", help="what changed between two sets of terms")
    for step in (check, show):
        step.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="default: the starter set")
    show.add_argument("--clause", metavar="ID", help="only this clause")
    diff.add_argument("old", type=Path, metavar="OLD", help="directory of terms; - is the starter set")
    diff.add_argument("new", type=Path, metavar="NEW")
    export = steps.add_parser("export", help="the terms of an instance as files")
    export.add_argument("directory", type=Path, metavar="DIR", help="a directory that is empty or does not exist yet")
    _data(export)
    for step in (show, diff):
        _language(step)


def _rulebook(p: argparse.ArgumentParser) -> None:
    _labels(p)
    _language(p)
    _terms(p)


def _backtest(p: argparse.ArgumentParser) -> None:
    _terms(p)
    p.add_argument("--against", type=Path, metavar="DIR", help="compare with these terms (default: what was proposed)")
    _labels(p)
    _data(p)
    p.add_argument("--days", type=int, default=30, metavar="N", help="posts judged in the last N days (default: 30)")
    p.add_argument("--json", action="store_true", help="for programs")


def _train(p: argparse.ArgumentParser) -> None:
    p.add_argument("directories", nargs="+", type=Path, metavar="DIR", help="labelled rows, *.jsonl or *.jsonl.gz")
    p.add_argument("--out", type=Path, metavar="FILE", help="where the model goes (default: the package's own)")
    p.add_argument("--card", type=Path, metavar="FILE", help="where the model card goes")
    p.add_argument("--seed", type=int, default=20221201)
    p.add_argument("--seeds", type=int, default=3, help="how many seeds the card reports")
    p.add_argument("--ablation", action="store_true", help="also measure each group of features left out")
    p.add_argument("--baseline", action="store_true", help="also train the scikit-learn baseline on the same rows")


def _evaluate(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "file", type=Path, metavar="FILE", help="JSON lines of text, lang, hate (1, 0 or null); plain, gzip, zstd"
    )
    p.add_argument("--json", action="store_true", help="for programs")
    _terms(p)


def _log(p: argparse.ArgumentParser) -> None:
    steps = p.add_subparsers(dest="step", required=True, metavar="stats|export|erase|compact")
    stats = steps.add_parser("stats", help="how many posts, by language, route and clause")
    stats.add_argument("--json", action="store_true", help="for programs")
    export = steps.add_parser("export", help="the log as a table")
    export.add_argument("--columns", metavar="id,…", help="default: all")
    export.add_argument("--where", metavar="SQL", help="a condition over the columns")
    export.add_argument("--format", choices=("jsonl", "csv", "parquet"), default="jsonl")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    erase = steps.add_parser("erase", help="forget who wrote posts; the rows and the counts stay")
    erase.add_argument("--source", metavar="NAME", help="only in this stream")
    erase.add_argument("--id", action="append", default=[], metavar="ID", help="a post; may be repeated")
    erase.add_argument("--account", action="append", default=[], metavar="ACCOUNT", help="an account; may be repeated")
    erase.add_argument("--replay", action="store_true", help="erase again what a restored backup brought back")
    compact = steps.add_parser("compact", help="move finished segments into the Delta table, once only")
    for step in (stats, export, erase, compact):
        _data(step)


def _bench(p: argparse.ArgumentParser) -> None:
    p.add_argument("--posts", type=int, default=200_000, metavar="N", help="posts of the mix (default: 200000)")
    p.add_argument("--flagged-share", type=float, default=0.01, metavar="P", help="share that breaks a clause")
    p.add_argument("--batch", type=int, default=8192, metavar="N")
    _terms(p)


def _warm(p: argparse.ArgumentParser) -> None:
    _data(p)


def _up(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--data", type=Path, metavar="DIR", help="data directory (default: ./vigie-data; ./vigie-demo with --demo)"
    )
    p.add_argument(
        "--demo",
        type=int,
        nargs="?",
        const=40_000,
        metavar="POSTS",
        help="show a simulated network of six weeks (default: 40000 posts), on this machine alone",
    )
    p.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    p.add_argument("--port", type=int, default=8400, help="port to listen on (default: 8400)")
    p.add_argument("--workers", type=int, default=2, metavar="N", help="web processes (default: 2)")
    p.add_argument("--open", action="store_true", help="open the console in a browser")
    p.add_argument("--check", action="store_true", help="start, see that /readyz answers, stop")
    p.add_argument(
        "--watch", nargs="+", default=[], metavar="SOURCE", help="files of posts to read and wait for more of"
    )


def _admin(p: argparse.ArgumentParser) -> None:
    steps = p.add_subparsers(dest="step", required=True, metavar="link")
    _data(steps.add_parser("link", help="a new one-time link that sets up the administrator"))


def _key(p: argparse.ArgumentParser) -> None:
    steps = p.add_subparsers(dest="step", required=True, metavar="make|list|revoke")
    make = steps.add_parser("make", help="a new key, shown once")
    make.add_argument("name", metavar="NAME", help="whose key it is, for people")
    make.add_argument("--source", required=True, metavar="S", help="the stream that it writes to and reads from")
    make.add_argument(
        "--scopes", nargs="+", metavar="SCOPE", choices=SCOPES, help="what it may do (default: everything)"
    )
    make.add_argument("--rate", type=int, default=60_000, metavar="N", help="requests a minute (default: 60000)")
    shown = steps.add_parser("list", help="the keys that there are, without the keys themselves")
    revoke = steps.add_parser("revoke", help="end a key")
    revoke.add_argument("number", type=int, metavar="NUMBER", help="as `vigie key list` gives it")
    for step in (make, shown, revoke):
        _data(step)


def _check(p: argparse.ArgumentParser) -> None:
    _data(p)


def _backup(p: argparse.ArgumentParser) -> None:
    p.add_argument("file", type=Path, metavar="FILE", help="where the backup goes; it appears when it is complete")
    _data(p)


def _restore(p: argparse.ArgumentParser) -> None:
    p.add_argument("file", type=Path, metavar="FILE", help="a backup")
    p.add_argument("--erasures", type=Path, metavar="FILE", help="a newer erasures.jsonl, kept apart from the backup")
    _data(p)


def _case(p: argparse.ArgumentParser) -> None:
    steps = p.add_subparsers(dest="step", required=True, metavar="export")
    export = steps.add_parser(
        "export", help="everything on record about a case, as one file for a court or an authority"
    )
    export.add_argument("id", type=int, metavar="ID", help="the number of the case")
    export.add_argument("--out", type=Path, metavar="FILE", help="the zip (default: vigie-case-ID.zip)")
    _language(export)
    _data(export)


#: command → (one line of help, its arguments, module:function)
COMMANDS = {
    "moderate": ("judge a stream of posts and keep a record of every one", _moderate, "vigie.app.moderate:moderate"),
    "up": ("the console, the API and the background process", _up, "vigie.app.up:up"),
    "check": ("is this instance fit to serve?", _check, "vigie.app.check:check"),
    "backup": ("the whole instance in one file, while it serves", _backup, "vigie.app.backup:backup"),
    "restore": ("an instance from a backup, into an empty directory", _restore, "vigie.app.restore:restore"),
    "case": ("take a case out of the instance", _case, "vigie.app.case:case"),
    "admin": ("set up the administrator", _admin, "vigie.app.up:admin"),
    "key": ("API keys for the platform's programs", _key, "vigie.app.keys:key"),
    "explain": ("the whole path for one text", _explain, "vigie.app.explain:explain"),
    "terms": ("check, show, compare or export terms of use", _terms_command, "vigie.app.terms:terms"),
    "rulebook": ("where people look, and where a machine may act alone", _rulebook, "vigie.app.rulebook:rulebook"),
    "backtest": ("what changed rules would have done in the last days", _backtest, "vigie.app.backtest:backtest"),
    "log": ("count, export, erase or compact the decision log", _log, "vigie.app.log:log"),
    "train": ("train the classifier on labelled rows", _train, "vigie.app.train:train"),
    "evaluate": ("score the whole judge on labelled rows", _evaluate, "vigie.app.evaluate:evaluate"),
    "bench": ("how many posts a second on this machine", _bench, "vigie.app.bench:bench"),
    "warm": ("compile the kernels now, for images and first starts", _warm, "vigie.app.warm:warm"),
}


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments; docs/reference/cli.md is tested against it."""
    top = argparse.ArgumentParser(prog="vigie", description="Content moderation that European law can be pointed at.")
    top.add_argument("--version", action="version", version=f"vigie {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (summary, arguments, _) in COMMANDS.items():
        arguments(commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + "."))
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; the exit code says who can mend what went wrong (docs/reference/exit-codes.md)."""
    arguments = parser().parse_args(argv)
    module, function = COMMANDS[arguments.command][2].split(":")
    try:
        code: int = getattr(import_module(module), function)(arguments)
        sys.stdout.flush()
    except VigieError as error:
        print(f"vigie: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        if error.errno != errno.EPIPE and "Broken pipe" not in str(error):  # Polars gives no errno
            raise
        with contextlib.suppress(OSError):  # the reader of our output left, as `| head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
