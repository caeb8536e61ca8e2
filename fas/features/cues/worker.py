"""The cues stage's work: the training of one cue maker."""

from pathlib import Path
from typing import Any

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues import cue
from fas.features.cues.base import CONFIG, CueFit, CueParams
from fas.features.cues.facing import depends, facing
from fas.files import write_json


class CueWorker:
    """Writes model.safetensors, history.csv and config.json.

    config.json holds `cue` (the maker: variants that differ in how they reconstruct share a training), `version`, `params`, `clips`, with
    a pose filter `pose` (dataset -> frames `kept` and `left_out`), and what the cue maker adds.
    """

    cpus = 0

    def __init__(self, name: str, params: CueParams, identity_frames: int | None) -> None:
        self.cue = cue(name)
        self.params = params
        self.identity_frames = identity_frames
        self.name = f"cue/{self.cue.name}"
        self.version = self.cue.version

    def depends(self) -> dict[str, Any]:
        """The parameters that a training depends on, how poses are measured if they are, and `identity.frames`."""
        return self.params.effective() | depends(self.params) | {"identity_frames": self.identity_frames}

    def setup(self, runtime: Runtime) -> None:
        """Note the runtime; `work` loads what is heavy.

        Raises:
            UserError: a file of the user's that the training starts from is missing.
        """
        self.cue.check(self.params, dict(runtime.weights))
        self.runtime = runtime

    def work(self, task: tuple[Clip, ...], out: Path, scratch: Path) -> None:
        """Train on the clips and write the model's folder.

        Raises:
            UserError: an attack among them, no clip, none that the pose filter leaves a face of, or what the cue maker's `fit` refuses.
        """
        attacks = [clip for clip in task if not clip.live]
        if attacks:
            raise UserError(f"cue maker '{self.cue.name}' is trained on live faces alone: {attacks[0].dataset} {attacks[0].clip} is none")
        if not task:
            raise UserError(f"cue maker '{self.cue.name}' has no live clips to be trained on (params.yaml: cues.{self.cue.name}.faces)")
        clips, pose = facing(task, self.params, self.identity_frames)
        if not clips:
            where = f"params.yaml: cues.{self.cue.name}.max_yaw, max_pitch"
            raise UserError(f"cue maker '{self.cue.name}': its pose filter leaves no face in any of {len(task)} clips ({where})")
        notes = self.cue.load().fit(CueFit(self.params, clips, out, scratch, self.runtime))
        card = {"cue": self.cue.name, "version": self.version, "params": self.params.effective(), "clips": len(clips), **pose}
        write_json(out / CONFIG, {**card, **notes})
