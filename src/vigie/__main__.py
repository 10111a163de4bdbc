"""``python -m vigie``."""

from vigie.app.cli import main

raise SystemExit(main())
