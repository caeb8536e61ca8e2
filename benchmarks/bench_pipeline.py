"""What the pipeline costs around the work itself, on a copy of this project in a temporary folder:

- one capture added to 200: the frames stage's time against the time of all 200, and the items computed
- a `dvc repro` that has nothing to do, against DVC's own on as many stages that do nothing

    python -m benchmarks.bench_pipeline [--captures 200]
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

from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captures", type=int, default=200)
    captures = parser.parse_args().captures
    with tempfile.TemporaryDirectory(prefix="fas-bench-") as temporary:
        folder = Path(temporary)
        project = copy_project(folder / "project")
        clips = simulated_clips(project)
        office = folder / "office"
        for number in range(captures):
            add_capture(office, clips[number % len(clips)], number)
        first = extract(project, office)
        add_capture(office, clips[0], captures)
        second = extract(project, office)
        print(f"all of {captures} captures: {first['seconds']:.1f} s, computed {first['computed']}")
        print(f"one capture added: {second['seconds']:.1f} s, computed {second['computed']}, reused {second['reused']}")
        print(f"ratio {second['seconds'] / first['seconds']:.3f}")
        ours, bare = no_op(project, bare_dvc(folder / "bare", stages=len(YAML(typ="safe").load(project / "dvc.yaml")["stages"])))
        print(f"no-op dvc repro: ours {ours:.2f} s, as many empty stages {bare:.2f} s, ratio {ours / bare:.2f}")


def copy_project(folder: Path) -> Path:
    """A git and DVC repository with this project's files and the tiny preset, extracting one dataset's frames and no table."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, folder / name)
    run(folder, "git", "init", "-q")
    yaml = YAML(typ="safe", pure=True)
    params = yaml.load(folder / "presets" / "tiny.yaml")
    params["tables"] = ["demo"]
    yaml.dump(params, folder / "params.yaml")
    return folder


def simulated_clips(project: Path) -> list[Path]:
    """The readable simulated captures of the project, made by its own simulate stage."""
    run(project, "dvc", "repro", "-q", "-s", "simulate")
    yaml = YAML(typ="safe", pure=True)
    params = yaml.load(project / "params.yaml")
    params["tables"] = []
    params["datasets"] = {"office": {"adapter": "folder", "collection": "real"}}
    params["extract"] = {"office": ["frames"]}
    yaml.dump(params, project / "params.yaml")
    clips = sorted(path for path in (project / "data/simulated/sim_faces").rglob("*.m*") if path.stat().st_size > 10_000)
    kept = project.parent / "clips"
    kept.mkdir()
    return [Path(shutil.copy(path, kept / f"{number}{path.suffix}")) for number, path in enumerate(clips)]


def add_capture(office: Path, clip: Path, number: int) -> None:
    """A capture of its own: the clip with a few bytes behind its end, which players pass over."""
    target = office / "train" / "live" / f"person{number}" / f"clip{clip.suffix}"
    target.parent.mkdir(parents=True)
    target.write_bytes(clip.read_bytes() + f"capture {number}".encode())


def extract(project: Path, office: Path) -> dict[str, float]:
    """Scan the folder, run the frames stage, and return what it says of itself."""
    run(project, "fas", "scan", "folder", str(office), "--name", "office", "--out", "data/manifests/office.csv")
    run(project, "dvc", "repro", FAS_ROOT_OFFICE=str(office))
    said: dict[str, float] = json.loads((project / ".fas/last/frames.json").read_text())
    return said


def bare_dvc(folder: Path, stages: int) -> Path:
    """A DVC project with a chain of stages that copy a file."""
    folder.mkdir()
    run(folder, "git", "init", "-q")
    run(folder, "dvc", "init", "-q")
    (folder / "0").write_text("start")
    chain = {f"s{n}": {"cmd": f"cp {n} {n + 1}", "deps": [str(n)], "outs": [str(n + 1)]} for n in range(stages)}
    YAML().dump({"stages": chain}, folder / "dvc.yaml")
    run(folder, "dvc", "repro", "-q")
    return folder


def no_op(ours: Path, bare: Path, runs: int = 3) -> tuple[float, float]:
    """Median seconds of a `dvc repro` that has nothing to do, in turn in both folders."""
    times: dict[Path, list[float]] = {ours: [], bare: []}
    for _ in range(runs):
        for folder, spent in times.items():
            start = time.perf_counter()
            run(folder, "dvc", "repro", "-q")
            spent.append(time.perf_counter() - start)
    medians = [sorted(spent)[runs // 2] for spent in times.values()]
    return medians[0], medians[1]


def run(folder: Path, *command: str, **variables: str) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
