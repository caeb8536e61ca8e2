import pytest
import torch

from fas.features.cues.dfg.diffusion import denoised, noised, schedule, timesteps


def test_the_papers_grid() -> None:
    times = timesteps(800, 50)
    assert times == list(range(801, 0, -20))
    assert len(times) == 41
    assert timesteps(1000, 50)[0] == 981
    assert [len(timesteps(t_start, 50)) for t_start in (1000, 800, 600, 400, 200)] == [50, 41, 31, 21, 11]


def test_the_default_grid() -> None:
    assert timesteps(400, 10) == [401, 301, 201, 101, 1]


@pytest.mark.parametrize("grid", [1, 7, 10, 50, 1000])
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


@pytest.mark.parametrize("grid", [10, 50])
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


def test_1000_starts_from_pure_noise() -> None:
    latents, noise = pair()
    torch.testing.assert_close(noised(latents, noise, 1000, 50, schedule(50)), noise)


def test_more_noise_is_further_away() -> None:
    latents, noise = pair()
    distances = [(noised(latents, noise, t_start, 50, schedule(50)) - latents).abs().mean() for t_start in (200, 400, 600, 800)]
    assert distances == sorted(distances)
