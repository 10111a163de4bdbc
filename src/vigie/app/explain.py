"""``vigie explain``: the whole path of one text, for whoever asks why it was flagged, or why not."""

import argparse
import sys
from typing import Any

import msgspec

from vigie.app import wiring

_BAR = 20  # characters of a full bar
_SHOWN = 0.005


def explain(arguments: argparse.Namespace) -> int:
    """Fold, tell the language, score, judge and explain one text; nothing is kept."""
    wiring.kernels_kept(None)
    text = sys.stdin.read().removesuffix("\n") if arguments.text == "-" else arguments.text
    with wiring.compiling_said():
        path = trace(text, arguments)
    print(msgspec.json.encode(path).decode() if arguments.json else _page(path))
    return 0


def trace(text: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Every step from the text to the proposal, as plain values."""
    import pyarrow as pa

    from vigie.engine.pipeline import explain as explained
    from vigie.engine.pipeline import judge, signals
    from vigie.intake.prepared import prepared
    from vigie.records.posts import POSTS

    found = wiring.detectors(arguments.terms)
    rules = wiring.rulebook(arguments.terms, found, wiring.now().date())
    row = {"id": "explain", "text": text, "declared_language": arguments.language}
    posts = pa.RecordBatch.from_pylist([row], schema=POSTS)
    record = judge(posts, rules, found)
    judged = record.to_pylist()[0]
    inbox = explained(posts, record, rules, found).to_pylist()
    fed = signals(found)
    return {
        "text": text,
        "folded": prepared(posts).column("folded")[0].as_py(),
        "language": judged["language"],
        "signals": {name: {"score": round(judged[name], 4), "detector": fed[name]} for name in fed},
        "clause": judged["clause"],
        "also": judged["also"] or [],
        "route": judged["route"],
        "restriction": judged["restriction"],
        "evidence": msgspec.json.decode(inbox[0]["evidence"]) if inbox else [],
        "model": rules.model,
        "rulebook": rules.hash,
    }


def _page(path: dict[str, Any]) -> str:
    lines = [f"text      {path['text']}", f"folded    {path['folded']}", f"language  {path['language']}", "", "signals"]
    ranked = sorted(path["signals"].items(), key=lambda item: -item[1]["score"])
    shown = [(name, s) for name, s in ranked if s["score"] >= _SHOWN]
    width = max((len(name) for name, _ in shown), default=0)
    for name, s in shown:
        lines.append(f"  {name:<{width}}  {s['score']:.2f}  {'█' * round(s['score'] * _BAR):<{_BAR}}  {s['detector']}")
    if len(shown) < len(ranked):
        lines.append(f"  the other {len(ranked) - len(shown)} are below {_SHOWN}")
    lines += ["", *_proposal(path), "", f"model {path['model']}  rulebook {path['rulebook']}"]
    return "\n".join(lines)


def _proposal(path: dict[str, Any]) -> list[str]:
    if path["clause"] is None:
        return ["proposal  none: no clause's rule holds, nobody is asked to look"]
    route = {"human": "a person decides", "machine": "proven: a machine may act"}[path["route"]]
    lines = [f"proposal  {path['clause']} → {path['restriction']}", f"route     {route}"]
    if path["also"]:
        lines.append(f"also      {', '.join(path['also'])}")
    lines.append("evidence")
    return lines + [
        f"  [{e['start']}:{e['end']}] «{e['words']}»  {e['signal']} ({e['detector']}): {e['why']}"
        for e in path["evidence"]
    ]
