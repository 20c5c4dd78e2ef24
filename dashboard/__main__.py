"""The command line: python -m dashboard demo | serve | lookup | check."""

import sys

from dashboard.cli import main

sys.exit(main())
