"""What keeps a traced step from being compiled."""


class UncompiledError(ValueError):
    """What the graph holds and compiled code does not; the message is a clause."""
