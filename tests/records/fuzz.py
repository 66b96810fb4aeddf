"""Damaged job folders, drawn from sound ones: any value, byte, file or name of theirs may be another."""

from __future__ import annotations

import contextlib
import json
import os
import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqmem import records

TABLES = (records.TRIALS, records.CURVES, records.SAMPLES, records.TRACE)
FILES = (records.RESULT, *TABLES, records.WEIGHTS)
PLACES = (*FILES, records.TESTS, records.STATE, records.LOCK)
TEXTS = (
    "", " ", "\x1b[31mred\x1b[0m\x1b]0;title\x07", "\x9b2J", "a\nb\r\nc\u2028d\x85", "\u202eevil", "\x00", "\ud800",
    "\udcff", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "<script>alert(1)</script>",
    "<img src=x>", "</table>", "a|b", "`x`", "[a](javascript:b)", "![a](http://b)", "$\\frac{", "$x$", "\\input{x}",
    "%s", "{0}", "{{x}}", "é", "漢字", "\U0001d518", "x" * 200, "x" * 201, "x" * 9_999, "x" * 200_000, "null", "None",
    "nan", "inf", "1e5", "0x10", "../../x", "/dev/zero", "os.system", "seqmem.cells.Nope", "task", "setting", "trials",
    "hidden", "wrong_mean", "solved_rate", "error_rate", "budget", "job", "config.trials", "a.b.c", "_target_",
    "task.name", "-",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2, 10, 99, 10**5, 10**7, 10**15, 10**18, 2**63 - 1, 2**63, -(2**63), 10**19, 10**40, 10**400, 0.5, -0.5,
    1.5, 1e-320, 1e15, 1e16, 1e300, 1e308, -1e308, float("inf"), float("-inf"), float("nan"), -0.0, True, False,
)  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """What was done to a folder, in words."""

    words: str
    folder: Path


def draw_value(rng: random.Random) -> Any:
    """A value of JSON that may be good or bad where it stands."""
    kind = rng.randrange(10)
    if kind < 4:
        return rng.choice(TEXTS)
    if kind < 8:
        return rng.choice(NUMBERS)
    if kind == 8:
        return rng.choice(([], {}, None, [None], [[]], {"": 1}, ["a"], {"_target_": []}, [1] * 20_000))
    nested: Any = 1
    for _ in range(rng.choice((3, 9, 200, 900))):
        nested = [nested] if rng.random() < 0.5 else {"a": nested}
    return nested


def damage(folder: Path, rng: random.Random) -> Damage:
    """Damage a job's folder one to four times, drawn at random."""
    ways: tuple[tuple[int, Callable[[Path, random.Random], str]], ...] = (
        (8, _change_result),
        (8, _change_field),
        (2, _change_rows),
        (3, _change_bytes),
        (2, _change_text),
        (1, _change_arrays),
        (2, _replace_file),
    )
    (way,) = rng.choices([way for _, way in ways], [weight for weight, _ in ways])
    words = []
    for _ in range(rng.choice((1, 1, 2, 4)) if way in (_change_result, _change_field) else 1):
        with contextlib.suppress(ValueError, IndexError, RecursionError):  # too damaged to be damaged again
            words.append(way(folder, rng))
    return Damage("; ".join(words)[:300], _rename(folder, rng) if rng.random() < 0.1 else folder)


def damage_pack(folder: Path, rng: random.Random) -> None:
    """Pack what there is of a job, and damage some of the packs."""
    with contextlib.suppress(records.RecordError, OSError):
        records.pack(folder)
        if rng.random() < 0.7:
            rng.choice((_change_bytes, _change_text, _replace_file))(folder, rng, (records.PACKED,))


def _rename(folder: Path, rng: random.Random) -> Path:
    """Give the folder a name that no sweep gives."""
    name = rng.choice(
        [text for text in TEXTS if 0 < len(text.strip()) < 200 and "/" not in text and "\x00" not in text]
    )
    if "\ud800" in name:
        name = "not\udcffutf-8"
    return folder.rename(folder.with_name(f"{folder.name}{name}"))


