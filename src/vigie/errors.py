"""What went wrong, by who can mend it: the caller, the network or the operator. Anything else is a bug and is never caught."""


class VigieError(Exception):
    """Something that a person can mend. ``exit_code`` is what the command line ends with."""

    exit_code = 1


class Refused(VigieError):
    """The caller can mend it: what was asked cannot be done as asked."""

    exit_code = 2


class Malformed(Refused):
    """The caller's data cannot be read: says where, and what was expected."""


class OutOfOrder(Refused):
    """The step is not allowed in this state."""


class Incomplete(Refused):
    """Something that the law asks for is missing; ``gaps`` names each with its article."""

    def __init__(self, gaps: list[str]):
        super().__init__("; ".join(gaps))
        self.gaps = gaps


class Unreachable(VigieError):
    """The network or another server can mend it: try again later."""

    exit_code = 75


class Misconfigured(VigieError):
    """The operator can mend it: a setting, a file, a disk."""

    exit_code = 78
