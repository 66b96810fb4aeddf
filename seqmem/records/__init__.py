"""The job folder: the only place that knows its files.

Every file is written whole or not at all. `result.json` comes last when a job is done, and is
the only authority on whether it is. The other files of a job that is done may be packed into one;
whoever reads them need not know.
"""

from seqmem.output import visible as visible
from seqmem.records.chance import count_guessed_wrong as count_guessed_wrong
from seqmem.records.chance import guess_error as guess_error
from seqmem.records.files import RecordError as RecordError
from seqmem.records.files import check_file as check_file
from seqmem.records.files import clear_leftovers as clear_leftovers
from seqmem.records.files import set_aside as set_aside
from seqmem.records.files import write_note as write_note
from seqmem.records.files import write_whole as write_whole
from seqmem.records.job_arrays import GONE as GONE
from seqmem.records.job_arrays import read_arrays as read_arrays
from seqmem.records.job_arrays import read_latest_tasks as read_latest_tasks
from seqmem.records.lock import LOCK as LOCK
from seqmem.records.lock import alone as alone
from seqmem.records.lock import is_left_behind as is_left_behind
from seqmem.records.outcomes import CURVES as CURVES
from seqmem.records.outcomes import SAMPLES as SAMPLES
from seqmem.records.outcomes import TESTS as TESTS
from seqmem.records.outcomes import TRACE as TRACE
from seqmem.records.outcomes import TRIALS as TRIALS
from seqmem.records.outcomes import read_curves as read_curves
from seqmem.records.outcomes import read_samples as read_samples
from seqmem.records.outcomes import read_tests as read_tests
from seqmem.records.outcomes import read_trace as read_trace
from seqmem.records.outcomes import read_trials as read_trials
from seqmem.records.outcomes import write_outcomes as write_outcomes
from seqmem.records.packed import PACKED as PACKED
from seqmem.records.packed import exists as exists
from seqmem.records.packing import is_loose as is_loose
from seqmem.records.packing import is_packed as is_packed
from seqmem.records.packing import pack as pack
from seqmem.records.packing import unpack as unpack
from seqmem.records.result import RESULT as RESULT
from seqmem.records.result import check_recordable as check_recordable
from seqmem.records.result import find_jobs as find_jobs
from seqmem.records.result import read_result as read_result
from seqmem.records.result import write_result as write_result
from seqmem.records.schema import MOST_STEPS as MOST_STEPS
from seqmem.records.schema import JobStatus as JobStatus
from seqmem.records.schema import Result as Result
from seqmem.records.stack import forget_stack as forget_stack
from seqmem.records.stack import read_stack as read_stack
from seqmem.records.stack import write_stack as write_stack
from seqmem.records.state import STATE as STATE
from seqmem.records.state import State as State
from seqmem.records.state import read_curves_so_far as read_curves_so_far
from seqmem.records.state import read_state as read_state
from seqmem.records.state import read_steps as read_steps
from seqmem.records.state import write_state as write_state
from seqmem.records.state_map import StateMap as StateMap
from seqmem.records.state_map import read_state_map as read_state_map
from seqmem.records.weights import WEIGHTS as WEIGHTS
from seqmem.records.weights import read_weights as read_weights
from seqmem.slurm import SlurmError as SlurmError
from seqmem.training.outcome import TrialResult as TrialResult  # what read_trials returns

LOG = "train.log"
