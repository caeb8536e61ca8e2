"""From scores to reports/: tables, metrics.json, figures and index.html.

sources.py     what the pipeline left: scores, configs, histories, features, failures
style.py       how figures look, and PNG files with the same bytes for the same picture
curves.py      ROC curves and score histograms
training.py    training histories
gallery.py     pictures of clips: face, flow, reconstruction, residual, cue map
page.py        index.html
build.py       all of it
"""

from fas.report.build import report
from fas.report.sources import Sources

__all__ = ["Sources", "report"]
