"""What a printed lattice is like and how it crushes: the generator's true parameters and curves.

Engineering stress in MPa over engineering strain. Power laws in the relative density ρ give the
modulus E and the yield stress of a perfect lattice; one factor brings ideal moduli down to those
measured on prints, and defects take a share of both. A curve tends to two straight lines, of slope
E up to the yield strain and H beyond it; its law says how it passes from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

SOLID_MODULUS = 193_000.0  # MPa, stainless steel 316L
SOLID_YIELD = 500.0  # MPa, thin printed sections of it
APPARENT = 0.11  # measured over ideal modulus: seating, cross-head strain, rough walls
DENSITY = 0.20  # nominal relative density

STRAIN = np.linspace(0.0, 0.2, 100)  # engineering strain of the points of a curve
PARAMETERS = ("modulus", "yield_stress", "yield_strain", "hardening_modulus")

# Exponent of Menegotto and Pinto's law: at 8 the curve stays as far below the corner of its straight
# lines as the softplus law does by default, at 4 twice as far.
SHARPNESS = {"menegotto": 8.0, "gradual": 4.0}
CURVE_LAWS = ("softplus", *SHARPNESS)


@dataclass(frozen=True)
class Law:
    """Hold one kind's laws: E = k C_E E_s ρ^n (1 - b_E φ), s = C_S s_s ρ^m (1 - b_S φ), H = h s."""

    modulus_factor: float
    modulus_power: float
    yield_factor: float
    yield_power: float
    modulus_loss: float
    yield_loss: float
    hardening: float


# Factors and powers: our homogenisation of voxel models at ρ = 0.15 … 0.30, nowhere else to be
# trusted. Losses and hardening are assumptions.
LAWS = {
    "gyroid": Law(0.550, 1.333, 0.644, 1.345, 3.00, 2.0, 1.9),
    "octet": Law(0.399, 1.463, 0.523, 1.320, 2.65, 2.0, 1.3),
}
KINDS = tuple(LAWS)  # their places are the labels


@dataclass(frozen=True)
class Prints:
    """Hold N prints of one kind: what the photograph shows and what the machine measures.

    Args:
        kind: "gyroid" or "octet".
        quality: (N,) latent print quality q, standard normal; bad prints are negative.
        density: (N,) relative density as built.
        holes: (N,) number of broken struts or holes in the sheet.
        modulus: (N,) elastic modulus, MPa.
        yield_stress: (N,) MPa.
        hardening_modulus: (N,) slope beyond the knee, MPa.
    """

    kind: str
    quality: np.ndarray
    density: np.ndarray
    holes: np.ndarray
    modulus: np.ndarray
    yield_stress: np.ndarray
    hardening_modulus: np.ndarray

    @property
    def yield_strain(self) -> np.ndarray:
        """Strain of the knee, (N,): yield stress over modulus."""
        return self.yield_stress / self.modulus

    def row(self, index: int) -> dict[str, float]:
        """Return quality, density, number of holes and the true parameters of one print."""
        names = ("quality", "density", "holes", *PARAMETERS)
        return {name: getattr(self, name)[index].item() for name in names}


def stack(prints: list[Prints]) -> Prints:
    """Join prints of one kind."""
    arrays = [f.name for f in fields(Prints) if f.name != "kind"]
    joined = {name: np.concatenate([getattr(p, name) for p in prints]) for name in arrays}
    return Prints(kind=prints[0].kind, **joined)


