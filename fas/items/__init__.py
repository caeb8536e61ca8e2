"""The item engine: a stage's work in small units, each computed once and never again.

An **item** (a capture, a training, a scoring) has a *key*: a digest of everything its result depends on and of nothing else.
Before computing, results with the same key are looked for in

1. the crash journal (finished items of a stage that did not end),
2. the stage's own previous output, through dvc.lock, in the cache or the remote,
3. the ledger beside the DVC cache (every item ever finished on this machine, by the md5 of its files).

    item.py     Item, Record and the key              store.py    where finished items are remembered and found
    worker.py   what a worker must offer              perform.py  one item computed, atomically
    engine.py   a stage: reuse, compute, index        guard.py    one owner per output; no orphans
    dvc.py      cache objects, links, remote
"""
