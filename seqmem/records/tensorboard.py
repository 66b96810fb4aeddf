"""Curves where TensorBoard reads them: `tensorboard/<trial>/` in the job folder, an event file a trial."""

from __future__ import annotations

import importlib.util
import io
import time
from dataclasses import fields
from pathlib import Path

from seqmem import records
from seqmem.training.curves import CurvePoint
from seqmem.training.outcome import Outcome

FOLDER = "tensorboard"
NAME = "events.out.tfevents.seqmem"
VERSION = "brain.Event:2"  # of TensorBoard's file format, which each file begins with
MEASURES = [column.name for column in fields(CurvePoint) if column.name != "sequences"]


def is_installed() -> bool:
    """Whether there is TensorBoard here, whose own code writes the files; it needs no torch."""
    return importlib.util.find_spec("tensorboard") is not None


def write_curve(folder: Path, outcome: Outcome) -> None:
    """Write the curve of a trial that has ended into its job's folder; the step is the number of training sequences."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    now = time.time()
    content = io.BytesIO()
    writer = RecordWriter(content)
    writer.write(Event(wall_time=now, file_version=VERSION).SerializeToString())
    for point in outcome.curve:
        measured = {name: getattr(point, name) for name in MEASURES}
        values = [Summary.Value(tag=name, simple_value=value) for name, value in measured.items() if value is not None]
        event = Event(wall_time=now, step=point.sequences, summary=Summary(value=values))
        writer.write(event.SerializeToString())
    path = folder / FOLDER / str(outcome.result.trial) / NAME
    records.write_whole(path, content.getvalue(), lasting=False)
