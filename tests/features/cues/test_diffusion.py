import pytest
import torch
from torch._dynamo.testing import CompileCounter

from fas.features.cues.diffusion import denoised, noised, schedule, timesteps


def test_the_papers_grid() -> None:
    times = timesteps(800, 50)
    assert times == list(range(801, 0, -20))
    assert len(times) == 41
    assert timesteps(1000, 50)[0] == 981
    assert [len(timesteps(t_start, 50)) for t_start in (1000, 800, 600, 400, 200)] == [50, 41, 31, 21, 11]


def test_the_default_grid() -> None:
    assert timesteps(400, 10) == [401, 301, 201, 101, 1]


@pytest.mark.parametrize("grid", [1, 8, 10, 50, 1000])
def test_the_grid_is_the_schedulers(grid: int) -> None:
    assert timesteps(1000, grid) == schedule(grid).timesteps.tolist()


def test_every_start_ends_at_one() -> None:
    assert all(timesteps(t_start, 10)[-1] == 1 for t_start in (1, 99, 100, 777))


def test_stable_diffusions_noise_table() -> None:
    kept = schedule().alphas_cumprod
    expected = {200: 0.7537, 400: 0.4245, 600: 0.1608, 800: 0.0369, 801: 0.0366, 999: 0.0047}
    for time, value in expected.items():
        assert kept[time].item() == pytest.approx(value, abs=6e-5)


def pair() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    latents, noise = (torch.randn(3, 4, 8, 8, generator=generator, dtype=torch.float64) for _ in range(2))
    return latents, noise


@pytest.mark.parametrize("grid", [10, 50, 1000])
@pytest.mark.parametrize("t_start", [100, 400, 800, 999])
def test_the_true_noise_gives_the_latents_back(t_start: int, grid: int) -> None:
    latents, noise = pair()
    scheduler = schedule(grid)
    start = noised(latents, noise, t_start, grid, scheduler)
    assert (start - latents).abs().max() > 0.1
    end = denoised(start, lambda z, time: noise, timesteps(t_start, grid), scheduler)
    torch.testing.assert_close(end, latents, atol=2e-4, rtol=0)


@pytest.mark.parametrize("t_start", [200, 400, 800])
def test_a_constant_error_telescopes_to_gamma(t_start: int) -> None:
    """The latent is missed by gamma_t times the network's error, the sum of the differences of gamma (paper 001, theorem 1)."""
    latents, noise = pair()
    scheduler = schedule(50)
    times = timesteps(t_start, 50)
    kept = scheduler.alphas_cumprod[times[0]].double()
    gamma = torch.sqrt((1 - kept) / kept)
    error = torch.full_like(latents, 0.01)
    end = denoised(noised(latents, noise, t_start, 50, scheduler), lambda z, time: noise + error, times, scheduler)
    torch.testing.assert_close(latents - end, gamma * error, atol=2e-4, rtol=1e-3)


class Scaled(torch.nn.Module):
    def forward(self, latents: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        return latents * time


def test_a_network_is_compiled_once_for_all_times() -> None:
    latents, _ = pair()
    counter = CompileCounter()
    seen = []
    network = torch.compile(Scaled(), backend=counter)
    denoised(latents, network, [401], schedule(10))
    assert counter.frame_count == 1
    denoised(latents, lambda z, time: seen.append(int(time)) or network(z, time), [801, 601, 401, 201, 1], schedule(10))
    assert seen == [801, 601, 401, 201, 1]
    assert counter.frame_count == 1


def test_1000_starts_from_pure_noise() -> None:
    latents, noise = pair()
    torch.testing.assert_close(noised(latents, noise, 1000, 50, schedule(50)), noise)


def test_more_noise_is_further_away() -> None:
    latents, noise = pair()
    distances = [(noised(latents, noise, t_start, 50, schedule(50)) - latents).abs().mean() for t_start in (200, 400, 600, 800)]
    assert distances == sorted(distances)


def gamma(time: int) -> float:
    """sqrt((1 - a_t) / a_t), which measures how far an error of the network moves the latent (paper 001, theorem 1)."""
    kept = schedule().alphas_cumprod[time].double()
    return float(torch.sqrt((1 - kept) / kept))


@pytest.mark.parametrize("t_start", [200, 600, 800])
def test_a_changing_error_adds_up_by_the_steps_of_gamma(t_start: int) -> None:
    """z_0 - z^_0 = sum over the steps of (gamma_i - gamma_{i-1}) (eps(z_i) - e), gamma after the last step 0."""
    latents, noise = pair()
    times = timesteps(t_start, 50)
    errors = {time: 0.1 * torch.randn(latents.shape, generator=torch.Generator().manual_seed(time), dtype=torch.float64) for time in times}
    scheduler = schedule(50)
    start = noised(latents, noise, t_start, 50, scheduler)
    end = denoised(start, lambda z, time: noise + errors[int(time)], times, scheduler)
    steps = zip(times, [*times[1:], None], strict=True)
    expected = sum(((gamma(time) - (gamma(after) if after else 0)) * errors[time] for time, after in steps), torch.zeros_like(latents))
    torch.testing.assert_close(latents - end, expected, atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize("t_start", [200, 400, 800])
def test_theorem_1_bounds_the_miss_by_gamma_times_the_network_s_error(t_start: int) -> None:
    """With ||eps - e|| <= d everywhere the latent is missed by at most d gamma_t: by at most x as soon as a_t >= d^2 / (d^2 + x^2)."""
    latents, noise = pair()
    times = timesteps(t_start, 50)
    random = torch.Generator().manual_seed(0)
    d = 0.3

    def bounded(z: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        error = torch.randn(z.shape, generator=random, dtype=z.dtype)
        return noise + d * error / error.flatten(1).norm(dim=1).view(-1, 1, 1, 1)

    scheduler = schedule(50)
    end = denoised(noised(latents, noise, t_start, 50, scheduler), bounded, times, scheduler)
    missed = (latents - end).flatten(1).norm(dim=1)
    bound = d * gamma(times[0])
    assert (missed <= bound * (1 + 1e-3)).all()
    kept = float(schedule().alphas_cumprod[times[0]])
    assert kept == pytest.approx(d**2 / (d**2 + bound**2), rel=1e-4)


def divergence(kept: float, distance: float) -> float:
    """KL of N(sqrt(a) z_r, (1 - a) I) from N(sqrt(a) z_f, (1 - a) I), ||z_r - z_f|| = distance (paper 001, theorem 2)."""
    return kept * distance**2 / (2 * (1 - kept))


def test_theorem_2_s_divergence_is_that_of_the_two_gaussians() -> None:
    real, fake = torch.randn(2, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for time in (200, 801):
        kept = schedule().alphas_cumprod[time].double()
        one, other = (torch.distributions.Normal(kept.sqrt() * z, (1 - kept).sqrt()) for z in (real, fake))
        expected = torch.distributions.kl_divergence(one, other).sum().item()
        assert divergence(float(kept), float((real - fake).norm())) == pytest.approx(expected)


def test_theorem_2_s_divergence_falls_with_the_noise_and_stays_below_its_bound() -> None:
    kept = schedule().alphas_cumprod.double().tolist()
    divergences = [divergence(one, 3.0) for one in kept]
    assert divergences == sorted(divergences, reverse=True)
    assert len(set(divergences)) == len(divergences)
    for bound in (0.1, 1.0):
        below = [one <= 2 * bound / (2 * bound + 9) for one in kept]
        assert below == [found <= bound for found in divergences]
        assert True in below and False in below
