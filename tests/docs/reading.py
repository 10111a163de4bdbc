"""How the tests read the documentation: sections, tables and what stands in code."""

import re
from pathlib import Path

from vigie.detect.corpus import LABELS
from vigie.detect.links import Links

ROOT = Path(__file__).parents[2]
DOCS, SOURCE = ROOT / "docs", ROOT / "src" / "vigie"
REFERENCE = DOCS / "reference"


def text_of(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text()


def in_code(text: str) -> set[str]:
    """Everything between backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def first_cells(text: str) -> set[str]:
    """What the rows of all tables are about: the code in their first cells."""
    rows = (line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    return {name for cell in rows for name in in_code(cell)}


def sections(text: str) -> dict[str, str]:
    """The text below each heading, up to the next, by the heading's words."""
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def words(page: str) -> set[str]:
    """The names that a page gives in code, brackets and parents of tables left out."""
    return {part for name in in_code(text_of(page)) for part in re.findall(r"\w+", name)}


def shipped_signals() -> set[str]:
    """What detectors can feed, read from where each one takes it; no model is loaded."""
    patterns = {file.name.split(".")[0] for file in (SOURCE / "detect" / "patterns").glob("*.toml")}
    return {*LABELS, *patterns, *Links.signals}
