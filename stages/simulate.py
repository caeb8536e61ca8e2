"""simulate: the embedded default. Simulated attacks on real faces, as video files in official folder layouts, with their manifests."""

from stages import opened, tell


def main() -> None:
    from fas.config import load as load_config
    from fas.params import load
    from fas.plan.items import simulate_items
    from fas.plan.wanted import Wanted
    from fas.simulate.build import write_side_files
    from fas.simulate.render import SimulateWorker

    params = load()
    items = simulate_items(Wanted(params, load_config()))
    with opened("simulate", "data/simulated", params.max_failed) as stage:
        stage.run(SimulateWorker(params.simulate), items)
        adapters = {name: dataset.adapter for name, dataset in params.datasets.items() if dataset.collection == "simulated"}
        write_side_files(params.simulate, adapters if items else {}, stage.folder)


if __name__ == "__main__":
    tell(main)
