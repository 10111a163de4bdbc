"""The settings of an instance for tests: its data directory is a temporary one, never the working directory."""

import os
import tempfile

os.environ["VIGIE_DATA"] = tempfile.mkdtemp(prefix="vigie-tests-")

from vigie.app.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in often
