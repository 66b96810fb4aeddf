"""python -m multirun_analysis DIR, or: python -m multirun_analysis compare DIR."""

import signal
import sys
from types import FrameType

from multirun_analysis import command
from multirun_analysis.documents import command as documents


def main() -> int:
    """Run the command line; returns its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    arguments = sys.argv[1:]
    return documents.main(arguments[1:]) if arguments[:1] == ["compare"] else command.main(arguments)


def _stop(number: int, _: FrameType | None) -> None:
    """End as if by itself, so that nothing half written is left."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
