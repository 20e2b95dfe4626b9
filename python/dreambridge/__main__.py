"""``python -m dreambridge``."""

from dreambridge.commands.cli import main

raise SystemExit(main())
