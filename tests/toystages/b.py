"""Every capture's features: they depend on the bytes that stage a made."""

from fas.items.engine import Stage
from fas.items.item import Item
from toystages.common import finished, params, tell
from toystages.worker import Toy


def main() -> None:
    items = [Item(name, {"clip": name}, {"a": digest}, (name, file), file=f"{name}.bin") for name, digest, file in finished("data/a")]
    with Stage("b", "data/b") as stage:
        stage.run(Toy("b", **params("b")), items)


if __name__ == "__main__":
    tell(main)
