"""The settings of an instance for tests: its data directory is a temporary one, never the working directory.

The database is SQLite, or the PostgreSQL of ``VIGIE_TEST_DATABASE`` (``python -m tests.postgres`` has one).
"""

import os
import tempfile

os.environ["VIGIE_DATA"] = tempfile.mkdtemp(prefix="vigie-tests-")
os.environ["VIGIE_DATABASE"] = os.environ.get("VIGIE_TEST_DATABASE", "")

from vigie.app.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in often
