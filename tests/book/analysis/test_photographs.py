"""Photographs for an encoder: light divided out, pixels averaged."""

from __future__ import annotations

import numpy as np
import pytest

from book.analysis.photographs import area_mean, even_light, power_spectrum


def texture(shape: tuple[int, ...] = (2, 48, 40)) -> np.ndarray:
    return np.random.default_rng(0).uniform(0.2, 0.8, shape).astype(np.float32)


def test_exposure_does_not_matter() -> None:
    images = texture()
    assert np.allclose(even_light(images, 6.0), even_light(0.7 * images, 6.0), atol=0.03)
    assert not np.allclose(images, 0.7 * images, atol=0.03)


def test_a_slow_gradient_of_the_light_is_divided_out() -> None:
    images = texture()
    lit = images * np.linspace(0.5, 1.0, 40, dtype=np.float32)
    inner = (slice(None), slice(12, -12), slice(12, -12))
    raw = np.abs(lit - images)[inner].mean()
    assert np.abs(even_light(lit, 4.0) - even_light(images, 4.0))[inner].mean() < 0.2 * raw


def test_texture_remains() -> None:
    images = texture()
    pairs = zip(even_light(images, 6.0), images, strict=True)
    assert min(np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs) > 0.95


def test_images_are_filtered_one_by_one() -> None:
    images = texture()
    assert np.array_equal(even_light(images, 6.0)[1], even_light(images[1:], 6.0)[0])


def test_black_stays_black_and_values_stay_grey_values() -> None:
    found = even_light(np.stack([np.zeros((16, 16)), np.eye(16)]), 2.0)
    assert found.dtype == np.float32
    assert found.min() == 0
    assert found.max() <= 1
    assert not found[0].any()


def test_squares_are_averaged() -> None:
    images = texture((3, 7, 9))
    found = area_mean(images, 2)
    assert found.shape == (3, 3, 4)
    assert found[1, 2, 3] == pytest.approx(images[1, 4:6, 6:8].mean())
    assert np.array_equal(area_mean(images, 1), images)


def waves(cycles: float, phase: float = 0.0, size: int = 64) -> np.ndarray:
    """Stripes, (1, size, size)."""
    x = np.arange(size) / size
    return 0.5 + 0.3 * np.sin(2 * np.pi * cycles * x + phase) * np.ones((1, size, 1))


def test_a_spectrum_does_not_know_where_a_pattern_lies() -> None:
    here, moved, other = (power_spectrum(w) for w in (waves(6), waves(6, 1.0), waves(9)))
    assert np.allclose(here, moved, atol=0.01)
    assert np.abs(here - other).max() > 0.3


def test_a_spectrum_does_not_know_how_bright_a_photograph_is() -> None:
    assert np.allclose(power_spectrum(waves(6)), power_spectrum(0.4 * waves(6) + 0.2), atol=1e-3)
    assert not power_spectrum(np.full((1, 16, 16), 0.5)).any()


def test_frequencies_above_the_limit_are_left_out() -> None:
    assert power_spectrum(waves(6), cycles=8).shape == (1, 17 * 9)
    low, high = (np.square(power_spectrum(waves(c), cycles=8)).sum() for c in (6, 20))
    assert low > 0.45  # half of the plane
    assert high < 0.01


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: even_light(np.zeros((4, 4)), 2.0), "expected shape"),
        (lambda: even_light(np.zeros((1, 4, 4)), 0.0), "radius"),
        (lambda: area_mean(np.zeros((4, 4)), 2), "expected shape"),
        (lambda: area_mean(np.zeros((1, 4, 4)), 5), "at most the image's side"),
    ],
)
def test_bad_arguments_are_named(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
