"""From scores to reports/: tables, metrics.json, figures and index.html.

params.py      the section `report` of params.yaml
sources.py     what the pipeline left: scores, configs, histories, features, failures
views.py       a table's rows on one protocol: what the figures and the page show of them
trained.py     a run's model, for cue maps, features and the method's own figures
style.py       how figures look, and PNG files with the same bytes for the same picture
curves.py      ROC and DET curves          histograms.py  scores by class      training.py  training histories
embedding.py   t-SNE of features           panels.py      face, flow, reconstruction, residual and cue map of a clip
cue_makers.py  what several cue makers make of the same clips
gallery.py     clips of every class        worst.py       the live clips and attacks that are most wrong
figures.py     the figures of one table
background.py  runs, captures, failures    learned.py     the faces that cue makers learned from
album.py       pictures inside index.html  content.py     the data inside index.html
page.py, web/  index.html
build.py       all of it
"""
