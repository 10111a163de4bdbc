"""Posts that link to a listed domain or to a sub-domain of it.

The list is one domain a line, ``#`` begins a comment. A public suffix such as ``co.uk`` cannot be listed: it would catch
everybody's sites. Suffixes come from the copy of the Public Suffix List that tldextract carries; nothing is fetched.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vigie.detect.detector import Post, Scores
from vigie.errors import Misconfigured
from vigie.intake import folding
from vigie.records.evidence import Evidence

# A host after a scheme or standing free with a dot; user names and ports are left aside. Linear in the text.
_HOST = re.compile(
    r"(?:https?://(?:[^\s/@]{1,200}@)?)?((?:[^\W_](?:[\w-]{0,62})\.){1,10}[^\W\d_][\w-]{1,62})\.?(?=[\s/:?#)\]\"',;!…]|$)"
)


@cache
def _suffixes() -> Any:
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def registered(host: str) -> str:
    """The part of a host that somebody registered, in ASCII; empty for a public suffix.

    >>> registered("www.shop.example.co.uk"), registered("co.uk")
    ('example.co.uk', '')
    """
    host = ascii_host(host)
    found = _suffixes()(host)
    if not found.suffix:  # a suffix that nobody listed, such as the reserved .example
        return ".".join(host.split(".")[-2:]) if "." in host else ""
    return f"{found.domain}.{found.suffix}" if found.domain else ""


def ascii_host(host: str) -> str:
    """A host as the name system knows it: lower case, punycode; itself where that fails.

    >>> ascii_host("Bücher.example")
    'xn--bcher-kva.example'
    """
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return host.lower()


def read_list(text: str, where: str, *, known: bool = False) -> frozenset[str]:
    """The domains of a list; a public suffix is refused with its line, unless the list is ``known`` to hold none."""
    domains = set()
    for number, line in enumerate(text.splitlines(), 1):
        domain = ascii_host(line.split("#")[0].strip().rstrip("."))
        if not domain:
            continue
        if not known and not registered(domain):
            raise Misconfigured(
                f"{where}:{number}: {domain!r} is no domain that somebody registered: list example.{domain}"
            )
        domains.add(domain)
    return frozenset(domains)


class Links:
    """Posts that link to a listed domain or to a sub-domain of it."""

    name = "links"
    signals = ("scam_link",)

    def __init__(self, path: Path | None = None):
        source = path or resources.files("vigie.detect") / "domains" / "scam.txt"
        # Knowing every public suffix takes a fifth of a second: a test, not each start, looks at the list that ships.
        self.domains = read_list(source.read_text(), str(source), known=path is None)
        spelled = sorted({name for domain in self.domains for name in (domain, domain.encode().decode("idna"))})
        self._names = folding.folded(pa.array(spelled, pa.string())).to_pylist()
        self.version = hashlib.sha256("\n".join(sorted(self.domains)).encode()).hexdigest()[:16]

    def _listed(self, text: str) -> list[tuple[int, int, str]]:
        found = []
        for match in _HOST.finditer(text):
            labels = ascii_host(match[1]).split(".")
            listed = next(
                (".".join(labels[k:]) for k in range(len(labels)) if ".".join(labels[k:]) in self.domains), None
            )
            if listed:
                found.append((match.start(1), match.end(1), listed))
        return found

    @cached_property
    def _hint(self) -> Any:
        """Any listed name, as bytes."""
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = 1 << 30  # for lists of thousands
        return re2.compile("|".join(map(re.escape, self._names)).encode(), options=options)

    def _suspects(self, offsets: np.ndarray, data: np.ndarray) -> Iterator[int]:
        """The posts whose folded text holds a listed name: all are read as one text, since many short ones take longer."""
        ends, text, at = (offsets[1:] - offsets[0]), data[offsets[0] : offsets[-1]].tobytes(), 0
        while self._names and (found := self._hint.search(text, at)):
            row = int(np.searchsorted(ends, found.start(), side="right"))
            if found.end() <= ends[row]:
                yield row
                at = int(ends[row])
            else:  # half of it stands in the next post
                at = found.start() + 1

    def score(self, posts: pa.RecordBatch) -> Scores:
        """1.0 for a listed link, else 0.0. Only posts whose folded text holds a listed name are read closely."""
        scores = np.zeros(len(posts), np.float32)
        for row in self._suspects(*folding.string_buffers(posts.column("folded"))):
            scores[row] = bool(self._listed(posts.column("text")[row].as_py()))
        return {"scam_link": scores}

    def explain(self, post: Post, signals: tuple[str, ...]) -> list[Evidence]:
        """Each listed link."""
        return [
            Evidence(
                signal="scam_link",
                detector=self.name,
                start=a,
                end=b,
                words=post.text[a:b],
                why=f"listed: {domain}",
                weight=1.0,
            )
            for a, b, domain in self._listed(post.text)
        ]
