"""Every sentence that pages say, read from templates and from Python, for the test that each has its French."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

import vigie.console

CONSOLE = Path(vigie.console.__file__).parent
_STRING = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALLS = re.compile(rf"\b(n?gettext|_)\(\s*{_STRING}(?:\s*,\s*{_STRING})?")
_NAMES = {"_", "lazy", "gettext", "gettext_lazy"}


def of_template(path: Path) -> Iterator[str]:
    """What a template translates; of a plural the singular."""
    for _name, first, _second in _CALLS.findall(templatize(path.read_text("utf-8"))):
        yield ast.literal_eval(first)


def of_python(path: Path) -> Iterator[str]:
    """What a module translates."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NAMES and node.args:
            said = node.args[0]
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield said.value


def everything() -> dict[str, str]:
    """Sentence → the file that says it."""
    found: dict[str, str] = {}
    for path in sorted(CONSOLE.rglob("templates/**/*")):
        if path.suffix in (".html", ".txt"):
            found |= dict.fromkeys(of_template(path), path.name)
    for path in sorted(CONSOLE.rglob("*.py")):
        found |= dict.fromkeys(of_python(path), path.name)
    return found
