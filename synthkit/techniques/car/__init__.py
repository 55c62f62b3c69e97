"""A car: driving records that physics makes, with labels that cost nothing.

Read the files in this order: ``dynamics`` (straight ahead), ``tyres`` (friction and stopping),
``bicycle`` (corners), ``scenario`` (conditions as data), ``drive`` (all trips at once),
``sensors``, ``technique`` (the class) and ``failures``.
"""

from synthkit.techniques.car.failures import FAILURES
from synthkit.techniques.car.scenario import Scenario, Segment
from synthkit.techniques.car.technique import Car

__all__ = ["FAILURES", "Car", "Scenario", "Segment"]
