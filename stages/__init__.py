"""The stages of dvc.yaml, one file each: read parameters, ask the plan for items, run them, write. No logic lives here.

Run as modules (`python -m stages.frames`): only so does an experiment in a folder of its own import its own code.
"""

import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
if "OMP_WAIT_POLICY" not in os.environ:  # torch's threads wait spinning and starve each other where others compute: not for long, then
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fas.items.engine import Row, Stage
    from fas.items.worker import ArraysWorker
    from fas.plan.items import Work


def tell(main: Callable[..., Any], *arguments: Any) -> None:
    """Run a stage's `main`; an error that a person can mend is one line on stderr and exit code 2."""
    try:
        from fas.errors import UserError
    except ImportError as error:
        _refuse_environment(error)
    try:
        main(*arguments)
    except ImportError as error:
        _refuse_environment(error)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted: finished items are kept for the next run", file=sys.stderr)
        sys.exit(130)


def _refuse_environment(error: ImportError) -> NoReturn:
    print(f"error: {error.name or error} is not installed for {sys.executable} (source .venv/bin/activate)", file=sys.stderr)
    sys.exit(2)


@contextmanager
def opened(name: str, output: str, max_failed: float) -> "Iterator[Stage]":
    """The stage `name` writing `output`, with the user's settings. `FAS_REUSE=0` computes everything anew.

    Raises:
        UserError: several processes were launched as one stage, or what `Stage` refuses.
    """
    from fas.config import load
    from fas.errors import UserError
    from fas.items.engine import Stage

    if os.environ.get("WORLD_SIZE", "") not in ("", "1"):  # as `accelerate launch` and `torchrun` tell their processes
        raise UserError(f"stage {name}: a stage is one process and cannot be launched as several (docs/running.md, Several GPUs)")

    with Stage(name, output, max_failed, load(), reuse=os.environ.get("FAS_REUSE", "1") != "0") as stage:
        yield stage


def run_features(stage: "Stage", worker: "ArraysWorker", work: "Work", stills: "ArraysWorker | None" = None) -> "list[Row]":
    """The items of a feature, those that are one capture and those that are many still images (by the worker `stills` if there is one).

    May be called once per cue maker.
    """
    from fas.items.bundle import BundleWorker

    return [*stage.run(worker, work.single), *stage.run(BundleWorker(stills or worker), work.bundles)]
