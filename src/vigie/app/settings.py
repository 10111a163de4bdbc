"""How Django runs Vigie: one database, one set of languages, strict about what a page may load.

From the environment (docs/reference/settings.md): ``VIGIE_DATA`` is the data directory; ``VIGIE_DATABASE`` a PostgreSQL
URL, else SQLite in the data directory; ``VIGIE_HOSTS`` the names under which the console is reached; ``VIGIE_ORIGIN`` its
public address; ``VIGIE_MAIL`` and ``VIGIE_MAIL_FROM`` how alarms are mailed; ``VIGIE_SECRET`` is shared by machines that
share a database; ``VIGIE_DEMO`` is set by ``vigie up --demo`` alone.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from vigie.app.database import database
from vigie.app.mail import mail
from vigie.journal.key import derived

HERE = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("VIGIE_DATA") or "vigie-data").absolute()
DEMO = os.environ.get("VIGIE_DEMO") == "1" and (DATA / "demo" / "made.json").is_file()

SECRET_KEY = os.environ.get("VIGIE_SECRET") or derived(DATA, "django").hex()
DEBUG = False
HOSTS = [] if DEMO else [host for host in os.environ.get("VIGIE_HOSTS", "").split(",") if host]
ORIGIN = "" if DEMO else os.environ.get("VIGIE_ORIGIN", "").rstrip("/")
ALLOWED_HOSTS = [*HOSTS, *filter(None, [urlsplit(ORIGIN).hostname]), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [ORIGIN] if ORIGIN else []
HTTPS = ORIGIN.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "vigie.store",
    "vigie.console",  # before allauth: its templates take the place of allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "vigie.api.middleware.Programs",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "vigie.console.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "vigie.console.middleware.Refusals",
    "vigie.console.middleware.SecondFactor",
]
ROOT_URLCONF = "vigie.app.urls"
WSGI_APPLICATION = "vigie.app.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vigie.console.context.house",
                *(["vigie.demo.logins.shown"] if DEMO else []),
            ],
        },
    }
]

DATABASES = {"default": database(os.environ.get("VIGIE_DATABASE"), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [HERE / "console" / "locale" / part for part in ("cases", "public", "office", "workshop", "demo")]
USE_THOUSAND_SEPARATOR = True

AUTH_USER_MODEL = "store.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "vigie.console.sign_in.Adapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "vigie.console.sign_in_forms.Login",
    "set_password": "vigie.console.sign_in_forms.SetPassword",
}
MFA_ADAPTER = "allauth.mfa.adapter.DefaultMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "Vigie"
MFA_FORMS = {
    "authenticate": "vigie.console.sign_in_forms.Code",
    "activate_totp": "vigie.console.sign_in_forms.FirstCode",
    "add_webauthn": "vigie.console.sign_in_forms.NewPasskey",
    "edit_webauthn": "vigie.console.sign_in_forms.RenamedPasskey",
}

MAIL = {} if DEMO else mail(os.environ.get("VIGIE_MAIL", ""), os.environ.get("VIGIE_MAIL_FROM", ""))
globals().update(MAIL)

SESSION_COOKIE_AGE = 12 * 3600  # a working day
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
if HTTPS:  # the server before us, which ends TLS, says so
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 << 20  # 10,000 posts
LOGGING_CONFIG = "vigie.app.logs.configure"
LOGGING = {"version": 1}  # Django calls the function above only if there is something here
