"""Every capture's raw text."""

from fas.items.engine import Stage
from fas.items.item import Item
from toystages.common import manifest, params, raw, tell
from toystages.worker import Toy


def main() -> None:
    items = [Item(name, {"clip": name}, {"content": content}, (name, raw(name)), file=f"{name}.bin") for name, content in manifest()]
    with Stage("a", "data/a", max_failed=0.5) as stage:
        stage.run(Toy("a", **params("a")), items)


if __name__ == "__main__":
    tell(main)
