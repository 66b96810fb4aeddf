"""python -m multirun_analysis DIR."""

import sys

from multirun_analysis.command import main

sys.exit(main())
