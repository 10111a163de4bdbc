"""People come and go: the first administrator's one-time link, colleagues, rights, and who is invited for one case."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from vigie.errors import Refused
from vigie.review import lifecycle
from vigie.services.acts import NotAllowed, act, keep_state, locked, note, state_of
from vigie.services.rights import WAITING_FOR_ANOTHER, may_decide, require
from vigie.services.standing import nobody_for
from vigie.store.models import Case, Invitation, OneTimeLink, PersonChange, User
from vigie.store.people import Role

LINK_LASTS = timedelta(hours=24)
_USERNAME = re.compile(r"[\w.@+-]{1,150}")
_MAIL = re.compile(r"[^\s@<>,;:\"]{1,64}@[^\s@<>,;:\"]{1,189}")
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
        raise NotAllowed(_("This link has been used or has expired: ask whoever sent it for a new one."))
    link.used_at = at
    link.save(update_fields=["used_at"])
    if not link.user.is_active:
        raise NotAllowed(_("This account has been closed: ask an administrator."))
    return link.user


@transaction.atomic
def add_person(username: str, roles: Iterable[str], *, by: User, at: datetime) -> tuple[User, str]:
    """A new colleague, and the secret of the link with which the account is set up. Raises: NotAllowed, Refused."""
    require(by, Role.ADMINISTRATOR)
    wanted = _known(roles)
    if not _USERNAME.fullmatch(username):
        raise Refused(_("A name to sign in with has letters, digits and @ . + - _ only, and no spaces."))
    if User.objects.filter(username__iexact=username).exists():
        raise Refused(_("There is already a %(name)s: choose another name.") % {"name": username})
    user = User(username=username, roles=wanted)
    user.set_unusable_password()
    user.save()
    _changed(user, "added", by, at, roles=wanted)
    return user, _link(user, at, LINK_LASTS)


@transaction.atomic
def change_rights(
    user: User, *, roles: Iterable[str], languages: Iterable[str], areas: Iterable[str], by: User, at: datetime
) -> None:
    """What a colleague may do, in which languages and harm areas. The last administrator stays one. Raises: Refused."""
    require(by, Role.ADMINISTRATOR)
    wanted = _known(roles)
    _not_invited(user)
    if Role.ADMINISTRATOR not in wanted:
        _not_the_last(user)
    user.roles, user.languages, user.areas = wanted, sorted(set(languages)), sorted(set(areas))
    user.save(update_fields=["roles", "languages", "areas"])
    _changed(user, "rights", by, at, roles=user.roles, languages=user.languages, areas=user.areas)


@transaction.atomic
def new_link(user: User, *, by: User, at: datetime) -> str:
    """For whoever lost password or telephone: the secret of a link with which both are set again; the old ones end."""
    require(by, Role.ADMINISTRATOR)
    from allauth.mfa.models import Authenticator

    if not user.is_active:
        raise Refused(_("This account is closed. Open it again first."))
    Authenticator.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    _changed(user, "link", by, at)
    return _link(user, at, LINK_LASTS)


@transaction.atomic
def deactivate(user: User, *, by: User, at: datetime) -> int:
    """Somebody leaves: no more signing in, and the cases in hand go back to their queues: how many. Raises: Refused."""
    require(by, Role.ADMINISTRATOR)
    _not_the_last(user)
    given_back = _close(user, by, at)
    _changed(user, "closed", by, at, given_back=given_back)
    return given_back


@transaction.atomic
def reactivate(user: User, *, by: User, at: datetime) -> None:
    """Somebody comes back, with the rights of before. Raises: Refused for whoever was invited for one case."""
    require(by, Role.ADMINISTRATOR)
    _not_invited(user)
    user.is_active = True
    user.save(update_fields=["is_active"])
    _changed(user, "opened", by, at)


@transaction.atomic
def set_own(user: User, *, language: str, opted_out: Iterable[str], screen: Iterable[str], mail: str = "") -> None:
    """What people set for themselves: language of the pages, harm areas they do not want to see, how posts are shown.

    ``screen`` names what is on of ``blur``, ``grey`` and ``mute``. ``mail``: where an administrator gets alarms; empty: nowhere.
    Raises: Refused for what is no address.
    """
    if mail.strip() and not _MAIL.fullmatch(mail.strip()):
        raise Refused(_("This is no mail address: give one such as name@example.org, or nothing."))
    user.email = mail.strip() if user.has(Role.ADMINISTRATOR) else ""
    user.interface_language = language if language in ("en", "fr") else "en"
    user.opted_out = sorted(set(opted_out))
    user.screen = {name: name in set(screen) for name in ("blur", "grey", "mute")}
    user.save(update_fields=["interface_language", "opted_out", "screen", "email"])


def invite(case_id: int, name: str, *, by: User, at: datetime) -> tuple[Invitation, str]:
    """Invite somebody from outside to judge one case, because the team has no second person; the secret of their link.

    An earlier invitation to the same case ends. Raises: Refused unless the case waits for a person whom the team lacks.
    """
    with locked(case_id) as case:
        may_decide(by, case)
        if by.has(Role.INVITED):
            raise NotAllowed(_("Whoever is invited invites nobody."))
        if case.status not in WAITING_FOR_ANOTHER:
            raise Refused(_("This case does not wait for a second person: nobody needs to be invited."))
        if not name.strip():
            raise Refused(_("Give the name of the person you invite: the case’s history will say who judged."))
        if not nobody_for(case, team()):
            raise Refused(_("Somebody in the team can judge this case: nobody needs to be invited."))
        for earlier in case.invitations.filter(ended_at=None).select_related("user"):
            end_invitation(earlier.user, at)
        user = User(username=f"invited-{secrets.token_hex(4)}", first_name=name.strip()[:150], roles=[Role.INVITED])
        user.set_unusable_password()
        user.save()
        invitation = Invitation.objects.create(case=case, user=user, invited_by=by, at=at)
        note(case, "invited", act(by, at), by, invited=user.pk, name=user.first_name)
        _changed(user, "invited", by, at, case=case.pk)
        return invitation, _link(user, at, INVITATION_LASTS)


@transaction.atomic
def end_invitation(user: User, at: datetime) -> bool:
    """Whoever was invited for one case has judged it, or is not needed any more: the account closes. Others are left alone."""
    ended = bool(Invitation.objects.filter(user=user, ended_at=None).update(ended_at=at))
    if ended:
        _close(user, None, at)
        _changed(user, "closed", None, at)
    return ended


def team(role_of: Iterable[str] = (Role.LEAD, Role.MODERATOR, Role.CHILDREN)) -> list[User]:
    """The people who decide."""
    return [user for user in User.objects.filter(is_active=True) if user.has(*role_of) and not user.has(Role.INVITED)]


def _known(roles: Iterable[str]) -> list[str]:
    wanted = sorted(set(roles))
    if unknown := set(wanted) - set(Role) | set(wanted) & {Role.INVITED}:
        raise Refused(_("There is no right “%(name)s” to give.") % {"name": sorted(unknown)[0]})
    return wanted


def _not_invited(user: User) -> None:
    if user.has(Role.INVITED):
        raise Refused(_("This person was invited for one case. Add them to the team instead."))


def _not_the_last(user: User) -> None:
    others = [one for one in User.objects.filter(is_active=True).exclude(pk=user.pk) if one.has(Role.ADMINISTRATOR)]
    if user.has(Role.ADMINISTRATOR) and not others:
        raise Refused(_("Somebody must be administrator: give the right to another person first."))


def _close(user: User, by: User | None, at: datetime) -> int:
    user.is_active = False
    user.save(update_fields=["is_active"])
    OneTimeLink.objects.filter(user=user, used_at=None).update(expires_at=at)
    in_hand = list(Case.objects.filter(holder=user).values_list("pk", flat=True))
    for pk in in_hand:
        with locked(pk) as case:
            what = lifecycle.Act(who=str(user.pk), at=at, why="account closed")
            keep_state(case, lifecycle.release(state_of(case), what), what.at)
            note(case, "released", what, by, holder=user.pk)
    return len(in_hand)


def _changed(user: User, kind: str, by: User | None, at: datetime, **details: object) -> None:
    PersonChange.objects.create(user=user, at=at, by=by, kind=kind, details=details)
