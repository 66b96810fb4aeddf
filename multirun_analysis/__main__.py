"""python -m multirun_analysis DIR, or: python -m multirun_analysis compare DIR."""

import sys

from multirun_analysis import command
from multirun_analysis.documents import command as documents


def main() -> int:
    """Run the command line; returns its exit code."""
    arguments = sys.argv[1:]
    return documents.main(arguments[1:]) if arguments[:1] == ["compare"] else command.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
