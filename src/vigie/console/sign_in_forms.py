"""The forms of signing in: the first field waits for what is typed, and nothing is said twice."""

from typing import Any

from allauth.account.forms import LoginForm, SetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils.translation import gettext as _


class _Ready:
    """The cursor stands in the first field; labels are enough, placeholders repeat them."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]
        for field in fields.values():
            field.widget.attrs.pop("placeholder", None)
        next(iter(fields.values())).widget.attrs["autofocus"] = True


class Login(_Ready, LoginForm):  # type: ignore[misc]
    """Name and password. Who has lost theirs asks an administrator: no mail is sent."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class SetPassword(_Ready, SetPasswordForm):  # type: ignore[misc]
    """The first password of an account."""


class Code(_Ready, AuthenticateForm):  # type: ignore[misc]
    """Six digits, or a recovery code."""


class FirstCode(_Ready, ActivateTOTPForm):  # type: ignore[misc]
    """The first six digits of an authenticator app."""


class NewPasskey(_Ready, AddWebAuthnForm):  # type: ignore[misc]
    """A passkey or security key, by a name that its owner recognises."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["passwordless"].label = _("Sign in with it alone")
        self.fields["passwordless"].help_text = _(
            "Without name or password; the device asks for its own code or your finger."
        )


class RenamedPasskey(_Ready, EditWebAuthnForm):  # type: ignore[misc]
    """Another name for one."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
