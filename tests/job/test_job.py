import math
from dataclasses import replace

import pytest

from seqmem.cells import LSTM
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.tasks import BinaryAddition, FurtherTest, LongLag, Recall, RowDigits

TASK = Recall()
NETWORK = Network(TASK, LSTM(), (4,))


def make(**values) -> Job:
    return Job(NETWORK, **values)


COUNTS = ["batch_size", "max_sequences", "evaluate_every", "epoch", "test_sequences", "trials", "train_set"]


@pytest.mark.parametrize("key", COUNTS)
@pytest.mark.parametrize("value", [0, -5])
def test_a_count_below_one_is_refused(key, value):
    with pytest.raises(ValueError, match=rf"^{key} must be at least 1, got {value}$"):
        make(**{key: value})


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match=r"^seed must be at least 0, got -1$"):
        make(seed=-1)


def test_seed_zero_is_a_seed():
    assert list(make(seed=0, trials=3).seeds) == [0, 1, 2]


def test_trial_k_has_the_kth_seed():
    assert list(make(seed=7, trials=3).seeds) == [7, 8, 9]


@pytest.mark.parametrize("clip", [0, -1.0])
def test_clipping_to_nothing_is_refused(clip):
    with pytest.raises(ValueError, match=rf"^clip must be above 0, got {float(clip)}$"):
        make(clip=clip)


def test_clipping_to_no_number_is_refused():
    with pytest.raises(ValueError, match=r"^clip must be a finite number, got nan$"):
        make(clip=math.nan)


def test_a_batch_beyond_the_fixed_training_set_is_refused():
    with pytest.raises(ValueError, match=r"^batch_size must be at most train_set=20, got 21$"):
        make(batch_size=21, train_set=20)


def test_a_batch_of_the_whole_training_set_fits():
    assert make(batch_size=20, train_set=20).epoch == 20


def test_a_fixed_training_set_is_an_epoch():
    assert make(train_set=100, epoch=7).epoch == 100


def test_all_of_a_tasks_own_training_set_is_an_epoch_unless_fewer_are_asked_for():
    network = Network(RowDigits(), LSTM(), (4,))
    assert (Job(network, test_sequences=360).train_set, Job(network, test_sequences=360).epoch) == (1437, 1437)
    assert Job(network, test_sequences=360, train_set=100).epoch == 100


@pytest.mark.parametrize(("key", "most"), [("train_set", 1437), ("test_sequences", 360)])
def test_more_than_a_task_has_is_refused(key, most):
    message = rf"^{key} must be at most {most}, all that task=row_digits has, got {most + 1}$"
    with pytest.raises(ValueError, match=message):
        Job(Network(RowDigits(), LSTM(), (4,)), name="row_digits", **({"test_sequences": 360} | {key: most + 1}))


@pytest.mark.parametrize(
    ("options", "what"), [({"bidirectional": True}, "is bidirectional"), ({"attention": "dot"}, "has attention")]
)
def test_a_closed_loop_of_a_network_that_looks_elsewhere_is_refused(options, what):
    with pytest.raises(ValueError, match=rf"^task.closed_loop must be false for a network that {what}, got true$"):
        Job(Network(LongLag(closed_loop=True), LSTM(), (4,), **options))


class RecallAndMore(Recall):
    """Recall with a further test."""

    def __init__(self, test: FurtherTest) -> None:
        super().__init__()
        self.test = test

    def further_tests(self) -> dict[str, FurtherTest]:
        return {"mine": self.test}


@pytest.mark.parametrize("other", [Recall(alphabet_size=11), BinaryAddition(), LongLag(p=9, error_at="every")])
def test_a_further_test_that_reads_or_answers_something_else_is_refused(other):
    with pytest.raises(ValueError, match=r"^further test mine must read and answer what task=RecallAndMore does$"):
        Job(Network(RecallAndMore(FurtherTest(other)), LSTM(), (4,)))


def test_a_closed_loop_of_a_task_whose_answers_cannot_be_read_is_refused():
    class Looped(BinaryAddition):
        def further_tests(self) -> dict[str, FurtherTest]:
            return {"loop": FurtherTest(self, closed_loop=True)}

    message = r"^a closed loop needs classes that can be read as symbols, but task=Looped has none$"
    with pytest.raises(ValueError, match=message):
        Job(Network(Looped(), LSTM(), (4,)), Loss("bce"))