def power_laws(
    kind: str, density: np.ndarray, defects: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return modulus and yield stress, MPa, at a relative density ρ and defect share φ.

    E = k C_E E_s ρ^n (1 - b_E φ) and s = C_S s_s ρ^m (1 - b_S φ).

    Args:
        kind: "gyroid" or "octet".
        density: (N,) relative density.
        defects: (N,) share φ of the material that does not carry load.

    Reference: Gibson and Ashby, "Cellular Solids", 1997; Deshpande, Fleck and Ashby, JMPS 49
        (2001) 1747, for the octet truss.
    """
    law = LAWS[kind]
    ideal = law.modulus_factor * SOLID_MODULUS * density**law.modulus_power
    modulus = APPARENT * ideal * (1 - law.modulus_loss * defects)
    strength = law.yield_factor * SOLID_YIELD * density**law.yield_power
    return modulus, strength * (1 - law.yield_loss * defects)


def draw(kind: str, spread: float, n: int, rng: np.random.Generator) -> Prints:
    """Draw n prints of one kind.

    Quality q and scatter decide the density, q and chance the defects; the same draws are scaled
    by `spread`, so one seed gives the same prints at every setting of the dial, only further apart.

    Args:
        kind: "gyroid" or "octet".
        spread: difficulty dial s: at 0 the prints of a kind differ by their defects alone.
        n: number of prints.
        rng: source of the draws.
    """
    quality, d, e, s, h = rng.standard_normal((5, n))
    bad = np.maximum(0.0, -quality)
    holes = rng.poisson(1.2 + 1.2 * bad)
    density = DENSITY * np.exp(spread * 0.09 * (0.8 * quality + 0.6 * d))
    modulus, strength = power_laws(kind, density, 0.01 * holes + 0.015 * bad)
    modulus = modulus * np.exp(spread * 0.12 * e)
    strength = strength * np.exp(spread * 0.05 * s)
    ratio = np.maximum(LAWS[kind].hardening + spread * 0.45 * h, 0.2)  # never softening
    return Prints(kind, quality, density, holes, modulus, strength, ratio * strength)


def curves(
    prints: Prints,
    rng: np.random.Generator,
    strain: np.ndarray = STRAIN,
    *,
    toe: float = 1.0,
    rounding: float = 0.12,
    ripple: float = 0.004,
    noise: float = 0.004,
    law: str = "softplus",
) -> np.ndarray:
    """Return the compression curve of each print, the paper's two-piece expert with its edges off.

    σ = E x - (E - H) b(x) with knee e = s/E. By the law "softplus", b = w [ln(1 + exp((x - e)/w)) -
    ln(1 + exp(-e/w))] with w = rounding · e; the sharp knee is its limit w → 0. By that of Menegotto
    and Pinto, b = x - x / (1 + (x/e)^R)^(1/R), and the sharp knee is its limit R → ∞. The strain x
    that reaches the lattice lags by a toe, x = ε - e0 + e0 exp(-ε/e0), and by the ripple of the
    machine. σ(0) = 0.

    Args:
        prints: N prints.
        rng: source of toe, ripple and noise.
        strain: (T,) engineering strain, from 0 on.
        toe: scale of the toe; e0 = toe times a Gamma(4, 0.001) draw, 0.004 on average.
        rounding: width of the softplus law's knee as a share of the yield strain.
        ripple: relative amplitude of the ripple.
        noise: standard deviation of the load cell as a share of the yield stress.
        law: one of `CURVE_LAWS`; "menegotto" and "gradual" are Menegotto and Pinto's with R = 8 and 4.

    Returns:
        (N, T) engineering stress, MPa.

    Reference: Menegotto and Pinto, IABSE preliminary report 13 (1973), for steel under load.
    """
    n = len(prints.modulus)
    lag = np.maximum(toe * rng.gamma(4.0, 0.001, (n, 1)), 1e-12)
    cycles, phase = rng.uniform(4.0, 10.0, (n, 1)), rng.uniform(0.0, 2 * np.pi, (n, 1))
    error = rng.standard_normal((n, len(strain)))

    modulus, strength, hardening, knee = (
        getattr(prints, name)[:, None]
        for name in ("modulus", "yield_stress", "hardening_modulus", "yield_strain")
    )
    x = strain - lag + lag * np.exp(-strain / lag)
    x = x * (1 + ripple * np.sin(2 * np.pi * cycles * strain / 0.2 + phase))
    if law == "softplus":
        width = np.maximum(rounding, 1e-9) * knee
        bend = width * (np.logaddexp(0, (x - knee) / width) - np.logaddexp(0, -knee / width))
    else:
        power = SHARPNESS[law]
        bend = x - x / (1 + (np.maximum(x, 0) / knee) ** power) ** (1 / power)
    stress = modulus * x - (modulus - hardening) * bend + noise * strength * error
    stress[:, strain == 0] = 0.0  # the machine is zeroed before the test
    return stress
