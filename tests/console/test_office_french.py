"""What the services of the office say, they say in French too, and as French is written (pages: ``test_pages``)."""

import gettext
import re
from pathlib import Path

import pytest

import vigie
from vigie.console.office import reads, words
from vigie.services.settings import DEFAULTS

HOUSE = Path(vigie.__file__).parent
PLACE = HOUSE / "console" / "locale" / "office" / "fr" / "LC_MESSAGES"
SERVICES = ("alarms", "people", "rights", "golden", "search", "settings", "export")
_CALL = re.compile(r'\b(?:_|gettext|gettext_noop)\(\s*"([^"]+)"')


def french() -> dict[str, str]:
    with (PLACE / "django.mo").open("rb") as file:
        catalogue: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key if isinstance(key, str) else key[0]: value for key, value in catalogue.items()}  # type: ignore[index]


@pytest.mark.parametrize("name", SERVICES)
def test_every_sentence_of_a_service_has_its_french(name: str) -> None:
    said = set(_CALL.findall((HOUSE / "services" / f"{name}.py").read_text("utf-8")))
    assert said
    assert not said - set(french())


def test_codes_and_settings_have_their_french() -> None:
    known = set(french())
    tables = (words.STATES, words.ROLES, reads.KINDS)
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
