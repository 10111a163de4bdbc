"""What each address does: reads what was asked, asks one service, says what came of it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from vigie.api import answered, asked
from vigie.api.judging import proposals
from vigie.api.problems import TooLarge
from vigie.api.reading import read
from vigie.errors import Malformed
from vigie.services import accounts, endpoints, outbox, posts, receipts
from vigie.services.keys import Client
from vigie.store.models import Outbox

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Call(NamedTuple):
    """A request whose key may do this: who asks, when, about what (the post's id, or a number), and the body or the query."""

    client: Client
    at: datetime
    post: str
    number: int
    body: Any


def send_posts(call: Call) -> answered.Results:
    """Judge posts."""
    return proposals(call.client.source, read(call.body))


def change_post(call: Call) -> answered.Changed:
    """Judge another text, count views."""
    change: asked.PostChange = call.body
    if change.text is UNSET and change.views is None:
        raise Malformed("nothing changes: send text, views or both - at `$`")
    known = posts.latest(call.client.source, call.post)
    if isinstance(change.text, UnsetType):
        assert change.views is not None
        posts.count_views(call.client.source, [posts.Seen(call.post, change.views, call.at)], call.at)
        return answered.Changed(known=known is not None)
    account = known.account if known else None
    whole = asked.Post(
        id=call.post,
        text=change.text,
        account=change.account if change.account is not None or account is None else account.key,
        created_at=change.created_at or (known.created_at.isoformat() if known and known.created_at else None),
        language=change.language,
        views=change.views if change.views is not None or known is None else known.views,
        followers=change.followers,
        account_created_at=change.account_created_at,
        context=change.context,
    )
    found = proposals(call.client.source, read(msgspec.json.encode(whole)))
    posts.changed(call.client.source, call.post, call.at, text=change.text)
    return answered.Changed(known=known is not None, result=found.results[0])


def delete_post(call: Call) -> answered.Changed:
    """Note that the platform no longer has a post."""
    return answered.Changed(known=posts.delete(call.client.source, call.post, call.at))


def send_views(call: Call) -> answered.Kept:
    """Count views."""
    sent: list[asked.View] = call.body.views
    _few(len(sent))
    _plausible(one.at for one in sent)
    seen = [posts.Seen(str(one.id), one.views, one.at) for one in sent]
    kept = posts.count_views(call.client.source, seen, call.at)
    return answered.Kept(known=kept.known, unknown=kept.unknown)


def send_accounts(call: Call) -> answered.Count:
    """Keep what is known of accounts."""
    sent: list[asked.Account] = call.body.accounts
    _few(len(sent))
    _plausible(one.created_at for one in sent if isinstance(one.created_at, datetime))
    told = (
        (str(one.id), {name: value for name in accounts.FIELDS if (value := getattr(one, name)) is not UNSET})
        for one in sent
    )
    return answered.Count(kept=accounts.keep(call.client.source, told))


def list_decisions(call: Call) -> answered.Decisions:
    """What has left since a number."""
    since: asked.Since = call.body
    rows = Outbox.objects.filter(number__gt=since.after, decision__case__source=call.client.source)
    found = list(rows.order_by("number")[: since.limit])
    told = [msgspec.json.decode(outbox.message(row), type=answered.Message) for row in found]
    return answered.Decisions(decisions=told, last=told[-1].number if told else since.after)


def applied(call: Call) -> answered.Confirmed:
    """A decision is in force."""
    return _confirmed(call, "applied")


def failed(call: Call) -> answered.Confirmed:
    """A decision could not be carried out."""
    return _confirmed(call, "failed")


def _confirmed(call: Call, outcome: str) -> answered.Confirmed:
    said: asked.Confirmation = call.body
    receipt = receipts.confirm(
        call.client.source, call.number, outcome, call.at, post=said.post or "", detail=said.detail
    )
    return answered.Confirmed(decision=receipt.decision_id, outcome=receipt.outcome, at=receipt.at)


def list_endpoints(call: Call) -> answered.Endpoints:
    """The addresses that are told."""
    return answered.Endpoints(
        endpoints=[answered.Endpoint(id=one.pk, url=one.url, made_at=one.made_at) for one in endpoints.active()]
    )


def make_endpoint(call: Call) -> answered.MadeEndpoint:
    """Tell another address."""
    made = endpoints.make(call.body.url, call.at)
    return answered.MadeEndpoint(
        id=made.endpoint.pk, url=made.endpoint.url, made_at=made.endpoint.made_at, secret=made.secret
    )


def end_endpoint(call: Call) -> answered.Count:
    """Tell an address nothing more."""
    endpoints.end(call.number)
    return answered.Count(kept=0)


def list_deliveries(call: Call) -> answered.Deliveries:
    """Messages that were not heard."""
    since: asked.Since = call.body
    found = [
        answered.Delivery(
            id=one.pk, endpoint=one.endpoint_id, number=one.outbox.number or 0, attempts=one.attempts,
            next_at=one.next_at, dead_at=one.dead_at, error=one.error,
        )
        for one in endpoints.undelivered().filter(pk__gt=since.after)[: since.limit]
    ]  # fmt: skip
    return answered.Deliveries(deliveries=found, last=found[-1].id if found else since.after)


def send_again(call: Call) -> answered.Count:
    """Try a message again."""
    outbox.send_again(call.number, call.at)
    return answered.Count(kept=1)


def _few(count: int) -> None:
    if count > asked.MOST:
        raise TooLarge(f"{count:,} at once: send at most {asked.MOST:,}")


def _plausible(times: Iterable[datetime]) -> None:
    for one in times:
        if not _EARLIEST <= one < _LATEST:
            raise Malformed(f"{one:%Y-%m-%d} is no time between 1970 and 2200")
