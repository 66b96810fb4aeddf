"""Jobs to trials to stacks: skips what is done, gives every job its result as soon as it has one."""

from seqmem.sweep.display import Display as Display
from seqmem.sweep.existing import ConflictError as ConflictError
from seqmem.sweep.existing import Existing as Existing
from seqmem.sweep.in_memory import run_in_memory as run_in_memory
from seqmem.sweep.interruption import GOES_ON as GOES_ON
from seqmem.sweep.interruption import Stopped as Stopped
from seqmem.sweep.locks import HeldError as HeldError
from seqmem.sweep.locks import Locks as Locks
from seqmem.sweep.packing import pack_job as pack_job
from seqmem.sweep.policy import Policy as Policy
from seqmem.sweep.reuse import index_folders as index_folders
from seqmem.sweep.running import JobFailedError as JobFailedError
from seqmem.sweep.running import run_sweep as run_sweep
from seqmem.sweep.setting import NOT_IN_FINGERPRINT as NOT_IN_FINGERPRINT
from seqmem.sweep.setting import SOURCES as SOURCES
from seqmem.sweep.setting import Setting as Setting
from seqmem.sweep.setting import compute_fingerprint as compute_fingerprint
from seqmem.sweep.shards import Shard as Shard
from seqmem.sweep.shards import cut as cut
from seqmem.sweep.shards import record_count as record_count
from seqmem.sweep.sweep import Sweep as Sweep
from seqmem.sweep.workers import Workers as Workers
