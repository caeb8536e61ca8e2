"""train: every wanted run of one method (`python -m stages.train lgsc`): the training, then the scores of all its clips."""

import sys

from stages import opened, tell


def main(name: str = "") -> None:
    from fas.config import load as load_config
    from fas.items.item import OK
    from fas.methods import method
    from fas.params import load
    from fas.plan.index import Index
    from fas.plan.run_items import fit_item, score_item
    from fas.plan.wanted import Wanted
    from fas.runs import FitWorker, ScoreWorker

    method(name)
    params = load()
    wanted = Wanted(params, load_config())
    runs = [run for run in wanted.ready if run.method == name]
    sources = {feature: Index.read(feature) for run in runs for feature in wanted.inputs(run)}
    with opened(f"train_{name}", f"runs/{name}", params.max_failed) as stage:
        fits = stage.run(FitWorker(name), [fit_item(wanted, run, sources) for run in runs])
        fitted = [(run, row) for run, row in zip(runs, fits, strict=True) if row.record.status == OK]
        scores = [score_item(wanted, run, sources, stage.folder / row.item.folder, row.record.digest) for run, row in fitted]
        stage.run(ScoreWorker(name), scores)


if __name__ == "__main__":
    tell(main, *sys.argv[1:2])
