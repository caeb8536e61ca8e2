"""flow: optical flow between the paired frames of every clip that something wanted needs."""

from stages import opened, run_features, tell


def main() -> None:
    from fas.config import load as load_config
    from fas.features.flow import FlowWorker
    from fas.params import load
    from fas.plan.index import Index
    from fas.plan.items import feature_work
    from fas.plan.wanted import Wanted

    params = load()
    work = feature_work(Wanted(params, load_config()), "flow", Index.read("frames"))
    with opened("flow", "data/flow", params.max_failed) as stage:
        run_features(stage, FlowWorker(params.flow), work)


if __name__ == "__main__":
    tell(main)
