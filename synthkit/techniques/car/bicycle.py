r"""Round the corner: the two wheels of one side stand for all four.

Kinematic, slow: the reference point is the **centre of the rear axle**, which does not slide, so
that its velocity always points along the car:

1. :math:`\dot x = v\cos\psi,\quad \dot y = v\sin\psi,\quad \dot\psi = v\tan\delta/L`

Dynamic, with tyres that give way by slip angles; reference point: centre of gravity; state
:math:`(v_y, r)`, lateral speed and yaw rate, at constant speed v:

2. :math:`m(\dot v_y + vr) = C_f\alpha_f + C_r\alpha_r,\quad
   I_z\dot r = l_fC_f\alpha_f - l_rC_r\alpha_r` with
   :math:`\alpha_f = \delta - (v_y+l_fr)/v,\; \alpha_r = -(v_y-l_rr)/v`
3. understeer gradient :math:`K = \frac mL\left(\frac{l_r}{C_f}-\frac{l_f}{C_r}\right)/L` in s²/m²
   times L: steady yaw rate :math:`r = \frac{v\,\delta}{L + K v^2}`
4. characteristic speed :math:`\sqrt{L/K}` for K > 0; for K < 0 the car loses its hold at the
   critical speed :math:`\sqrt{L/|K|}`, where an eigenvalue of Eq. 2 turns positive.

Reference: Rajamani, Vehicle Dynamics and Control (2012), chapter 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Axles:
    """Masses, distances from the centre of gravity, and cornering stiffnesses of both tyres."""

    mass_kg: float = 1573.0
    yaw_inertia_kgm2: float = 2873.0
    front_m: float = 1.1
    rear_m: float = 1.58
    front_n_per_rad: float = 160_000.0
    rear_n_per_rad: float = 160_000.0

    @property
    def wheelbase_m(self) -> float:
        """Distance between the axles."""
        return self.front_m + self.rear_m

    def swapped(self) -> Axles:
        """Return the car that drives backwards: its heavy end behind."""
        return Axles(
            self.mass_kg, self.yaw_inertia_kgm2, self.rear_m, self.front_m,
            self.rear_n_per_rad, self.front_n_per_rad,
        )  # fmt: skip


def kinematic_step(
    state: np.ndarray, speed: float, steer: float, wheelbase_m: float, h: float
) -> np.ndarray:
    """Move (x, y, ψ) of the rear axle's centre on by h seconds, exactly, along its circle."""
    x, y, psi = state
    turn = speed * np.tan(steer) / wheelbase_m * h  # Eq. 1
    chord = speed * h * np.sinc(turn / (2 * np.pi))  # the straight line between both ends
    return np.array([x + chord * np.cos(psi + turn / 2), y + chord * np.sin(psi + turn / 2),
                     psi + turn])  # fmt: skip


def lateral_matrix(speed: float, a: Axles) -> np.ndarray:
    """Return the matrix (2, 2) of Eq. 2 for the state (lateral speed, yaw rate)."""
    f, r, cf, cr = a.front_m, a.rear_m, a.front_n_per_rad, a.rear_n_per_rad
    m, i, v = a.mass_kg, a.yaw_inertia_kgm2, speed
    return np.array([
        [-(cf + cr) / (m * v), -(f * cf - r * cr) / (m * v) - v],
        [-(f * cf - r * cr) / (i * v), -(f**2 * cf + r**2 * cr) / (i * v)],
    ])  # fmt: skip  # Eq. 2


def steer_vector(a: Axles) -> np.ndarray:
    """Return what a radian of steering adds to the state's rate, (2,)."""
    return np.array([
        a.front_n_per_rad / a.mass_kg, a.front_m * a.front_n_per_rad / a.yaw_inertia_kgm2,
    ])  # fmt: skip


def understeer_gradient(a: Axles) -> float:
    """Return K (s²/m): positive where the car understeers."""
    balance = a.rear_m / a.front_n_per_rad - a.front_m / a.rear_n_per_rad
    return float(a.mass_kg / a.wheelbase_m * balance)


def steady_yaw_rate(speed: float, steer: float, a: Axles) -> float:
    """Return the yaw rate (rad/s) in a steady corner."""
    return float(speed * steer / (a.wheelbase_m + understeer_gradient(a) * speed**2))  # Eq. 3


def limit_speed(a: Axles) -> float:
    """Return the characteristic (understeer) or critical (oversteer) speed, m/s."""
    return float(np.sqrt(a.wheelbase_m / abs(understeer_gradient(a))))  # Eq. 4


def is_stable(speed: float, a: Axles) -> bool:
    """Say whether a disturbed car comes back to its line by itself."""
    return bool(np.linalg.eigvals(lateral_matrix(speed, a)).real.max() < 0)
