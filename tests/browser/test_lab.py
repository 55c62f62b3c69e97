"""The fixtures themselves: JupyterLab opens a notebook, runs it, and stays on this machine."""

from __future__ import annotations

import lab

from synthkit.widgets.prompt_connection import OPTION


def test_a_notebook_opens_and_runs(page, lab_server):
    name = lab_server.write_notebook("plain.ipynb", "x = 6 * 7\nx")
    lab_server.open(page, name)
    lab.run_all(page)
    page.wait_for_selector(".jp-OutputArea-output >> text=42")
    assert lab.evaluate_in_kernel(page, "x + 1") == "43"
    assert page.errors == []


def test_the_prompt_connection_carries_a_kernel(new_page, tmp_path):
    """The option of synthkit.widgets.prompt_connection is taken and cells run as ever."""
    with lab.lab_server(tmp_path, arguments=[OPTION]) as server:
        page = new_page()
        server.open(page, server.write_notebook("prompt.ipynb", "x = 6 * 7"))
        lab.run_all(page)
        assert lab.evaluate_in_kernel(page, "x") == "42"
        assert "Traceback" not in server.log.read_text(encoding="utf-8")
