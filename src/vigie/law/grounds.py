"""The grounds of French law that a decision may rest on, and which of them may be written to a person."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

import msgspec

from vigie.law.dsa import Named

#: How the reference was checked: read again in the official source, seen in another text, or recalled from memory.
Standing = Literal["re-read", "seen-elsewhere", "recalled"]


class Ground(Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One offence of French law, as a legal officer lists it in ``grounds.toml``.

    ``penalty`` is imprisonment and fine, in French, empty when it was not noted. ``note`` is for the legal
    officer and is shown to nobody else. ``confirmed_by``, ``confirmed_on`` and ``link`` say who read the
    official text, when and where; the three come together.
    """

    reference: str
    dsa_category: str
    dsa_keyword: str
    penalty: str
    standing: Standing
    note: str = ""
    confirmed_by: str | None = None
    confirmed_on: date | None = None
    link: str | None = None

    @property
    def may_be_sent(self) -> bool:
        """Whether this ground may enter something that a person receives: it was read again, or confirmed since.

        >>> grounds()["FR-1881-24bis"].may_be_sent, grounds()["FR-1881-29"].may_be_sent
        (True, False)
        """
        confirmed = bool(self.confirmed_by and self.confirmed_on and self.link)
        return self.standing == "re-read" or confirmed


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ground: tuple[Ground, ...]


@cache
def grounds() -> Mapping[str, Ground]:
    """The catalogue of grounds by id.

    >>> grounds()["FR-CP-421-2-5"].reference
    'Code pénal, art. 421-2-5'
    """
    data = resources.files("vigie.law").joinpath("grounds.toml").read_bytes()
    return MappingProxyType({ground.id: ground for ground in msgspec.toml.decode(data, type=_Catalogue).ground})
