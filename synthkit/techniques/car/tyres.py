r"""The tyre: how much of the road it can hold.

With slip s = 1 − (wheel speed / car speed), from 0 (rolling) to 1 (locked):

1. Burckhardt: :math:`\mu = c_1(1-e^{-c_2s}) - c_3s`
2. Pacejka: :math:`\mu = D\sin\{C\arctan[Bs - E(Bs-\arctan Bs)]\}`
3. its peak lies at :math:`s^* = \ln(c_1c_2/c_3)/c_2`
4. stopping at constant friction: :math:`x = v^2/(2\mu g)`
5. aquaplaning begins at :math:`V = 10.35\sqrt{p}` mph, p in psi (NASA)

and a quarter car that brakes, with wheel speed ω:

6. :math:`m\dot v = -\mu(s)mg,\quad J\dot\omega = \mu(s)mgr - M_b`

ABS holds the slip at the peak; a locked wheel has s = 1.

References: Kiencke & Nielsen, Automotive Control Systems (2005) for the coefficients; Pacejka,
Tyre and Vehicle Dynamics (2012); Horne & Dreher, Phenomena of pneumatic tire hydroplaning, NASA
TN D-2056 (1963).  Snow and ice are teaching values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.techniques.car.dynamics import GRAVITY

Array = Any
ROADS = ("dry", "wet", "snow", "ice")
BURCKHARDT = {  # c1, c2, c3
    "dry": (1.2801, 23.99, 0.52),
    "wet": (0.857, 33.822, 0.347),
    "snow": (0.1946, 94.129, 0.0646),
    "ice": (0.05, 306.39, 0.0),
}
PACEJKA = {  # B, C, D, E
    "dry": (10.0, 1.9, 1.0, 0.97),
    "wet": (12.0, 2.3, 0.82, 1.0),
    "snow": (5.0, 2.0, 0.3, 1.0),
    "ice": (4.0, 2.0, 0.1, 1.0),
}
PSI_PER_BAR = 14.5038
MPS_PER_MPH = 0.44704


def burckhardt(slip: Array, road: str) -> Array:
    """Return the friction at this slip (0 … 1)."""
    c1, c2, c3 = BURCKHARDT[road]
    return c1 * (1 - np.exp(-c2 * slip)) - c3 * slip  # Eq. 1


def pacejka(slip: Array, road: str) -> Array:
    """Return the friction at this slip (0 … 1)."""
    b, c, d, e = PACEJKA[road]
    x = b * slip
    return d * np.sin(c * np.arctan(x - e * (x - np.arctan(x))))  # Eq. 2


def peak(road: str) -> tuple[float, float]:
    """Return (largest friction, its slip) of Eq. 1; on ice it is flat, so that slip is 1."""
    c1, c2, c3 = BURCKHARDT[road]
    slip = 1.0 if c3 == 0 else float(np.log(c1 * c2 / c3) / c2)  # Eq. 3
    return float(burckhardt(slip, road)), slip


def stopping_distance(speed_mps: Array, friction: Array) -> Array:
    """Return the way (m) to a stop at this friction, without the reaction's."""
    return speed_mps**2 / (2 * friction * GRAVITY)  # Eq. 4


def braking_distance(speed_mps: float, road: str, *, abs_on: bool = True) -> float:
    """Return the way (m) to a stop with ABS, or with locked wheels."""
    friction = peak(road)[0] if abs_on else float(burckhardt(1.0, road))
    return float(stopping_distance(speed_mps, friction))


def aquaplaning_speed(pressure_bar: Array) -> Array:
    """Return the speed (m/s) from which a tyre of this pressure swims on deep water."""
    return 10.35 * np.sqrt(pressure_bar * PSI_PER_BAR) * MPS_PER_MPH  # Eq. 5


def quarter_car_stop(
    speed_mps: float, road: str, *, brake_nm: float, mass_kg: float = 375.0,
    inertia_kgm2: float = 1.2, radius_m: float = 0.3, step_s: float = 1e-4,
) -> dict[str, float]:
    """Brake a quarter car with a constant moment until it stands, and balance its energy.

    Returns
    -------
    dict
        ``distance_m``, ``lock_s`` (when the wheel locked; NaN if never), ``energy_residual``: the
        energy unaccounted for by tyre slip and brake, as a share of the first kinetic energy.
    """
    m, j, r, h = mass_kg, inertia_kgm2, radius_m, step_s
    v, w = speed_mps, speed_mps / r
    kinetic = first = 0.5 * m * v**2 + 0.5 * j * w**2
    way = heat = time = 0.0
    lock = float("nan")
    while v > 0.05:
        slip = min(max(1 - w * r / v, 0.0), 1.0)
        force = float(burckhardt(slip, road)) * m * GRAVITY
        faster = v - h * force / m  # Eq. 6
        if w == 0 and force * r <= brake_nm:
            spin = 0.0  # locked: the brake holds what the road turns
        else:
            spin = max(w + h * (force * r - brake_nm) / j, 0.0)
        if spin == 0 and w > 0 and np.isnan(lock):
            lock = time
        mean_v, mean_w = (v + faster) / 2, (w + spin) / 2
        brake_work = 0.5 * j * (w**2 - spin**2) + force * r * mean_w * h
        heat += force * (mean_v - mean_w * r) * h + brake_work
        way += mean_v * h
        time += h
        v, w = faster, spin
    kinetic = 0.5 * m * v**2 + 0.5 * j * w**2
    return {
        "distance_m": way, "lock_s": lock, "energy_residual": (first - kinetic - heat) / first,
    }  # fmt: skip
