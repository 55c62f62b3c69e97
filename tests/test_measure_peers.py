"""Cross-checks of the measures against independent implementations, in an environment of theirs.

It is the one of ``benchmarks/peers.py``, with prdc and anonymeter.  Without these the tests are
skipped, aloud.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.peers import interpreter
from synthkit.measure.aligned import align
from synthkit.measure.fidelity import NEIGHBOURS, neighbourhood_figures
from synthkit.measure.guessing import attribute_inference, singling_out

pytestmark = pytest.mark.slow


def needs(package: str) -> Path:
    """Return the peers' Python, or skip and say what is missing."""
    python = interpreter()
    if python is None:
        pytest.skip("no peers' environment: python -m benchmarks.peers makes one")
    found = subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False)
    if found.returncode:
        pytest.skip(f"the peers' environment lacks {package}")
    return python


def ask_peer(package: str, code: str, folder: Path) -> dict:
    """Run code in the peers' environment; it prints one JSON object on its last line."""
    done = subprocess.run(
        [needs(package), "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def people(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 5)) @ (np.eye(5) + 0.5)
    table = pd.DataFrame(z.round(2), columns=list("abcde"))
    table["sex"] = np.where(z[:, 0] > rng.normal(size=n), "F", "M")
    table["town"] = rng.choice(list("KLMNO"), n)
    return table


def test_density_and_coverage_agree_with_prdc(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(600, 4)), rng.normal(0.5, 0.7, size=(500, 4))
    np.save(tmp_path / "real.npy", real)
    np.save(tmp_path / "fake.npy", fake)
    peer = ask_peer(
        "prdc",
        "import json, numpy as np\n"
        "from prdc import compute_prdc\n"
        f"m = compute_prdc(np.load('real.npy'), np.load('fake.npy'), {NEIGHBOURS})\n"
        "print(json.dumps({k: float(m[k]) for k in ('density', 'coverage')}))",
        tmp_path,
    )
    ours = neighbourhood_figures(real, fake, NEIGHBOURS)
    # The same definition: only ties at the radius (< against ≤) may differ.
    assert ours["density"] == pytest.approx(peer["density"], abs=2e-3)
    assert ours["coverage"] == pytest.approx(peer["coverage"], abs=2e-3)


@pytest.mark.parametrize("copied", [True, False], ids=["copy", "fresh"])
def test_attribute_inference_agrees_with_anonymeter(copied: bool, tmp_path: Path) -> None:
    real, holdout = people(800, 0), people(800, 1)
    fake = real if copied else people(800, 2)
    for name, table in (("real", real), ("holdout", holdout), ("fake", fake)):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    peer = ask_peer(
        "anonymeter",
        "import json, pandas as pd, warnings; warnings.simplefilter('ignore')\n"
        "from anonymeter.evaluators import InferenceEvaluator\n"
        "r, h, f = (pd.read_csv(n + '.csv') for n in ('real', 'holdout', 'fake'))\n"
        "aux = [c for c in r if c != 'town']\n"
        "e = InferenceEvaluator(ori=r, syn=f, control=h, aux_cols=aux, secret='town',\n"
        "                       regression=False, n_attacks=700)\n"
        "e.evaluate(n_jobs=1); x = e.results()\n"
        "print(json.dumps({'attack': x.attack_rate.value, 'control': x.control_rate.value,\n"
        "                  'risk': e.risk().value}))",
        tmp_path,
    )
    tables = align({"real": real, "synthetic": fake, "holdout": holdout})
    attack, risks = attribute_inference(tables, rng=0, attacks=700, secrets=["town"])
    # Both take the nearest synthetic row, by Gower's distance there and robust scores here. On
    # fresh rows success is a guess among five (sd √(.16/700) = .015); 5 sd of a difference: .11
    assert attack.success.value == pytest.approx(peer["attack"], abs=0.11)
    assert attack.control.value == pytest.approx(peer["control"], abs=0.11)
    assert risks["town"].value == pytest.approx(peer["risk"], abs=0.2)
    assert (risks["town"].low > 0.5) == copied


def test_singling_out_agrees_with_anonymeter_on_who_leaks(tmp_path: Path) -> None:
    real, holdout = people(800, 0), people(800, 1)
    outcome = {}
    for label, fake in (("copy", real), ("fresh", people(800, 2))):
        for name, table in (("real", real), ("holdout", holdout), ("fake", fake)):
            table.to_csv(tmp_path / f"{name}.csv", index=False)
        peer = ask_peer(
            "anonymeter",
            "import json, pandas as pd, warnings; warnings.simplefilter('ignore')\n"
            "from anonymeter.evaluators import SinglingOutEvaluator\n"
            "r, h, f = (pd.read_csv(n + '.csv') for n in ('real', 'holdout', 'fake'))\n"
            "e = SinglingOutEvaluator(ori=r, syn=f, control=h, n_attacks=400)\n"
            "e.evaluate(mode='univariate'); x = e.results()\n"
            "print(json.dumps({'attack': x.attack_rate.value, 'control': x.control_rate.value}))",
            tmp_path,
        )
        tables = align({"real": real, "synthetic": fake, "holdout": holdout})
        ours = singling_out(tables, rng=0, attacks=400)[0]
        # They count predicates, we count people: the rates differ, the answer may not.
        outcome[label] = (peer["attack"] - peer["control"] > 0.1, ours.found(0.001))
    assert outcome == {"copy": (True, True), "fresh": (False, False)}
