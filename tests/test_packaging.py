"""The wheel, installed where nothing of the checkout is."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TINY = ["max_sequences=128", "evaluate_every=64", "test_sequences=20", "trials=2"]

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """What a command writes, from a folder and with none of this process's paths."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    finished = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def bin_folder(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel, and with this one's libraries behind it."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


@pytest.fixture
def empty(tmp_path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_the_wheel_holds_the_packages_and_the_options(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    options = {str(path.relative_to(ROOT / "conf")) for path in (ROOT / "conf").rglob("*.yaml")}
    assert {name.removeprefix("seqmem/conf/") for name in names if name.startswith("seqmem/conf/")} == options
    assert {"seqmem/tasks/row_digits.npz", "seqmem/py.typed", "multirun_analysis/py.typed"} <= set(names)
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {
        "seqmem", "multirun_analysis", "hydra_plugins",
    }  # fmt: skip


def test_the_package_that_runs_is_the_wheels(bin_folder, empty):
    path = run(bin_folder / "python", "-c", "import seqmem; print(seqmem.__file__)", cwd=empty)
    assert Path(path.strip()).is_relative_to(bin_folder.parent)


def test_a_sweep_and_its_analysis_run_from_an_empty_folder(bin_folder, empty):
    run(bin_folder / "seqmem-train", "-m", "model=rnn,lstm", "hidden=2", *TINY, cwd=empty)
    run(bin_folder / "seqmem-train", "task=row_digits", *TINY, cwd=empty)
    table = run(bin_folder / "seqmem-analysis", "multirun/recall", cwd=empty)
    assert "lstm" in table
    assert (empty / "multirun" / "recall" / "analysis" / "report.html").exists()


def test_seqmem_alone_shows_its_two_commands_and_the_table(bin_folder, empty):
    shown = run(bin_folder / "seqmem", cwd=empty)
    assert shown.count("$ python -m ") == 2
    assert "Best: lstm hidden=10 solved 10 of 10 trials" in shown


def test_a_finished_job_is_run_again_by_the_script(bin_folder, empty):
    run(bin_folder / "seqmem-train", "hidden=2", "hydra.run.dir=job", *TINY, cwd=empty)
    assert "The same bytes" in run(bin_folder / "seqmem-reproduce", "job", cwd=empty)


def test_types_are_found_where_the_wheel_is_installed(bin_folder, empty):
    """A mistake in the use of seqmem is seen by a type checker that reads the installed package alone."""
    (empty / "use.py").write_text('import seqmem\n\nseqmem.Optimizer(lr="fast")\n')
    command = [sys.executable, "-m", "mypy", "--python-executable", str(bin_folder / "python"), "use.py"]
    checked = subprocess.run(command, cwd=empty, capture_output=True, text=True)
    assert 'Argument "lr" to "Optimizer" has incompatible type "str"' in checked.stdout


def test_options_of_ones_own_are_found_beside_the_wheels(bin_folder, empty):
    option = empty / "mine" / "model" / "wide.yaml"
    option.parent.mkdir(parents=True)
    option.write_text("_target_: seqmem.cells.GRU\nembedding_size: 3\n")
    out = run(bin_folder / "seqmem-train", "--config-dir", "mine", "model=wide", "--cfg", "job", cwd=empty)
    assert "embedding_size: 3" in out
