"""How the browser tests of the player read and work a widget; the pages come from conftest.py."""

from __future__ import annotations

import ast
import time

import lab

# A frame is drawn, or it is said why there is none.
HAS_ANSWER = """root => root.dataset.step || root.dataset.word
  || root.querySelector('[role=alert]:not([hidden])')"""


def show(page, source: str, view: int = 0):
    """Run a cell and return the root of the widget in its output, once the kernel answered it."""
    root = lab.run_cell(page, source).locator(".sk-root").nth(view)
    root.wait_for(state="visible", timeout=30_000)
    page.wait_for_function(HAS_ANSWER, arg=root.element_handle(), timeout=30_000)
    return root


def step(root) -> float:
    return float(root.get_attribute("data-step") or "nan")


def wait_for_step(root, condition, timeout_s: float = 20.0) -> float:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        now = step(root)
        if condition(now):
            return now
        time.sleep(0.02)
    raise AssertionError(f"the step stays at {step(root)}")


def picture(root, number: int = 0) -> str:
    return root.locator(".sk-stages canvas.sk-canvas").nth(number).evaluate("c => c.toDataURL()")


def count_pixels(root, selector: str, rgb: tuple[int, int, int]) -> int:
    """Count pixels of a canvas that are within 24 of a colour."""
    return root.locator(selector).first.evaluate(
        """(canvas, [r, g, b]) => {
          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          let n = 0;
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] > 200 && Math.abs(data[i] - r) < 24 && Math.abs(data[i + 1] - g) < 24
                && Math.abs(data[i + 2] - b) < 24) n += 1;
          }
          return n;
        }""",
        list(rgb),
    )


def button(root, name: str):
    return root.get_by_role("button", name=name, exact=True)


def in_kernel(page, expression: str):
    return ast.literal_eval(lab.evaluate_in_kernel(page, expression))


def wait_for_answer(root) -> None:
    """Wait until the kernel has answered what the widget asked last.

    JupyterLab carries a widget's messages and a test's questions on two channels, so that a
    question may overtake a message which was sent before it.
    """
    root.page.wait_for_function(
        "root => root.getAttribute('aria-busy') === 'false'", arg=root.element_handle(),
        timeout=20_000,
    )


def wait_for_word(root, expected: str) -> None:
    root.page.wait_for_function(
        "([root, word]) => root.dataset.word === word", arg=[root.element_handle(), expected],
        timeout=20_000,
    )
