"""What methods that train across domains share; a clip's domain is its dataset's letter (fas/clips.py).

params.py    the parameters they all have: backbone, view, batch, scoring
views.py     what a network is handed of a face: the image, and the residual of the same frame
batches.py   so many live and attack clips of each domain in every batch
reversal.py  gradient reversal and its schedule
rates.py     schedules of the learning rate
scoring.py   clips through a trained network: scores, features
training.py  the course of a training, from random weights to the files of a model
"""
