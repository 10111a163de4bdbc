"""People come and go: the first administrator's one-time link, colleagues, rights, and who is invited for one case."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from vigie.errors import Refused
from vigie.review.lifecycle import Status
from vigie.services.acts import NotAllowed, act, locked, note
from vigie.services.rights import may_decide, require
from vigie.store.models import Invitation, OneTimeLink, User
from vigie.store.people import Role

LINK_LASTS = timedelta(hours=24)
INVITATION_LASTS = timedelta(days=7)


@transaction.atomic
def administrator_link(at: datetime) -> str:
    """The secret of a link that sets up an administrator who has all rights but the auditor's; earlier links end."""
    user, made = User.objects.get_or_create(username="admin")
    if made:
        user.roles = [Role.ADMINISTRATOR, Role.POLICY, Role.LEAD, Role.MODERATOR, Role.LEGAL]
        user.set_unusable_password()
        user.save()
    return _link(user, at, LINK_LASTS)


def _link(user: User, at: datetime, lasts: timedelta) -> str:
    OneTimeLink.objects.filter(user=user, used_at=None).update(expires_at=at)
    secret = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(user=user, hash=_hashed(secret), made_at=at, expires_at=at + lasts)
    return secret


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def use_link(secret: str, at: datetime) -> User:
    """Whose link this is; it works once. Raises: NotAllowed."""
    link = OneTimeLink.objects.select_for_update().filter(hash=_hashed(secret)).select_related("user").first()
    if link is None or link.used_at is not None or link.expires_at <= at:
        raise NotAllowed("this link has been used or has expired: ask for a new one (`vigie admin link`)")
    link.used_at = at
    link.save(update_fields=["used_at"])
    return link.user


@transaction.atomic
def add_person(username: str, roles: Iterable[str], *, by: User, at: datetime) -> tuple[User, str]:
    """A new colleague, and the secret of the link with which the account is set up. Raises: NotAllowed, Refused."""
    require(by, Role.ADMINISTRATOR)
    wanted = sorted(set(roles))
    if unknown := set(wanted) - set(Role):
        raise Refused(f"there is no right {sorted(unknown)[0]}: choose from {', '.join(Role)}")
    if User.objects.filter(username=username).exists():
        raise Refused(f"there is already a {username}: choose another name")
    user = User(username=username, roles=wanted)
    user.set_unusable_password()
    user.full_clean(exclude=["password", "roles"])
    user.save()
    return user, _link(user, at, LINK_LASTS)


@transaction.atomic
def change_rights(
    user: User, *, roles: Iterable[str], languages: Iterable[str], areas: Iterable[str], by: User
) -> None:
    """What a colleague may do, in which languages and harm areas. The last administrator stays one. Raises: Refused."""
    require(by, Role.ADMINISTRATOR)
    others = [one for one in User.objects.filter(is_active=True).exclude(pk=user.pk) if one.has(Role.ADMINISTRATOR)]
    if Role.ADMINISTRATOR not in set(roles) and user.has(Role.ADMINISTRATOR) and not others:
        raise Refused("somebody must be administrator: give the right to another person first")
    user.roles, user.languages, user.areas = sorted(set(roles)), sorted(set(languages)), sorted(set(areas))
    user.save(update_fields=["roles", "languages", "areas"])


def invite(case_id: int, name: str, *, by: User, at: datetime) -> tuple[Invitation, str]:
    """Invite somebody from outside to judge one case, because the team has no second person; the secret of their link.

    Raises: Refused unless the case waits for another person.
    """
    with locked(case_id) as case:
        may_decide(by, case)
        if case.status not in (Status.SECOND_LOOK, Status.DISAGREED, Status.SECOND_OPINION):
            raise Refused("this case does not wait for a second person: nobody needs to be invited")
        roles = [Role.INVITED, Role.LEAD] if case.status == Status.DISAGREED else [Role.INVITED]
        user = User(username=f"invited-{secrets.token_hex(4)}", first_name=name[:150], roles=roles)
        user.set_unusable_password()
        user.save()
        invitation = Invitation.objects.create(case=case, user=user, invited_by=by, at=at)
        note(case, "invited", act(by, at), by, invited=user.pk, name=name)
        return invitation, _link(user, at, INVITATION_LASTS)


def team(role_of: Iterable[str] = (Role.LEAD, Role.MODERATOR, Role.CHILDREN)) -> list[User]:
    """The people who decide."""
    return [user for user in User.objects.filter(is_active=True) if user.has(*role_of) and not user.has(Role.INVITED)]
