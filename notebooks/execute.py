#!/usr/bin/env python3
"""Runs the main job on the sample and executes every notebook on what it wrote: warnings are errors, and the notebooks
hold the numbers they show against metrics.json and report.json.

    python3 notebooks/execute.py [--churn target/release/churn] [--into FOLDER]

Needs Python 3.10 or newer with its venv module; the packages of requirements.txt are installed into notebooks/.venv once. The
notebooks themselves are left as they are, without outputs; --into writes executed copies, with their pictures.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
VENV = HERE / ".venv"
REQUIREMENTS = HERE / "requirements.txt"
# What test programs end with where they cannot run: the packages cannot be had.
NOT_HERE = 77
NOTEBOOKS = sorted(HERE.glob("[0-9]-*.ipynb"))


def python_of_venv() -> Path:
    """The interpreter with the packages; they are installed where they are missing or others are asked for now."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = VENV / "installed.txt"
    wanted = REQUIREMENTS.read_text()
    if not (python.exists() and stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(VENV, ignore_errors=True)
        for step in ([sys.executable, "-m", "venv", str(VENV)], [str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)]):
            if subprocess.run(step).returncode:
                print(f"the packages of {REQUIREMENTS.name} cannot be installed here", file=sys.stderr)
                sys.exit(NOT_HERE)
        stamp.write_text(wanted)
    return python


def execute(project: Path, into: Path | None) -> None:
    """Executes the notebooks; run by the interpreter with the packages."""
    import nbclient
    import nbformat

    os.environ["CHURN_PROJECT"] = str(project)
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None):
                sys.exit(f"{path.name}: expected a notebook without outputs; clear them before committing")
        strict = nbformat.v4.new_code_cell("import warnings\nwarnings.simplefilter('error')")
        # The kernel's own warnings at its end are not the notebook's.
        lax = nbformat.v4.new_code_cell("warnings.simplefilter('ignore')")
        notebook.cells = [strict, *notebook.cells, lax]
        started = time.monotonic()
        try:
            nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(HERE))
        except nbclient.exceptions.CellExecutionError as error:
            sys.exit(f"{path.name}: {error}")
        print(f"{path.name}: as it should be ({time.monotonic() - started:.0f} s)", flush=True)
        if into:
            notebook.cells = notebook.cells[1:-1]
            nbformat.write(notebook, into / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--churn", default=str(ROOT / "target/release/churn"), help="the program (default: %(default)s)")
    parser.add_argument("--into", type=Path, help="a folder for the executed notebooks, with their pictures")
    parser.add_argument("--project", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.project:
        execute(arguments.project, arguments.into)
        return
    churn = shutil.which(arguments.churn)
    if not churn:
        sys.exit(f"{arguments.churn}: no such program; build it first: cargo build --release --locked")
    python = python_of_venv()
    with tempfile.TemporaryDirectory(prefix="churn-notebooks-") as folder:
        project = Path(folder) / "sample"
        shutil.copytree(ROOT / "data/sample", project, ignore=shutil.ignore_patterns("out", "models"))
        subprocess.run([churn, "run", str(project), "--quiet"], check=True, stdout=subprocess.DEVNULL)
        if arguments.into:
            arguments.into.mkdir(parents=True, exist_ok=True)
        into = ["--into", str(arguments.into.resolve())] if arguments.into else []
        subprocess.run([str(python), __file__, "--project", str(project), *into], check=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{json.dumps(error.cmd)} failed with {error.returncode}")
