"""``python -m dreambridge``."""

from dreambridge.cli import main

raise SystemExit(main())
