"""frames: faces found, aligned and cropped in every capture that something wanted needs."""

from stages import opened, run_features, tell


def main() -> None:
    from fas.config import load as load_config
    from fas.faces.frames import FramesWorker
    from fas.params import load
    from fas.plan.items import frames_work
    from fas.plan.wanted import Wanted

    params = load()
    wanted = Wanted(params, load_config())
    with opened("frames", "data/frames", params.max_failed) as stage:
        worker = FramesWorker(params.frames, wanted.config.weights)
        run_features(stage, worker, frames_work(wanted), worker.stills())


if __name__ == "__main__":
    tell(main)
