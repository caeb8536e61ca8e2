"""residuals: what every cue maker reconstructs of the faces; the residual x - reconstruction is taken where it is used."""

from stages import opened, run_features, tell


def main() -> None:
    from fas.config import load as load_config
    from fas.features.residuals import ResidualsWorker
    from fas.params import load
    from fas.plan.index import Index
    from fas.plan.items import cue_folder, residual_work
    from fas.plan.wanted import Wanted

    params = load()
    wanted = Wanted(params, load_config())
    with opened("residuals", "data/residuals", params.max_failed) as stage:
        for cue in wanted.cues:
            sources = {feature: Index.read(feature) for feature in wanted.cue_inputs(cue)}
            worker = ResidualsWorker(cue, params.cue(cue), cue_folder(cue), params.residuals, params.identity.frames)
            run_features(stage, worker, residual_work(wanted, cue, sources))


if __name__ == "__main__":
    tell(main)
