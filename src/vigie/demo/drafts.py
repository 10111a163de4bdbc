"""Which posts are written in which week, and what is said in them: how many hateful ones is exact, the rest is chance."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec

from vigie.demo.accounts import FRENCH, People
from vigie.demo.history import LANGUAGES, DemoAccount, Kind, Language
from vigie.demo.phrases import Phrasebook

HATEFUL = 0.02  # share of the posts before the event
RISE = 1.47  # hateful posts after the event, for one before
#: Areas of hate with their weights before and after the event, and the lines that only fit there.
_HATE = {
    "racism": (34, 36, "out"),
    "antisemitism": (13, 16, "out"),
    "religion": (16, 15, "out"),
    "lgbt": (16, 17, "lgbt"),
    "misogyny": (15, 12, "misogyny"),
    "disability": (6, 4, "disability"),
}
#: Other breaches, and speech that must stay up: share of all posts.
_ABUSE = {"harassment": 0.006, "threat": 0.0015, "incitement": 0.001, "scam": 0.005}
_SPEECH: dict[Kind, float] = {"counter": 0.010, "quoted": 0.006, "news": 0.003, "reclaimed": 0.003}
_CLAUSES = {
    "harassment": "abuse.harassment",
    "threat": "violence.threats",
    "incitement": "violence.incitement",
    "scam": "fraud.scam_links",
}
_REPLIES = 0.36  # of ordinary posts
_IMPLICIT = 0.08  # of hateful posts: no word that a pattern could know
_DISGUISED = 0.12  # of hateful words
_CAMPAIGN, _CAMPAIGN_SIZE, _CAMPAIGN_LASTS = 0.10, (3, 7), timedelta(hours=5)
_NOT_LISTED = ("brelcoin-gratis.example", "votre-colis-24.example", "tripletin-vip.example")
_AWAKE = (2, 1, 1, 1, 1, 2, 4, 7, 8, 7, 7, 8, 10, 9, 8, 8, 8, 9, 10, 11, 12, 11, 8, 4)  # how busy each hour is


class Draft(msgspec.Struct, kw_only=True):
    """A post on its way: the thread, the views and the number come last."""

    at: datetime
    week: int
    kind: Kind
    language: Language
    account: DemoAccount
    text: str
    clause: str | None = None
    campaign: str | None = None
    parent: int | None = None  # places in the list of all drafts
    root: int = -1
    views: int = 0

    @property
    def hateful(self) -> bool:
        """See ``DemoPost``."""
        return self.clause is not None and self.clause.startswith("hate.")

    @property
    def answers(self) -> float:
        """How likely it is to answer somebody."""
        if self.campaign is not None or self.clause == "fraud.scam_links":
            return 0.0
        return {"reply": 1.0, "hate": 0.4, "implicit": 0.4, "abuse": 0.8, "counter": 0.5}.get(self.kind, 0.0)


def apportioned(total: int, weights: Sequence[float]) -> list[int]:
    """A whole number in parts by weight, none more than one off (largest remainders).

    >>> apportioned(10, [1, 1, 1])
    [4, 3, 3]
    """
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(share) for share in exact]
    for place in sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))[: total - sum(parts)]:
        parts[place] += 1
    return parts


class Writers:
    """Everybody who posts, week by week."""

    def __init__(
        self, chance: Random, people: People, books: dict[Language, Phrasebook], domains: Sequence[str]
    ) -> None:
        self._chance, self._people, self._books, self._domains = chance, people, books, domains
        self._campaigns = 0

    def week(self, number: int, begin: datetime, posts: int, hateful: int, *, after: bool) -> list[Draft]:
        """All posts of one week, in no order."""
        self._number, self._begin, self._after = number, begin, after
        found = [*self._hate(hateful), *self._abuse(posts), *self._speech(posts)]
        return found + list(self._ordinary(posts - len(found)))

    def _instant(self) -> datetime:
        while True:
            at = self._begin + timedelta(seconds=int(self._chance.random() * 7 * 86_400))
            if self._chance.random() * max(_AWAKE) < _AWAKE[at.hour]:
                return at

    def _draft(
        self, kind: Kind, language: Language, account: DemoAccount, text: str, clause: str | None = None
    ) -> Draft:
        at, number = self._instant(), self._number
        return Draft(at=at, week=number, kind=kind, language=language, account=account, text=text, clause=clause)

    def _languages(self, count: int) -> list[Language]:
        french = round(count * FRENCH)
        return [LANGUAGES[n >= french] for n in range(count)]

    def _hate(self, count: int) -> Iterator[Draft]:
        shares = apportioned(count, [after if self._after else before for before, after, _ in _HATE.values()])
        for area, share in zip(_HATE, shares, strict=True):
            drafts = [self._hateful(area, language) for language in self._languages(share)]
            self._campaigned(drafts)
            yield from drafts

    def _hateful(self, area: str, language: Language) -> Draft:
        book, account = self._books[language], self._people.offender(language, after=self._after)
        harm, clause = book.lines["harm"], f"hate.{area}"
        if self._chance.random() < _IMPLICIT:
            return self._draft("implicit", language, account, book.say(harm["implicit"]), clause)
        many = self._disguised(self._chance.choice(book.words[area]))
        text = book.say(harm["hate"] + harm[_HATE[area][2]], words=many, word=many.removesuffix("s"))
        return self._draft("hate", language, account, text, clause)

    def _disguised(self, word: str) -> str:
        """Now and then written so that a plain search does not find it."""
        if self._chance.random() >= _DISGUISED:
            return word
        letter, digit = self._chance.choice((("o", "0"), ("i", "1"), ("e", "3")))
        return word.replace(letter, digit)

    def _campaigned(self, drafts: list[Draft]) -> None:
        """Make campaigns of some drafts of one area: the same author, or the same text."""
        place = 0
        while place < len(drafts):
            size = self._chance.randint(*_CAMPAIGN_SIZE)
            same = [d for d in drafts[place : place + size] if d.language == drafts[place].language]
            if len(same) < _CAMPAIGN_SIZE[0] or self._chance.random() >= _CAMPAIGN:
                place += 1
                continue
            self._one_campaign(same, copied=self._chance.random() < 0.5)
            place += len(same)

    def _one_campaign(self, drafts: list[Draft], *, copied: bool) -> None:
        self._campaigns += 1
        first = drafts[0]
        begin = min(first.at, self._begin + timedelta(days=7) - _CAMPAIGN_LASTS)
        for draft in drafts:
            draft.campaign = f"c{self._campaigns:04d}"
            draft.at = begin + timedelta(seconds=int(self._chance.random() * _CAMPAIGN_LASTS.total_seconds()))
            if copied:
                draft.text, draft.kind = first.text, first.kind
            else:
                draft.account = first.account

    def _abuse(self, posts: int) -> Iterator[Draft]:
        for area, share in _ABUSE.items():
            for language in self._languages(round(posts * share)):
                yield self._abusive(area, language)

    def _abusive(self, area: str, language: Language) -> Draft:
        book, scam = self._books[language], area == "scam"
        account = self._people.swindler(language) if scam else self._people.offender(language, after=self._after)
        domain = self._chance.choice(self._domains if self._chance.random() < 0.85 else _NOT_LISTED)
        text = book.say(book.lines["harm"][area], word=self._chance.choice(book.words[area]), domain=domain)
        return self._draft("abuse", language, account, text, _CLAUSES[area])

    def _speech(self, posts: int) -> Iterator[Draft]:
        for kind, share in _SPEECH.items():
            for language in self._languages(round(posts * share)):
                book = self._books[language]
                many = self._chance.choice(book.words[self._chance.choice(list(_HATE))])
                text = book.say(book.lines["speech"][kind], words=many, word=many.removesuffix("s"))
                yield self._draft(kind, language, self._people.anybody(language), text)

    def _ordinary(self, count: int) -> Iterator[Draft]:
        for language in self._languages(count):
            kind: Kind = "reply" if self._chance.random() < _REPLIES else "ordinary"
            book = self._books[language]
            lines = self._chance.choice(list(book.lines[kind].values()))
            yield self._draft(kind, language, self._people.anybody(language), book.say(lines))
