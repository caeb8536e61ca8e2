"""Parameters against time of the networks, as a picture."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from fas.report.style import CURVES, look, save


def draw(cells: pd.DataFrame, path: Path) -> None:
    """Write a PNG: a point per network with the quartiles of its time, on logarithmic axes. `cells`: fas/tables/complexity.py."""
    sizes = cells[cells["column"] == "network parameters"].set_index("row")["value"]
    times = cells[cells["column"] == "network time per frame"].set_index("row")
    with look():
        figure = Figure(figsize=(5.2, 3.6))
        axes = figure.add_subplot()
        for number, (name, size) in enumerate(sizes.items()):
            time = times.loc[name]
            error = [[time["value"] - time["low"]], [time["high"] - time["value"]]]
            colour = CURVES[number % len(CURVES)]
            axes.errorbar(size, time["value"], yerr=error, fmt="o", color=colour, capsize=3)
            axes.annotate(str(name), (size, time["value"]), xytext=(6, 4), textcoords="offset points", color=colour)
        axes.set(xscale="log", yscale="log", xlabel="trainable parameters, million", ylabel="time per frame, ms")
        axes.set_title(cells["machine"].iloc[0], loc="right", fontsize=7, color="#777777")
        axes.margins(x=0.25, y=0.15)
        save(figure, path)
