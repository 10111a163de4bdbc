"""What the workers of ``vigie up`` serve: the same as ``wsgi``, by a worker that does not outlive its server."""

import gc
import signal
import sys

from vigie.app import tied
from vigie.app.wsgi import application

tied.to_parent(signal.SIGKILL)
# Judging a post leaves and takes the interpreter's lock a dozen times: each time it would wait five milliseconds for others.
sys.setswitchinterval(0.0005)
gc.collect()
gc.freeze()  # what is loaded by now stays: looking for garbage in it would hold up a request for a tenth of a second

__all__ = ["application"]
