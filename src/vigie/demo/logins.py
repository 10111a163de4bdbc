"""Who may sign in to the demo: one person for each right, all with the same password, which the sign-in page shows."""

import msgspec

PASSWORD = "lanterne-lantern"  # noqa: S105 (shown to everybody: a demo answers on this machine alone)


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A ready-made account. ``role`` is a value of ``store.people.Role``; ``languages`` empty: all."""

    username: str
    name: str
    role: str
    what: str  # what there is to do; English, translated where it is shown
    languages: tuple[str, ...] = ()


#: The moderator is one of the simulated team who stayed; the others only come with the console.
LOGINS = (
    Login(
        username="bruno",
        name="Bruno",
        role="moderator",
        what="decides cases in French and English",
        languages=("fr", "en"),
    ),
    Login(username="maud", name="Maud", role="lead", what="settles disagreements, follows quality and capacity"),
    Login(username="karim", name="Karim", role="children", what="decides what concerns minors"),
    Login(username="petra", name="Petra", role="policy", what="changes rules, after trying them on last month"),
    Login(username="lena", name="Léna", role="legal", what="reads every case and its reasons"),
    Login(username="noor", name="Noor", role="auditor", what="reads everything, changes nothing"),
    Login(username="admin", name="Olga", role="administrator", what="people, rights, settings, deliveries"),
)


def shown(_request: object) -> dict[str, object]:
    """What the sign-in page of a demo shows of them: variables of every template.

    >>> sorted(shown(None))
    ['demo_logins', 'demo_password']
    """
    return {"demo_logins": LOGINS, "demo_password": PASSWORD}
