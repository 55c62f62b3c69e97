r"""The New-Keynesian model of three equations: where a policy rule can lose its grip.

1. demand: :math:`y_t = E_t y_{t+1} - \frac1\sigma(i_t - E_t\pi_{t+1})`
2. prices: :math:`\pi_t = \beta E_t\pi_{t+1} + \kappa y_t`
3. policy: :math:`i_t = \phi_\pi\pi_t + \phi_y y_t + v_t`, with :math:`v_t = \rho v_{t-1} + e_t`

People look ahead, so that a path is fixed only if every path but one explodes.  That is so
if and only if

4. :math:`\kappa(\phi_\pi - 1) + (1-\beta)\phi_y > 0`

Then a policy shock v moves output and inflation by

5. :math:`y = -(1-\beta\rho)\Lambda v,\ \pi = -\kappa\Lambda v,\ \Lambda = 1/[(1-\beta\rho)
   (\sigma(1-\rho)+\phi_y) + \kappa(\phi_\pi-\rho)]`

Below the critical φ_π one stable root too many is left: any rumour that people believe comes
true, and inflation moves without a cause ('sunspots').

======  ====================================================================
symbol  name
======  ====================================================================
β, σ    discount factor, curvature of utility
κ       slope of prices in output, from Calvo's θ, α, ε and the labour supply φ
φ_π     ``phi_pi``: by how many points the rate answers a point of inflation
======  ====================================================================

References: Galí (2015), Monetary Policy, Inflation and the Business Cycle, chapter 3;
Bullard & Mitra (2002), J. Monetary Economics 49.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthkit.errors import ParameterError


@dataclass(frozen=True)
class NewKeynesian:
    """Galí's calibration, a quarter a step."""

    beta: float = 0.99
    sigma: float = 1.0
    labour: float = 5.0
    alpha: float = 0.25
    epsilon: float = 9.0
    calvo: float = 0.75
    phi_pi: float = 1.5
    phi_y: float = 0.125
    rho: float = 0.5

    @property
    def kappa(self) -> float:
        """Slope of prices in output."""
        flexible = (1 - self.alpha) / (1 - self.alpha + self.alpha * self.epsilon)
        lam = (1 - self.calvo) * (1 - self.beta * self.calvo) / self.calvo * flexible
        return lam * (self.sigma + (self.labour + self.alpha) / (1 - self.alpha))

    @property
    def critical_phi_pi(self) -> float:
        """The φ_π at which determinacy is lost."""
        return 1 - (1 - self.beta) * self.phi_y / self.kappa  # Eq. 4

    @property
    def determinate(self) -> bool:
        """Whether one path alone does not explode."""
        return self.kappa * (self.phi_pi - 1) + (1 - self.beta) * self.phi_y > 0  # Eq. 4

    def require_determinate(self) -> None:
        """Raise ParameterError with the bound where the rule is too weak."""
        if not self.determinate:
            raise ParameterError(
                f"phi_pi must be above {self.critical_phi_pi:.4f}, or inflation has no anchor "
                f"(the Taylor rule is indeterminate); got {self.phi_pi:g}. "
                "Let the rate answer inflation by more than one for one."
            )


def policy_response(model: NewKeynesian, shock: float) -> tuple[float, float]:
    """Return the impact of a policy shock v on output and inflation (both a quarter)."""
    model.require_determinate()
    m = model
    kept = 1 - m.beta * m.rho
    Lambda = 1 / (kept * (m.sigma * (1 - m.rho) + m.phi_y) + m.kappa * (m.phi_pi - m.rho))
    return -kept * Lambda * shock, -m.kappa * Lambda * shock  # Eq. 5


def transition(model: NewKeynesian) -> np.ndarray:
    """Return M (2, 2) with E_t[y, π]_{t+1} = M [y, π]_t, without shocks."""
    m = model
    # Eq. 2 gives E π' = (π − κy)/β, and Eq. 1 E y' = y + (φ_π π + φ_y y − E π')/σ.
    ahead = np.array([-m.kappa / m.beta, 1 / m.beta])
    output = np.array([1 + m.phi_y / m.sigma, m.phi_pi / m.sigma]) - ahead / m.sigma
    return np.array([output, ahead])


def stable_roots(model: NewKeynesian) -> int:
    """Count the roots of M inside the unit circle: 0 is determinate, 1 leaves room for rumours."""
    return int((np.abs(np.linalg.eigvals(transition(model))) < 1).sum())


def inflation_path(
    model: NewKeynesian, steps: int, rumour_sd: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return output and inflation (steps,) in per cent a quarter, policy shocks of .25 points.

    Where the rule is indeterminate, rumours with this spread join in along the stable root.
    """
    e = 0.25 * rng.standard_normal(steps)
    rumours = rumour_sd * rng.standard_normal(steps)
    v = np.zeros(steps)
    for t in range(1, steps):
        v[t] = model.rho * v[t - 1] + e[t]  # Eq. 3
    m = model
    kept = 1 - m.beta * m.rho
    bottom = kept * (m.sigma * (1 - m.rho) + m.phi_y) + m.kappa * (m.phi_pi - m.rho)
    path = -np.outer([kept, m.kappa], v) / bottom  # Eq. 5, (2, steps)
    roots, vectors = np.linalg.eig(transition(model))
    stable = np.flatnonzero(np.abs(roots) < 1)
    if len(stable):  # bounded paths besides the fundamental one
        root, direction = float(roots[stable[0]].real), vectors[:, stable[0]].real
        direction = direction / direction[1]  # a rumour of 1 is a point of inflation
        belief = 0.0
        for t in range(steps):
            belief = root * belief + rumours[t]
            path[:, t] += belief * direction
    return path[0], path[1]
