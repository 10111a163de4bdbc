"""Every setting of an instance is documented: its first value, and what it may be."""

import msgspec

from tests.docs.reading import text_of
from vigie.services.settings import DEFAULTS


def rows() -> dict[str, list[str]]:
    """Setting → the other cells of its row."""
    lines = [line for line in text_of("instance-settings").splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first.strip("`"): rest for first, *rest in cells}


def test_every_setting_is_documented_and_no_other() -> None:
    assert list(rows()) == list(DEFAULTS)


def test_first_values_and_bounds_are_those_of_the_code() -> None:
    for name, (first, _, bounds) in rows().items():
        assert first == f"`{msgspec.json.encode(DEFAULTS[name].default).decode()}`", name
        assert f"Give {bounds}." == DEFAULTS[name].kind.expects, name
