"""What lesson 10 shows: a lit fraud is the fraud, shaded months are recessions, curves fit."""

from __future__ import annotations

import numpy as np
import pytest

from synthkit.course.runs.finance_ring import ACCOUNTS, RINGS, ring_trace
from synthkit.course.runs.finance_rules import (
    CURVE_MONTHS,
    KNOWN,
    MATURITIES,
    recessions,
    smooth_curves,
    world_trace,
)
from synthkit.techniques.finance import Finance
from synthkit.techniques.finance.failures import (
    fraud_table,
    recall_by_typology,
    train_detector,
)
from synthkit.techniques.finance.fraud import TYPOLOGIES
from synthkit.techniques.finance.rates import nelson_siegel


def lit(frame, kind):
    return next(
        (m for m in frame.marks["ring"] if m["type"] == kind and m["role"] == "synthetic"), None
    )


@pytest.mark.parametrize("shape", RINGS)
def test_what_is_lit_is_one_fraud_and_has_its_figure(shape):
    trace = ring_trace(3, shape)
    arrows = lit(trace.frames[-1], "arrows")
    start, end = arrows["start"], arrows["end"]
    if shape == "cycle":  # the money comes back
        assert sorted(start) == sorted(end) and len(set(start)) == len(start)
    else:
        hub, spokes = (end, start) if shape == "fan in" else (start, end)
        assert len(set(hub)) == 1 and len(set(spokes)) == len(spokes) >= 4
    assert trace.last("fraud") == len(start)
    for frame in trace.frames:
        nodes = [m for m in frame.marks["ring"] if m["type"] == "nodes"]
        assert sorted(int(n) for m in nodes for n in m["names"]) == list(range(ACCOUNTS))
        now = lit(frame, "nodes")
        paid = lit(frame, "arrows")
        assert (now is None) == (frame.scalars["fraud"] == 0)
        if now:  # lit from its first payment on, and not before
            assert set(now["names"]) == {*paid["start"], *paid["end"]}
    assert ring_trace(3, shape).to_json() == trace.to_json()
    assert ring_trace(4, shape).to_json() != trace.to_json()


def test_shaded_months_are_the_recessions():
    mark = recessions(np.array([1, 1, 0, 0, 1, 0, 1, 1, 1], dtype=bool))
    assert list(mark["x"]) == [0, 4, 6]
    assert list(mark["x_end"]) == [2, 5, 9]
    assert len(recessions(np.zeros(5, dtype=bool))["x"]) == 0
    trace = world_trace(1)
    for view in ("market", "rates", "economy"):
        assert next(m["type"] for m in trace.frames[-1].marks[view]) == "spans"


def test_curves_pass_through_the_yields_they_are_drawn_for():
    rates = Finance(customers=1, periods=24).block("rates", rng=0)
    yields = rates[[f"yield_{m}m_pct" for m in MATURITIES]].to_numpy(float)
    curves = smooth_curves(yields)
    for k, month in enumerate(MATURITIES):
        drawn = curves[:, CURVE_MONTHS == month][:, 0]
        # Yields are rounded to .001; least squares can move a point by as much again.
        assert np.abs(drawn - yields[:, k]).max() < 0.002, month
    flat = nelson_siegel(CURVE_MONTHS, yields[:, -1], np.zeros(24), np.zeros(24))
    assert np.abs(flat - curves).max() > 0.2  # the partner: a level alone


def test_a_detector_finds_more_kinds_the_more_rules_it_has_seen():
    """Rules that are held back stay unseen, whatever the score on the detector's own rules."""
    everything = fraud_table(TYPOLOGIES, 3)
    own, held_back = [], []
    for count in KNOWN:
        known = TYPOLOGIES[:count]
        model = train_detector(fraud_table(known, 1))
        own.append(np.mean(list(recall_by_typology(model, fraud_table(known, 2)).values())))
        found = recall_by_typology(model, everything)
        held_back.append([found[kind] for kind in TYPOLOGIES[count:]])
    # Some 40 cases of each kind: the standard error of a share is .08 at most.
    assert min(own) > 0.7
    for count, kinds in zip(KNOWN[:-1], held_back):
        assert np.mean(kinds) < own[KNOWN.index(count)] - 0.25, count
    assert np.mean(list(found.values())) > 0.8  # all six seen
