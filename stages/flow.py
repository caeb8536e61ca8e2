"""flow: optical flow between the paired frames of every clip that something wanted needs."""

from stages import opened, tell


def main() -> None:
    from fas.config import load as load_config
    from fas.features.flow import FlowWorker
    from fas.params import load
    from fas.plan.items import Index, feature_items
    from fas.plan.wanted import Wanted

    params = load()
    items = feature_items(Wanted(params, load_config()), "flow", Index.read("frames"))
    with opened("flow", "data/flow", params.max_failed) as stage:
        stage.run(FlowWorker(params.flow), items)


if __name__ == "__main__":
    tell(main)
