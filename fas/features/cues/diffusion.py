"""The forward noise and the deterministic way back (DDIM with eta 0; paper 001, methods 3.5)."""

from collections.abc import Callable

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Tensor

from fas.features.params import STEPS


def timesteps(t_start: int, grid: int) -> list[int]:
    """The times at which the network is called, from the highest down.

    The schedule of 1000 steps is cut into `grid` equal parts that begin at 1 (fas/features/params.py admits no grid that does not divide
    it); `t_start` 800 on a grid of 50 gives 801, 781, ..., 1. Parts of a single step (a grid of 1000) begin at 0, or the first would lie
    beyond the schedule.
    """
    part = STEPS // grid
    first = _first(grid)
    return [time for time in range((grid - 1) * part + first, first - 1, -part) if time <= t_start + first]


def _first(grid: int) -> int:
    """Where the schedule's parts begin."""
    return 1 if STEPS // grid > 1 else 0


def schedule(grid: int = STEPS, kind: str = "scaled_linear", start: float = 0.00085, end: float = 0.012) -> DDIMScheduler:
    """A noise schedule for calls at `timesteps(..., grid)`: beta goes from `start` to `end`, linearly or (scaled) its root does.

    The defaults are Stable Diffusion's. The last call removes all noise (gamma_0 = 0 in the paper's equations), so that a perfect network
    gives the latent back exactly.
    """
    scheduler = DDIMScheduler(
        num_train_timesteps=STEPS,
        beta_start=start,
        beta_end=end,
        beta_schedule=kind,
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=_first(grid),
        timestep_spacing="leading",
    )
    scheduler.set_timesteps(grid)
    return scheduler


def noised(latents: Tensor, noise: Tensor, t_start: int, grid: int, scheduler: DDIMScheduler) -> Tensor:
    """The latents at the first of `timesteps(t_start, grid)`; pure noise for `t_start` 1000."""
    if t_start == STEPS:
        return noise
    first = torch.full((len(latents),), timesteps(t_start, grid)[0], device=latents.device)
    return scheduler.add_noise(latents, noise, first)  # type: ignore[arg-type]


def denoised(latents: Tensor, predict: Callable[[Tensor, Tensor], Tensor], times: list[int], scheduler: DDIMScheduler) -> Tensor:
    """Follow DDIM from `times[0]` to no noise. `predict(latents, time)` is the network's estimate of the noise in them.

    It is handed the time as a tensor () on the latents' device: of numbers a compiled network would take each for another constant.
    """
    for time, handed in zip(times, torch.tensor(times, device=latents.device), strict=True):
        latents = scheduler.step(predict(latents, handed), time, latents, eta=0.0, return_dict=False)[0]
    return latents
