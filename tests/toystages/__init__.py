"""A toy pipeline of three stages on the real item engine, with fake workers: what the engine's tests run.

    a  every capture's raw text -> data/a/<name>.bin     (the text is in the manifest as well: its content)
    b  data/a -> data/b, per capture
    c  data/b -> runs/<run>/: a fit on the captures `train*`, then its scores of all captures

Environment: TOY_RAW (folder of the raw texts), TOY_LOG (a line for every call that computed), TOY_SLEEP (seconds per call).
"""
