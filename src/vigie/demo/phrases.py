"""How the simulated people talk: sentences put together from the parts in ``phrases/``, in correct French and English."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from random import Random

from vigie.demo.history import Language

PHRASES = Path(__file__).parent / "phrases"
_SLOT = re.compile(r"\{([^{}]*)\}")
_BEGINNING = re.compile(r"(?:^|[.!?] )[^\w\"«@#]*(?!https?:)[a-zà-ÿœ]")
_TRIES = 8


def french(text: str) -> str:
    """French typography: no-break spaces, narrow before ``; ! ?``, wide before a colon and inside guillemets.

    >>> french("Vraiment ? « Oui » : non !")
    'Vraiment\\u202f? «\\xa0Oui\\xa0»\\xa0: non\\u202f!'
    """
    text = re.sub(r" ([;!?])", "\u202f\\1", text)
    return text.replace(" :", "\u00a0:").replace("« ", "«\u00a0").replace(" »", "\u00a0»")


class Phrasebook:
    """Everything that is said in one language. What has been said is not said again, if it can be helped."""

    def __init__(self, language: Language, chance: Random) -> None:
        content = tomllib.loads((PHRASES / f"{language}.toml").read_text(encoding="utf-8"))
        self._parts: dict[str, list[str]] = content.pop("parts")
        self.words: dict[str, list[str]] = content.pop("words")
        self.lines: dict[str, dict[str, list[str]]] = content
        self._chance, self._finish, self._said = chance, french if language == "fr" else str, set[str]()

    def say(self, lines: Sequence[str], **given: str) -> str:
        """One of the lines, its parts chosen by chance, ``given`` ones first.

        >>> Phrasebook("en", Random(1)).say(["{a|a} {word}, {town|town}. good {word}"], word="glimber")
        'A glimber, town. Good glimber'
        """
        for _ in range(_TRIES):
            text = self._composed(self._pick(lines), given)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def _pick(self, options: Sequence[str]) -> str:
        return options[int(self._chance.random() * len(options))]

    def _composed(self, line: str, given: dict[str, str]) -> str:
        used: set[str] = set()

        def part(found: re.Match[str]) -> str:
            name = found[1]
            if name in given:
                return given[name]
            options = name.split("|") if "|" in name else self._parts[name]
            chosen = self._pick(options)
            if chosen in used:
                chosen = self._pick(options)
            used.add(chosen)
            return chosen

        while "{" in line:
            line = _SLOT.sub(part, line)
        return self._finish(_BEGINNING.sub(lambda found: found[0].upper(), line.strip()))
