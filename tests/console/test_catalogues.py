"""What is compiled is what is written: every .mo holds exactly the sentences of its .po, so that none is read from yesterday."""

import ast
import gettext
from pathlib import Path

import pytest

import vigie.console

WRITTEN = sorted(Path(vigie.console.__file__).parent.rglob("*.po"))
each_file = pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.parents[2].name))


def written(path: Path) -> dict[object, str]:
    """The sentences of a .po file as ``gettext`` keeps them: msgid, or (msgid, plural form) → msgstr. Doubtful ones are not in."""
    found: dict[object, str] = {}
    for block in path.read_text("utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        keyword = ""
        for line in (line for line in block.splitlines() if not line.startswith("#")):
            keyword, _, rest = line.partition(" ") if line.startswith("msg") else (keyword, "", line)
            parts[keyword] = parts.get(keyword, "") + ast.literal_eval(rest)
        said = f"{parts['msgctxt']}\x04{parts['msgid']}" if "msgctxt" in parts else parts.get("msgid", "")
        for name, text in parts.items():
            key = (said, int(name[7:-1])) if name.startswith("msgstr[") else said
            if name.startswith("msgstr") and text and ", fuzzy" not in block:
                assert key not in found, f"{said!r} is written twice"
                found[key] = text
    return found


@each_file
def test_what_is_compiled_is_what_is_written(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    assert compiled == written(path)


def test_every_catalogue_is_here() -> None:
    assert len(WRITTEN) == len(list(Path(vigie.console.__file__).parent.rglob("*.mo"))) >= 5
