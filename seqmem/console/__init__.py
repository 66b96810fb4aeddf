"""What a sweep shows while it runs, on standard error."""

from seqmem.console.display import ConsoleDisplay as ConsoleDisplay
from seqmem.console.track import track as track
