"""runs: every method on every normal class, an item each."""

from pathlib import Path

from stages import opened, tell
from stages.one_class import PARAMS, SCORES


def main() -> None:
    from fas.config import load as load_config
    from fas.one_class.params import load
    from fas.one_class.worker import OneClassWorker, items

    todo = items(load(Path(PARAMS)), load_config())
    with opened("one_class", SCORES, 0.0) as stage:
        stage.run(OneClassWorker(), todo)


if __name__ == "__main__":
    tell(main)
