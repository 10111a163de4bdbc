"""Taking names out of segments that are kept for their inboxes: a copy without them takes the old file's place."""

import os
from collections.abc import Callable, Sequence

import pyarrow as pa

from vigie.journal.disk import PRIVATE_FILE, operator_mends, sync_directory, write_all
from vigie.journal.frame import HEADER_SIZE, assemble, from_stream, to_stream
from vigie.journal.inbox import without_posts
from vigie.journal.rows import without_names
from vigie.journal.segment import Frame, Segment
from vigie.journal.shred import changing

#: Which posts of a source, given some of them, must lose their names.
Which = Callable[[str, pa.RecordBatch], Sequence[bool]]


def rewrite(segment: Segment, which: Which) -> None:
    """Take these posts' names, and the posts themselves out of the inboxes; every frame keeps its place and its size.

    Only for a sealed segment whose rows are in the table. A crash leaves the old file or the new one, whole.
    """
    if not any(any(which(frame.meta.source, frame.posts(_NAMES))) for frame in segment.frames()):
        return
    draft = segment.path.with_name(f".{segment.path.name}.{os.getpid()}.draft")
    with changing(segment.path) as old, operator_mends(segment.path.parent):
        if old is None:
            return
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        try:
            for frame in Segment(segment.path, segment.writer).frames():
                write_all(fd, _without(frame, which), frame.offset)
            os.fsync(fd)
        finally:
            os.close(fd)
        draft.replace(segment.path)
        sync_directory(segment.path.parent)


_NAMES = ("id", "account", "created_at")


def _without(frame: Frame, which: Which) -> bytes:
    """The frame in as many bytes, some posts without their names and its inbox without those posts."""
    meta, raw_posts, _ = frame.parts()
    posts, inbox = from_stream(raw_posts), frame.inbox()
    hidden = which(frame.meta.source, posts)
    if not any(hidden):
        return frame.segment.read(frame.offset, frame.header.size)
    ids = {i for i, hide in zip(posts.column("id").to_pylist(), hidden, strict=True) if hide and i is not None}
    # An inbox left without rows stays one: "nobody to review here any more" is not "shredded before anyone reviewed".
    rest = to_stream(without_posts(inbox, ids)) if inbox is not None else b""
    nameless = to_stream(without_names(posts, hidden))
    room = frame.header.size - HEADER_SIZE - len(meta) - len(rest)
    if len(nameless) > room:  # a smaller inbox may by chance compress worse; these rows are in the table already
        nameless = to_stream(posts.slice(0, 0))
    return assemble(meta, nameless.ljust(room, b"\0"), rest)
