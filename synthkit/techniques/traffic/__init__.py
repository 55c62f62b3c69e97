"""Traffic: cars that follow simple rules, and jams that nobody caused.

Read the files in this order: ``cellular`` (the Nagel-Schreckenberg rule), ``following`` (IDM and
OVM: equilibrium and stability), ``lanes`` (MOBIL), ``road`` (cars on a continuous road),
``observe`` (detectors and floating cars), ``technique`` (the class) and ``failures``.
"""

from synthkit.techniques.traffic.failures import FAILURES
from synthkit.techniques.traffic.technique import Traffic, fundamental_diagram, jam_speed_mps

__all__ = ["FAILURES", "Traffic", "fundamental_diagram", "jam_speed_mps"]
