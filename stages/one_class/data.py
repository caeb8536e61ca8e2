"""data: a digest of the images of each dataset, so that a replaced file or another root is noticed."""

from pathlib import Path

from stages import tell
from stages.one_class import DATA, PARAMS


def main() -> None:
    from fas.config import load as load_config
    from fas.files import write_json
    from fas.one_class.data import read, source
    from fas.one_class.params import load

    params, config = load(Path(PARAMS)), load_config()
    write_json(Path(DATA), {dataset: read(source(dataset, params, config)).digest for dataset in params.datasets})


if __name__ == "__main__":
    tell(main)
