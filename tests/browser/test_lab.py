"""The fixtures themselves: JupyterLab opens a notebook, runs it, and stays on this machine."""

from __future__ import annotations

import lab


def test_a_notebook_opens_and_runs(page, lab_server):
    name = lab_server.write_notebook("plain.ipynb", "x = 6 * 7\nx")
    lab_server.open(page, name)
    lab.run_all(page)
    page.wait_for_selector(".jp-OutputArea-output >> text=42")
    assert lab.evaluate_in_kernel(page, "x + 1") == "43"
    assert page.errors == []
