"""Faces a second of the generator that the residuals stage calls: in batches, beside a plain loop over one face at a time, in one run.

    python -m benchmarks.bench_residuals [--faces 16] [--rounds 3] [--threads 1] [--device cpu] [--precision fp32] [--preset params.yaml]
        [--shape sd15]

Both redraw the same faces with the same noise and the same networks of random weights (a trained network costs as much); both take turns.
What the stage does around it is not timed: no reading, masking or writing. The plain loop is what one writes first: encode, noise, one
U-Net call per time step, decode, face after face. On a GPU it is also said which share of the device's matrix-multiply limit our networks
reach: their floating-point operations, as torch counts them, per second, over those of one large product in the same precision and run.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from fas.config import Runtime
from fas.features.cues.dfg.condition import condition
from fas.features.cues.dfg.cue import Generator
from fas.features.cues.dfg.networks import build_autoencoder, build_unet
from fas.features.cues.dfg.params import DfgParams
from fas.features.cues.diffusion import noised, timesteps
from fas.features.cues.pictures import mixed, noise, shrunk, to_pictures
from fas.params import load
from fas.schema import parse

TOKENS, CHANNELS = 49, 512
SIDE = 8192  # of the matrices whose product is the limit
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

Redraw = Callable[[np.ndarray, np.ndarray, list[int]], np.ndarray]


def plain(generator: Generator, faces: np.ndarray, maps: np.ndarray, seeds: list[int]) -> np.ndarray:
    """One face after the other, (F,h,w,3) uint8."""
    found = []
    settings = generator.residuals
    for face, tokens, seed in zip(faces, maps, seeds, strict=True):
        with torch.inference_mode(), mixed(generator.device, generator.precision):
            picture = shrunk(face[None], generator.params.size).to(generator.device)
            latent = generator.autoencoder.encode(picture).latent_dist.mean.float() * generator.scale
            given = condition(tokens[None], 1, generator.width, generator.params.unet.unit_tokens).to(generator.device)
            drawn = noise(latent.shape[1:], [seed]).to(generator.device)
            latent = noised(latent, drawn, settings.t_start, settings.grid, generator.schedule)
            for step in timesteps(settings.t_start, settings.grid):
                predicted = generator.unet(latent, step, given).sample.float()
                latent = generator.schedule.step(predicted, step, latent, eta=0.0, return_dict=False)[0]
            found.append(to_pictures(generator.autoencoder.decode(latent / generator.scale).sample).cpu().numpy())
    return np.concatenate(found)


def seconds(redraw: Redraw, *inputs: object) -> float:
    """How long one turn takes; the result comes back to the CPU, so a GPU has finished."""
    start = time.perf_counter()
    redraw(*inputs)  # type: ignore[arg-type]
    return time.perf_counter() - start


def matmul_limit(device: torch.device, precision: str, times: int = 20) -> float:
    """Floating-point operations a second of one large matrix product."""
    one = torch.randn(SIDE, SIDE, device=device, dtype=_DTYPES[precision])
    one @ one
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(times):
        one @ one
    torch.cuda.synchronize()
    return 2 * SIDE**3 * times / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each")
    parser.add_argument("--batch", type=int, help="faces at once (default: the file's)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32", choices=list(_DTYPES))
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--preset", default="params.yaml", help="the file whose sizes are taken")
    parser.add_argument("--shape", choices=["own", "sd15"], help="of the networks (default: the file's)")
    options = parser.parse_args()
    params = load(Path(options.preset))
    section = params.cue("dfg")
    section = parse(DfgParams, section.model_dump() | ({"shape": options.shape} if options.shape else {}), options.preset)
    residuals = section.sampled(params.residuals)
    residuals = residuals.model_copy(update={"batch": options.batch or residuals.batch})
    torch.manual_seed(0)
    runtime = Runtime(options.device, options.threads, options.precision, compile=options.compile)
    with torch.device(options.device):
        generator = Generator(build_autoencoder(section), build_unet(section), section, residuals, runtime)
    random = np.random.default_rng(0)
    faces = random.integers(0, 256, (options.faces, params.frames.size, params.frames.size, 3), dtype=np.uint8)
    maps = random.normal(size=(options.faces, TOKENS, min(CHANNELS, generator.width))).astype(np.float16)
    report(generator, faces, maps, options.rounds)


def report(generator: Generator, faces: np.ndarray, maps: np.ndarray, rounds: int) -> None:
    """Both in turn; medians of the turns, and of the ratios of neighbouring turns."""
    seeds = list(range(len(faces)))
    ways: dict[str, Redraw] = {"plain": lambda *inputs: plain(generator, *inputs), "ours": generator}
    first = {name: redraw(faces, maps, seeds).astype(int) for name, redraw in ways.items()}  # warms up as well
    took: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        for name in list(ways)[:: -1 if turn % 2 else 1]:
            took[name].append(seconds(ways[name], faces, maps, seeds))
    settings = generator.residuals
    calls = len(timesteps(settings.t_start, settings.grid))
    print(f"{len(faces)} faces of {generator.params.size} px, {calls} U-Net calls, batches of {settings.batch}, {generator.device}")
    print(f"grey levels by which the two differ: {np.abs(first['plain'] - first['ours']).max()} at most")
    for name, turns in took.items():
        print(f"{name:6}{len(faces) / median(turns):8.2f} faces a second")
    ratios = sorted(a / b for a, b in zip(took["plain"], took["ours"], strict=True))
    print(f"ours is {median(ratios):.2f} times as fast ({ratios[0]:.2f} ... {ratios[-1]:.2f}), median of the ratios turn by turn")
    if generator.device.type == "cuda":
        with FlopCounterMode(display=False) as counter:
            generator(faces, maps, seeds)
        share = counter.get_total_flops() / median(took["ours"]) / matmul_limit(generator.device, generator.precision)
        print(f"share of the matrix-multiply limit: {100 * share:.1f} %")


if __name__ == "__main__":
    main()
