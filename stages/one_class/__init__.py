"""The one-class experiment (paper 003, table 2), a pipeline of its own; see README.md here."""

PARAMS = "stages/one_class/params.yaml"
DATA = "stages/one_class/data.json"
SCORES = "stages/one_class/scores"
REPORTS = "stages/one_class/reports"
