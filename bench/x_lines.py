"""Posts as version 2 of X's interface gives them, one kilobyte a line: what is around a text is most of it."""

import msgspec

SIZE = 1024  # bytes of a line
_TOPICS = (
    ("46", "Business Taxonomy"),
    ("10", "Person"),
    ("66", "Interests and Hobbies Category"),
    ("131", "Unified Taxonomy"),
)
_FILLER = "What people talk about, told from the words of a post and from the accounts that it names. " * 12


def line(number: int, text: str, language: str) -> bytes:
    """A post and its line break, SIZE bytes unless the text is very long; its id begins with 90.

    >>> len(line(7, "Bonjour à tous", "fr"))
    1024
    """
    post_id, author, when = f"90{number:017}", str(10**9 + number * 7919 % 10**8), _instant(number)
    topic, name = _TOPICS[number % len(_TOPICS)]
    described = {"id": topic, "name": name, "description": ""}
    post = {
        "id": post_id,
        "text": text,
        "author_id": author,
        "created_at": when,
        "lang": language,
        "possibly_sensitive": False,
        "public_metrics": _metrics(number),
        "conversation_id": post_id,
        "edit_history_tweet_ids": [post_id],
        "edit_controls": {"edits_remaining": 5, "is_edit_eligible": True, "editable_until": when},
        "reply_settings": "everyone",
        "entities": {"annotations": [_annotation(text)]},
        "context_annotations": [{"domain": described, "entity": {"id": author, "name": name}}],
    }
    described["description"] = _FILLER[: max(0, SIZE - 1 - len(msgspec.json.encode(post)))]
    return msgspec.json.encode(post) + b"\n"


def _instant(number: int) -> str:
    """A thousand posts a second, from the first of November on."""
    seconds, thousandths = divmod(number, 1000)
    days, rest = divmod(seconds, 86_400)
    return f"2026-11-{1 + days % 28:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{thousandths:03}Z"


def _metrics(number: int) -> dict[str, int]:
    counts = {"impression_count": 5000, "like_count": 40, "retweet_count": 9, "reply_count": 5, "quote_count": 2}
    return {name: number * 37 % most for name, most in counts.items()}


def _annotation(text: str) -> dict[str, object]:
    return {"start": 0, "end": 6, "probability": 0.5312, "type": "Other", "normalized_text": text[:7]}
