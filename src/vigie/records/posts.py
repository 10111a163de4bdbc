"""A post as it came in: one row per post, whatever the network."""

import pyarrow as pa

#: One row per post. Times are UTC instants. Null means that the source did not say.
POSTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("account", pa.string()),
        pa.field("created_at", pa.timestamp("us", tz="UTC")),
        pa.field("declared_language", pa.string()),  # what the network says, as it says it (BCP 47)
        pa.field("views", pa.int64()),
        pa.field("followers", pa.int64()),
        pa.field("account_created_at", pa.timestamp("us", tz="UTC")),
    ]
)

#: A further column that a batch may have: what the platform sent with each post (thread, url, media), as JSON; null for
#: nothing. It is kept for flagged posts only, beside their texts.
CONTEXT = pa.field("context", pa.string())
