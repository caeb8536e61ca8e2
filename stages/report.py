"""report: the tables, figures and metrics of everything that is wanted, in `reports/`."""

import shutil
from pathlib import Path

from stages import tell


def main() -> None:
    from rich.console import Console

    from fas.config import load as load_config
    from fas.params import load
    from fas.plan.wanted import Wanted
    from fas.report.build import report
    from fas.report.sources import Sources
    from fas.tables.measured import measured_tables

    params = load()
    wanted = Wanted(params, load_config())
    out = Path("reports")
    shutil.rmtree(out, ignore_errors=True)
    report(out, wanted.tables, Sources.of(wanted), params.report, Console(), measured_tables())


if __name__ == "__main__":
    tell(main)
