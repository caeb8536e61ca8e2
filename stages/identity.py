"""identity: ArcFace-style embeddings and pre-pooling maps of the aligned faces."""

from stages import opened, run_features, tell


def main() -> None:
    from fas.config import load as load_config
    from fas.features.embeddings import write_embeddings
    from fas.features.identity import IdentityWorker
    from fas.params import load
    from fas.plan.index import Index
    from fas.plan.items import feature_work
    from fas.plan.wanted import Wanted

    params = load()
    work = feature_work(Wanted(params, load_config()), "identity", Index.read("frames"))
    with opened("identity", "data/identity", params.max_failed) as stage:
        rows = run_features(stage, IdentityWorker(params.identity), work)
        write_embeddings(stage.folder, rows)


if __name__ == "__main__":
    tell(main)
