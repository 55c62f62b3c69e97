"""``synthkit lab`` in a browser: JupyterLab opens the first lesson and draws its first widget."""

from __future__ import annotations

import command_lab


def test_the_command_opens_the_first_lesson_up_to_its_first_widget(page, tmp_path, screenshot):
    with command_lab.synthkit_lab(tmp_path) as (address, folder):
        command_lab.wait_for_first_widget(page, address)
        assert "Welcome" in page.locator(".jp-Notebook h1").first.text_content()
        assert page.locator("text=Jupyter news").count() == 0  # no question whether to fetch them
        screenshot(page, "command_lab_first_widget")
    assert (folder / "00_welcome.ipynb").exists()
    assert page.errors == []
