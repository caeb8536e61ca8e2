"""report: AUC per method and class, the table beside the published numbers, figures."""

import shutil
from pathlib import Path

from stages import tell
from stages.one_class import PARAMS, REPORTS, SCORES


def main() -> None:
    from fas.config import load as load_config
    from fas.one_class.params import load
    from fas.one_class.report import line, report

    shutil.rmtree(REPORTS, ignore_errors=True)
    cells = report(load(Path(PARAMS)), load_config(), Path(SCORES), Path(REPORTS))
    print(line(cells), flush=True)


if __name__ == "__main__":
    tell(main)
