"""Who is on the simulated network: ages, countries, followers of whom a few have very many, and when they came."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from vigie.demo.history import LANGUAGES, DemoAccount, Language

PER_ACCOUNT = 13  # posts, on average
FRENCH = 0.55
_OFFENDERS = 20  # one regular in so many breaks the terms again and again
_NEW = 40  # one newcomer and one swindler for so many regulars
_COUNTRIES = {
    "fr": (("FR", 74), ("BE", 10), ("CH", 7), ("LU", 4), ("CA", 5)),
    "en": (("IE", 38), ("GB", 30), ("MT", 8), ("NL", 10), ("DE", 8), ("US", 6)),
}
_AGES = (("13-15", 4), ("16-17", 6), ("18-24", 24), ("25-34", 26), ("35-49", 23), ("50-64", 12), ("65+", 5))
_NAMES = {
    "fr": (
        ["renard", "merle", "tilleul", "lanterne", "galet", "bruyere", "mesange", "ecume", "noisette", "phare"],
        ["bleu", "calme", "vif", "du_lac"],
    ),
    "en": (
        ["otter", "wren", "willow", "lantern", "pebble", "heather", "finch", "harbour", "acorn", "kite"],
        ["blue", "quiet", "swift", "of_the_lake"],
    ),
}


def _weighted(chance: Random, options: tuple[tuple[str, int], ...]) -> str:
    values, weights = zip(*options, strict=True)
    return str(chance.choices(values, weights)[0])


def _account(chance: Random, number: int, language: Language, created_at: datetime) -> DemoAccount:
    nouns, ends = _NAMES[language]
    return DemoAccount(
        id=f"a{number:05d}",
        handle=f"{chance.choice(nouns)}_{chance.choice(ends)}_{number}",
        language=language,
        country=_weighted(chance, _COUNTRIES[language]),
        followers=int(chance.lognormvariate(4.6, 1.7)),  # median 100; one in a thousand has some 19,000
        age_band=_weighted(chance, _AGES),
        created_at=created_at,
        contact=f"contact-{chance.getrandbits(48):012x}",
    )


class People:
    """The accounts by language and by what they do. Newcomers open theirs around the event and post only afterwards."""

    def __init__(self, chance: Random, count: int, began_at: datetime, event_at: datetime) -> None:
        self._chance, self._numbers, self.all = chance, iter(range(1, 10**6)), list[DemoAccount]()
        old, week = timedelta(days=8 * 365), timedelta(days=7)
        self.regulars = self._group(count, began_at - old, began_at)
        self.offenders = {language: group[::_OFFENDERS] for language, group in self.regulars.items()}
        self.newcomers = self._group(count // _NEW, event_at - week, event_at)
        self.swindlers = self._group(count // _NEW, began_at - week, began_at)
        self._weights = {
            language: list(accumulate(chance.paretovariate(1.2) for _ in group))
            for language, group in self.regulars.items()
        }

    def _group(self, count: int, first: datetime, last: datetime) -> dict[Language, list[DemoAccount]]:
        french = max(2, round(count * FRENCH))
        found: dict[Language, list[DemoAccount]] = {"fr": [], "en": []}
        for language, size in zip(LANGUAGES, (french, max(2, count - french)), strict=True):
            found[language] = list(self._made(language, size, first, last))
            self.all += found[language]
        return found

    def _made(self, language: Language, size: int, first: datetime, last: datetime) -> Iterator[DemoAccount]:
        for _ in range(size):
            created_at = first + (last - first) * self._chance.random()
            yield _account(self._chance, next(self._numbers), language, created_at.replace(microsecond=0))

    def anybody(self, language: Language) -> DemoAccount:
        """A regular, the talkative more often."""
        return self._chance.choices(self.regulars[language], cum_weights=self._weights[language])[0]

    def offender(self, language: Language, *, after: bool) -> DemoAccount:
        """Somebody who breaks the terms: mostly the same few, some regulars; after the event also newcomers."""
        drawn = self._chance.random()
        if after and drawn < 0.3:
            return self._chance.choice(self.newcomers[language])
        return self._chance.choice(self.offenders[language]) if drawn < 0.8 else self.anybody(language)

    def swindler(self, language: Language) -> DemoAccount:
        """Somebody who came to sell what does not exist."""
        return self._chance.choice(self.swindlers[language])