def test_the_job_of_a_further_test_differs_in_its_task_alone():
    job = Job(Network(BinaryAddition(test_bits=[20]), LSTM(), (4,)), Loss("bce"), batch_size=7, train_set=50)
    other = job.for_test("20 bits")
    assert (other.task.min_bits, other.task.max_bits, other.batch_size) == (20, 20, 7)
    assert other.network.parameters() == job.network.parameters()


def test_a_loss_that_does_not_fit_the_task_is_refused_by_the_tasks_name():
    with pytest.raises(ValueError, match=r"^loss=bce needs bit targets, but task=recall has class targets"):
        make(loss=Loss("bce"), name="recall")


def test_a_task_without_a_name_goes_by_its_class():
    assert make().name == "Recall"


def test_a_job_may_ask_for_a_longer_criterion_than_its_tasks():
    assert make().criterion == TASK.criterion
    assert make(criterion_sequences=10_000).criterion == replace(TASK.criterion, sequences=10_000)


def test_a_criterion_of_no_sequences_is_refused():
    with pytest.raises(ValueError, match=r"^criterion_sequences must be at least 1, got 0$"):
        make(criterion_sequences=0)


def test_a_longer_criterion_for_a_task_that_has_none_is_refused():
    task = Recall()
    task.criterion = None
    with pytest.raises(ValueError, match=r"^criterion_sequences must be null for task=Recall, which has no criterion$"):
        Job(Network(task, LSTM(), (4,)), criterion_sequences=5)


@pytest.mark.parametrize(("max_sequences", "steps"), [(64, 2), (65, 3), (1, 1)])
def test_the_budget_is_rounded_up_to_whole_batches(max_sequences, steps):
    assert make(batch_size=32, max_sequences=max_sequences).max_steps == steps


def starts_plainly(batch_size: int, epoch: int, steps: int) -> list[int]:
    """Steps whose batch is the first that lies wholly after the start of some epoch."""
    starts, next_epoch = [], 0
    for step in range(steps):
        if step * batch_size >= next_epoch:
            starts.append(step)
            next_epoch = (step * batch_size // epoch + 1) * epoch
    return starts


@pytest.mark.parametrize(("batch_size", "epoch"), [(64, 19_200), (10, 30), (7, 30), (10, 10), (10, 3), (32, 33)])
def test_an_epoch_starts_with_the_first_batch_that_lies_wholly_in_it(batch_size, epoch):
    job = make(batch_size=batch_size, epoch=epoch)
    starts = [step for step in range(1000) if job.starts_epoch(step)]
    assert starts == starts_plainly(batch_size, epoch, 1000)


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(ValueError, match=r"^name must be one of sgd, adam, adamw, rmsprop, lion, got lamb$"):
        Optimizer("lamb")


@pytest.mark.parametrize("key", ["lr", "eps"])
@pytest.mark.parametrize("value", [0, -0.1])
def test_an_optimizers_number_that_is_not_positive_is_refused(key, value):
    with pytest.raises(ValueError, match=rf"^optimizer.{key} must be above 0, got {float(value)}$"):
        Optimizer(**{key: value})


def test_a_negative_weight_decay_is_refused():
    with pytest.raises(ValueError, match=r"^optimizer.weight_decay must be at least 0, got -0.1$"):
        Optimizer(weight_decay=-0.1)


@pytest.mark.parametrize("key", ["momentum", "beta1", "beta2", "alpha"])
def test_a_decay_outside_zero_to_one_is_refused(key):
    with pytest.raises(ValueError, match=rf"^optimizer.{key} must be at least 0, got -0.1$"):
        Optimizer(**{key: -0.1})
    with pytest.raises(ValueError, match=rf"^optimizer.{key} must be below 1, got 1.0$"):
        Optimizer(**{key: 1})


@pytest.mark.parametrize("key", ["lr", "eps", "weight_decay", "momentum", "beta1", "beta2", "alpha"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_optimizers_number_that_is_not_finite_is_refused(key, value):
    with pytest.raises(ValueError, match=rf"^optimizer.{key} must be a finite number, got {value}$"):
        Optimizer(**{key: value})


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValueError, match=r"^name must be one of constant, error, cosine, got linear$"):
        Schedule("linear")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"error": 0}, "schedule.error must be above 0, got 0.0"),
        ({"floor": -0.1}, "schedule.floor must be at least 0, got -0.1"),
        ({"floor": 1.5}, "schedule.floor must be at most 1, got 1.5"),
        ({"batches": 0}, "schedule.batches must be at least 1, got 0"),
        ({"error": math.nan}, "schedule.error must be a finite number, got nan"),
    ],
)
def test_a_schedules_number_out_of_range_is_refused(values, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Schedule("error", **values)
