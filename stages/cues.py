"""cues: the cue makers (the de-fake generator and its kin), each trained once on live faces of people who appear nowhere else."""

from stages import opened, tell


def main() -> None:
    from fas.config import load as load_config
    from fas.features.cues.worker import CueWorker
    from fas.params import load
    from fas.plan.index import Index
    from fas.plan.items import cue_items
    from fas.plan.wanted import Wanted

    params = load()
    wanted = Wanted(params, load_config())
    with opened("cues", "models/cues", params.max_failed) as stage:
        for cue in wanted.cues:
            sources = {feature: Index.read(feature) for feature in wanted.cue_inputs(cue)}
            stage.run(CueWorker(cue, params.cue(cue), params.identity.frames), cue_items(wanted, cue, sources))


if __name__ == "__main__":
    tell(main)