def _list_keys(value: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The keys that lead to each value in a tree."""
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield (*keys, key)
            yield from _list_keys(value[key], (*keys, key))


def _change_result(folder: Path, rng: random.Random) -> str:
    """Change, remove, rename or add a key at any level of result.json."""
    path = folder / records.RESULT
    content = json.loads(path.read_bytes())
    keys = rng.choice(list(_list_keys(content)))
    parent = content
    for key in keys[:-1]:
        parent = parent[key]
    kind, value = rng.randrange(6), draw_value(rng)
    if kind == 0:
        del parent[keys[-1]]
    elif kind == 1 and isinstance(parent, dict):
        value = rng.choice(TEXTS)
        parent[value] = parent.pop(keys[-1])
    elif kind == 2 and isinstance(parent, dict):
        parent[rng.choice(TEXTS)] = value
    else:
        parent[keys[-1]] = value
    text = json.dumps(content)
    if rng.random() < 0.05:
        text = text.replace("1", rng.choice(("9" * 5000, "1e400", "-", "01", "NaN", "[" * 100_000)), 1)
    path.write_text(text)
    return f"{records.RESULT} {'.'.join(map(str, keys))!r}, {kind}: {str(value)[:60]!r}"


def _change_field(folder: Path, rng: random.Random) -> str:
    """Change a value of a table, or the name of a column."""
    path = folder / rng.choice(TABLES)
    lines = path.read_text(encoding="utf-8").split("\n")
    row = rng.randrange(len(lines) - 1) if rng.random() < 0.9 else 0
    values = lines[row].split(",")
    value = str(draw_value(rng)).encode(errors="replace").decode()
    values[rng.randrange(len(values))] = value if rng.random() < 0.5 else '"' + value.replace('"', '""') + '"'
    lines[row] = ",".join(values)
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"{path.name} row {row}: {value[:60]!r}"


def _change_rows(folder: Path, rng: random.Random) -> str:
    """Repeat, remove, cut or mix rows."""
    path = folder / rng.choice(TABLES)
    lines = path.read_text(encoding="utf-8").split("\n")
    kind, row = rng.randrange(6), rng.randrange(len(lines))
    if kind == 0:
        lines *= 2
    elif kind == 1:
        lines.insert(rng.randrange(len(lines)), lines[row])
    elif kind == 2:
        del lines[row:]
    elif kind == 3:
        rng.shuffle(lines)
    elif kind == 4:
        lines = [line.rpartition(",")[0] for line in lines]
    else:
        lines[row] += rng.choice((",", ",,,,", '"', "\r", "," * 100_000, '"' + "x" * 300_000))
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"{path.name} row {row}, {kind}"


def _change_bytes(folder: Path, rng: random.Random, names: Sequence[str] = FILES) -> str:
    """Change, insert or remove some bytes of any file."""
    path = folder / rng.choice(names)
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 3, 50))):
        offset = rng.randrange(len(content))
        kind = rng.randrange(4)
        if kind == 0:
            content[offset] = rng.randrange(256)
        elif kind == 1:
            content[offset:offset] = rng.randbytes(rng.choice((1, 4, 100)))
        elif kind == 2:
            del content[offset : offset + rng.choice((1, 8, 1000))]
        else:
            content[offset] ^= 1 << rng.randrange(8)
        if not content:
            break
    path.write_bytes(content)
    return f"{path.name}: bytes"


def _change_text(folder: Path, rng: random.Random, names: Sequence[str] = FILES) -> str:
    """Put another text in the place of a whole file, or cut it off."""
    path = folder / rng.choice(names)
    content = path.read_bytes()
    new = rng.choice((
        b"", b"\x00" * 1000, b"\n" * 1000, b"\xef\xbb\xbf" + content, content * 2,
        content[: rng.randrange(len(content))],
        b"[" * 1_000_000, b'{"a":' * 100_000, b"{}", b"null", b"1", b'"' + b"x" * 1_000_000, b"," * 1_000_000,
        b"9" * 1_000_000, content.replace(b"\n", b"\r"), content.decode("latin-1").encode("utf-16"), b"\x80\x04K\x01.",
    ))  # fmt: skip
    path.write_bytes(new)
    return f"{path.name} is {new[:20]!r}, {len(new)} bytes"


def _change_arrays(folder: Path, rng: random.Random) -> str:
    """Write a header of arrays that promises what is not there."""
    path = folder / records.WEIGHTS
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    name = rng.choice([name for name in header if name != "__metadata__"])
    key = rng.choice(("dtype", "shape", "data_offsets"))
    header[name][key] = rng.choice({
        "dtype": ("BF16", "F64", "I64", "BOOL", "F8_E4M3", "X", 3),
        "shape": ([], [1] * 100, [0, 2**62], [2**40], [-1], [1.5], "x"),
        "data_offsets": ([0, 0], [0, 2**62], [2**62, 0], [8], "x"),
    }[key])  # fmt: skip
    new = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", rng.choice((len(new), len(new), 2**62))) + new + content[8 + length :])
    return f"{path.name} {name} {key}: {header[name][key]}"


def _replace_file(folder: Path, rng: random.Random, names: Sequence[str] = PLACES) -> str:
    """Put what is no file in the place of one, or nothing at all."""
    path = folder / rng.choice(names)
    path.unlink(missing_ok=True)
    kind = rng.choice(("gone", "folder", "pipe", "device", "loop", "nowhere", "huge", "sweep"))
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to(rng.choice(("/dev/zero", "/dev/random", "/dev/stdin", "/dev/full")))
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "nowhere":
        path.symlink_to("/nowhere/at/all")
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(2**43)
    elif kind == "sweep":
        path.symlink_to(folder.parent)
    return f"{path.name}: {kind}"
