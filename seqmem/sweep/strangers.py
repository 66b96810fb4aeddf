"""Jobs of a sweep's folder that are not of the sweep."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from seqmem import records
from seqmem.sweep.point import NOT_IN_FINGERPRINT, Point
from seqmem.sweep.standing import flatten


def describe_strangers(points: Iterable[Point]) -> list[str]:
    """A line on the jobs of the points' folder that are not of this sweep, and what sets them apart."""
    points = list(points)
    own = {point.folder.resolve() for point in points}
    ours: dict[str, set[str]] = {}
    for point in points:
        for key, value in flatten(point.config).items():
            ours.setdefault(key, set()).add(str(value))
    count, apart, damaged = 0, set(), []
    for folder in records.find_jobs(points[0].folder.parent):
        if folder.resolve() in own:
            continue
        try:
            result = records.read_result(folder)
        except records.RecordError as error:
            damaged.append(f"{error}; it is left alone")
            continue
        count += 1
        for key, value in flatten(result.config).items():
            if key not in NOT_IN_FINGERPRINT and str(value) not in ours.get(key, ()):
                apart.add(f"{key}={value}")
        if (theirs := result.versions.get("seqmem")) != version("seqmem"):
            apart.add(f"seqmem {theirs}")
    if not count:
        return damaged
    what = f" ({', '.join(sorted(apart)[:6])}{', ..' if len(apart) > 6 else ''})" if apart else ""
    jobs = "1 job that is" if count == 1 else f"{count:,} jobs that are"
    where = points[0].folder.parent
    return [*damaged, f"{where} also holds {jobs} not of this sweep{what}; hydra.sweep.dir=FOLDER keeps sweeps apart"]
