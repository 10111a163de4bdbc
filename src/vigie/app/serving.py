"""What the workers of ``vigie up`` serve: the same as ``wsgi``, by a worker that does not outlive its server."""

import signal

from vigie.app import tied
from vigie.app.wsgi import application

tied.to_parent(signal.SIGKILL)

__all__ = ["application"]
