"""python -m multirun_analysis DIR, or: python -m multirun_analysis compare DIR."""

import sys

from multirun_analysis import command
from multirun_analysis.documents import command as documents

sys.exit(documents.main(sys.argv[2:]) if sys.argv[1:2] == ["compare"] else command.main())
