"""Jobs of every kind that the fused engine runs, drawn by hypothesis."""

from hypothesis import strategies as st

from seqmem.cells import GRU, LSTM, RNN, Cell, ExpRNN
from seqmem.job.attention import Attention
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.tasks import Adding, BinaryAddition, Copying, Echo, LongLag, Recall, RowDigits, Task, TemporalOrder
from tests.engines.reference.own import Leaky, Turned, Wide
from tests.graph.found import find_cells

# Cells with an attention: those that quick tests have compiled, and all.
FEW = ((GRU(), "dot"), (RNN("relu"), "cosine"))
ALL = tuple((cell, attention) for cell in (RNN(), RNN("relu"), LSTM(), GRU()) for attention in ("dot", "cosine"))

OF_KIND = {"class": "cross_entropy", "bits": "bce", "real": "mse", "steps": "cross_entropy_over_time"}
WIDTHS = st.sampled_from((1, 2, 3, 5, 8, 9, 17))


def job_of(task: Task | None = None, cell=None, hidden=(5,), network=None, **values) -> Job:
    task = task or Recall()
    made = Network(task, cell or LSTM(), hidden, **(network or {}))
    loss = Loss(OF_KIND[task.target.kind])
    return Job(made, **({"loss": loss, "batch_size": 40, "optimizer": Optimizer(lr=0.01)} | values))


def cells():
    """All but the rotation, which forgets nothing: its logits of raw images are so large that no gradient is left."""
    found = [cell for cell in find_cells().values() if not isinstance(cell, ExpRNN)]
    return st.sampled_from((*found, Leaky(), Turned(), Wide()))


@st.composite
def tasks(draw) -> Task:
    kind = draw(st.sampled_from((Recall, LongLag, BinaryAddition, Echo, TemporalOrder, Adding, Copying)))
    if kind is Recall:
        return Recall(
            index=0,
            num_symbols=3,
            alphabet_size=draw(st.sampled_from((3, 10, 16, 17, 24, 25, 40))),
            min_length=1,
            max_length=draw(st.sampled_from((1, 4, 9))),
            one_length=draw(st.sampled_from(("batch", "sequence"))),
        )
    if kind is LongLag:
        distractors = draw(st.sampled_from(("sorted", "fixed", "random")))
        return LongLag(draw(st.sampled_from((2, 5, 30))), distractors, draw(st.sampled_from(("last", "every"))))
    if kind is BinaryAddition:
        return BinaryAddition(draw(st.sampled_from((1, 2))), draw(st.sampled_from((2, 5))))
    if kind is Adding:
        return Adding(draw(st.sampled_from((2, 7, 20))), draw(st.sampled_from(("halves", "anywhere"))))
    if kind is Copying:
        error_at = draw(st.sampled_from(("every", "copy")))
        return Copying(draw(st.sampled_from((1, 6))), 3, draw(st.sampled_from((1, 4))), error_at)
    if kind is Echo:
        return Echo()
    paddings, places = st.sampled_from(("left", "right", "none")), st.sampled_from(("spread", "start", "end"))
    answers = st.sampled_from(("class", "class", "steps"))
    return TemporalOrder(draw(st.sampled_from((2, 3))), draw(paddings), draw(places), draw(answers))


@st.composite
def networks(draw, task: Task, cell: Cell, attention: Attention | None) -> Network:
    hidden = draw(st.lists(WIDTHS, min_size=1, max_size=3))
    bidirectional = draw(st.booleans())
    choices = ["every", "none"] if task.target.every_step else ["last", "final", "none"]
    if attention is not None:
        choices.remove("none")
    readout = draw(st.sampled_from(choices))
    if readout == "none":
        bidirectional = bidirectional and task.target.size % 2 == 0
        hidden[-1] = task.target.size // (1 + bidirectional)
    if attention == "cosine":
        bidirectional = bidirectional and task.input_size % 2 == 0
        hidden[-1] = task.input_size // (1 + bidirectional)
    embedding = draw(st.sampled_from((None, 1, 5, 17))) if task.symbols else None
    initial = draw(st.sampled_from(("zeros", "uniform")))
    return Network(task, cell, tuple(hidden), bidirectional, embedding, readout, attention, initial)


@st.composite
def jobs(draw, attending: tuple[tuple[Cell, Attention], ...] = ()) -> Job:
    """A job of any kind, without attention or with one of those cells and theirs."""
    cell, attention = draw(st.sampled_from(attending)) if attending else (draw(cells()), None)
    task = draw(
        st.one_of(tasks(), st.just(RowDigits())).filter(
            lambda task: attention is None or (not task.target.every_step and (task.symbols or attention == "dot"))
        )
    )
    of_bits = ("mse", "bce", "cross_entropy_over_time")
    weights = (1, 0.5, 30) if task.target.every_step else (1,)
    of_kind = {"class": ("cross_entropy", "kl", "mse"), "bits": of_bits, "steps": ("cross_entropy_over_time",)}
    losses = of_kind.get(task.target.kind, ("mse",))
    name = draw(st.sampled_from(losses))
    reduction = draw(st.sampled_from(("mean", "batchmean")))
    weight = 1 if name == "cross_entropy_over_time" else draw(st.sampled_from(weights))
    size = draw(st.sampled_from((1, 2, 31, 32, 33, 70)))
    return Job(
        draw(networks(task, cell, attention)),
        Loss(name, reduction, weight),
        Optimizer("sgd", lr=0.001),
        batch_size=size,
        epoch=3 * size,
        train_set=draw(st.sampled_from((None, 80))),
        test_sequences=45,
    )


@st.composite
def optimizers(draw) -> dict:
    """An optimizer, schedule and clipping, as arguments of a job."""
    optimizer = Optimizer(
        draw(st.sampled_from(("sgd", "adam", "adamw", "rmsprop", "lion"))),
        lr=draw(st.sampled_from((0.01, 0.001))),
        momentum=draw(st.sampled_from((0.0, 0.9))),
        weight_decay=draw(st.sampled_from((0.0, 0.01))),
        reset_every_epoch=draw(st.booleans()),
        l1=draw(st.sampled_from((0.0, 0.01))),
        penalised=draw(st.sampled_from((("*",), ("recurrent.weight_*", "readout.bias")))),
    )
    names, warmups = st.sampled_from(("constant", "error", "cosine")), st.sampled_from((0, 100))
    schedule = Schedule(draw(names), draw(st.sampled_from((0.1, 0.5))), batches=3, warmup=draw(warmups))
    return {"optimizer": optimizer, "schedule": schedule, "clip": draw(st.sampled_from((None, 0.1, 1.0)))}
