"""The page on the console names the keys that the console has, and says of each role what its tests prove."""

import re

from tests.console.test_rights import EXPECTED
from vigie.services.settings import DEFAULTS

from .reading import SOURCE, in_code, sections, text_of

KEYS = SOURCE / "console" / "templates" / "console" / "parts" / "keys.html"


def test_the_keys_are_those_of_the_help() -> None:
    rows = [line.split("|")[1] for line in sections(text_of("console"))["Keys"].splitlines() if line.startswith("| `")]
    shown = re.findall(r"<dt>(.*?)</dt>", KEYS.read_text())
    assert [in_code(row) for row in rows] == [set(re.findall(r"<kbd>(.*?)</kbd>", one)) for one in shown]


def test_the_roles_find_what_their_tests_say() -> None:
    said = {}
    for line in sections(text_of("console"))["Who finds what"].splitlines():
        if line.startswith("| `"):
            role, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            said[role.strip("`")] = [cell != "no" for cell in cells]
    for role, (queue, case, children, decides) in EXPECTED.items():
        found = [queue == 200, case == 200 or role == "invited", children == 200, decides]
        assert said.pop(role) == found, role
    assert not said


def test_the_settings_named_exist() -> None:
    assert "imminent_clauses" in in_code(text_of("console")) & set(DEFAULTS)
