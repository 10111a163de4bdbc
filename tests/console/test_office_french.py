"""Everything that the office says, it says in French too, and as French is written."""

import gettext
import re
from pathlib import Path

import pytest

import vigie
from vigie.console.office import reads, words
from vigie.services.settings import DEFAULTS

HOUSE = Path(vigie.__file__).parent
PLACE = HOUSE / "console" / "locale" / "office" / "fr" / "LC_MESSAGES"
SERVICES = ("people", "rights", "golden", "search", "settings", "export")
PAGES = sorted((HOUSE / "console" / "templates" / "office").glob("*.html"))
MODULES = [
    *sorted((HOUSE / "console" / "office").glob("*.py")),
    *(HOUSE / "services" / f"{name}.py" for name in SERVICES),
]
_TRANSLATE = re.compile(r'{% translate "([^"]+)"')
_BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?)(?:{% plural %}.*?)?{% endblocktranslate %}", re.S)
_CALL = re.compile(r'\b(?:_|gettext|gettext_noop|lazy|gettext_lazy)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)')


def french() -> dict[str, str]:
    with (PLACE / "django.mo").open("rb") as file:
        catalogue: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key if isinstance(key, str) else key[0]: value for key, value in catalogue.items()}  # type: ignore[index]


def said_by(page: Path) -> set[str]:
    text = page.read_text("utf-8")
    blocks = [re.sub(r"{{ *(\w+) *}}", r"%(\1)s", block.replace("%", "%%")) for block in _BLOCK.findall(text)]
    return {*(one.replace("%", "%%") for one in _TRANSLATE.findall(text)), *blocks}


def said_in(module: Path) -> set[str]:
    calls = _CALL.findall(module.read_text("utf-8"))
    return {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', call)) for call in calls}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_sentence_of_a_page_has_its_french(page: Path) -> None:
    assert not said_by(page) - set(french())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: f"{module.parent.name}.{module.stem}")
def test_every_sentence_of_a_module_has_its_french(module: Path) -> None:
    assert not said_in(module) - set(french())


def test_codes_and_settings_have_their_french() -> None:
    known = set(french())
    tables = (words.STATES, words.AREAS, words.ROLES, reads.KINDS)
    names = {one._args[0] for table in tables for one in table.values()}  # type: ignore[union-attr]
    assert not names - known
    assert not {sentence for one in DEFAULTS.values() for sentence in (one.meaning, one.kind.expects)} - known


def test_french_is_written_as_french() -> None:
    for english, sentence in french().items():
        if english:
            assert not re.search(r" [:;!?»]| %%|« |'", sentence), sentence


def test_what_is_compiled_is_what_is_written() -> None:
    written = (PLACE / "django.po").read_text("utf-8")
    assert written.count('msgid "') == len(french())
