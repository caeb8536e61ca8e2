"""Every wanted run: a fit that depends on the captures `train*`, then scores that depend on the model and all captures."""

from fas.items.engine import Stage
from fas.items.item import Item
from toystages.common import finished, params, tell
from toystages.worker import Toy


def main() -> None:
    wanted = params("c")
    captures = finished("data/b")
    train = [digest for name, digest, _ in captures if name.startswith("train")]
    with Stage("c", "runs") as stage:
        fits = [
            Item(f"{run}/fit", {"run": run}, {"run": run, "train": train}, (run, run + "".join(train)), folder=run)
            for run in wanted["runs"]
        ]
        models = stage.run(Toy("fit", gain=wanted["gain"], file="model.bin", cpus=0), fits)
        scores = []
        for row in models:
            run = row.item.folder
            inputs = [row.record.digest, *(digest for _, digest, _ in captures)]
            scores.append(Item(f"{run}/score", {"run": run}, {"clips": inputs}, (run, "".join(inputs)), folder=run))
        stage.run(Toy("score", file="scores.bin"), scores)


if __name__ == "__main__":
    tell(main)
