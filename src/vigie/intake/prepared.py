"""A batch made ready to be looked at: each post folded and its language told."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.intake import folding, language

# With its type: to tell that of a plain value, pyarrow looks for a module that is seldom there, each time.
_UNDETERMINED = pa.scalar(language.UNDETERMINED, pa.string())
_KNOWN = pa.array(["en", "fr", "es", "pt", "it", "de", "nl", "ca", "ro", "sv", "da", "pl", "tr", "id", "tl", "fi"])


def told(identified: pa.Array, declared: pa.Array) -> pa.Array:
    """The language that a post is judged in: as identified; where that is undetermined, as the network declares.

    >>> told(pa.array(["fr", "und", "und"]), pa.array(["en", "en-GB", "qme"])).to_pylist()
    ['fr', 'en', 'und']
    """
    identified = identified.cast(pa.string())
    undetermined = pc.equal(identified, _UNDETERMINED)
    declared = declared.filter(undetermined)
    if not len(declared):
        return identified
    short = pc.utf8_lower(pc.utf8_slice_codeunits(declared, 0, 2))
    whole = pc.match_substring_regex(declared, "^[A-Za-z]{2}($|[-_])")
    usable = pc.fill_null(pc.and_(pc.is_in(short, _KNOWN), whole), False)
    return pc.replace_with_mask(identified, undetermined, pc.if_else(usable, short, _UNDETERMINED))


def prepared(posts: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with two more columns, ``folded`` and ``language``."""
    texts = posts.column("text")
    spoken = told(language.identify(texts), posts.column("declared_language"))
    return posts.append_column("folded", folding.folded(texts)).append_column("language", spoken)


def keyed(texts: pa.Array, key: bytes) -> pa.Array:
    """A secret-keyed hash of each text (int64), so that nobody can craft two texts with one hash.

    >>> keyed(pa.array(["a", "a"]), bytes(16)).to_pylist()[0] == keyed(pa.array(["a"]), bytes(16)).to_pylist()[0]
    True
    """
    from vigie.intake import kernels

    low, high = np.frombuffer(key, "<u8")
    return pa.array(kernels.siphash(*folding.string_buffers(texts), low, high))
