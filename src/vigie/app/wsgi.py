"""What granian serves."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from vigie.app import preparing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie.app.settings")
application = get_wsgi_application()
preparing.no_demo_elsewhere()

if "granian" in sys.modules:  # a worker that serves: the first post must not wait for detectors to be loaded
    from vigie.services import judging

    judging.warm()
