# ruff: noqa: F401
"""Lesson 10. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.finance_ring import ACCOUNTS
from synthkit.course.runs.finance_rules import MONTHS
from synthkit.techniques.finance import NewKeynesian
from synthkit.techniques.finance.fraud import TYPOLOGIES

INFO = lesson_info("10_finance_rules")
KINDS = len(TYPOLOGIES)
CRITICAL = NewKeynesian().critical_phi_pi

# %% [markdown] section=in-one-minute minutes=1
# # Finance by rules

# %% [markdown] section=in-one-minute
# ## In one minute
#
# A bank wants to find fraud, and has hardly any to learn from; what it has, it may not show. So somebody who knows fraud writes it down: 'tiny payments in a burst, then a large one'. A program follows such a [[rule]] and makes as many frauds as one likes, each with its label. The same works for the rest of the world: an economy that goes up and down, a central bank that answers, rates, prices, salaries, rents.
#
# No real row is needed, and every label is right. That is the charm of rules, and the trap: whatever learns from the table learns what its author wrote.
#
# **You will be able to** write rules, make a bank from them, and test a detector honestly.
#
# **How you will break it:** your detector will be nearly perfect and blind, your central bank will lose its grip, and rates will fall below a zero that they cannot cross.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lesson 01.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("10_finance_rules")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# There are {{KINDS}} kinds of fraud in the kit, each a [[typology]] with a rule of its own. A detector sees honest payments and one kind of fraud. Then it is tested: on new frauds by the same rule, and on frauds of all {{KINDS}} kinds. The share that it finds is its [[recall]].

# %% section=predict role=predict exercise=what-does-it-find title="What does it find?"
lesson.predict("what-does-it-find")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# Step by step the detector is trained on more kinds. Then turn the one knob: fraudsters who hide among honest payments.

# %% section=watch
from synthkit.course.exercises.finance_rules import RIGHT_TEXT, option_text
from synthkit.course.runs.finance_rules import ADAPTIVITY, detector_trace, world_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("adaptivity", "how well fraudsters hide (0 … 1)", ADAPTIVITY, ADAPTIVITY[0])


def detector_player(chosen):
    said = Predicted(option_text(chosen), against=RIGHT_TEXT) if option_text(chosen) else None
    return Player(run=detector_trace, dials=(knob,), seed=lesson.seed, prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("what-does-it-find", detector_player)
watch

# %% [markdown] section=explain minutes=5
# ## Explain
# *(optional)*
#
# This is one rule from above: a month of {{ACCOUNTS}} accounts. Each dot is an account, each arrow a payment. What the rule made lights up as it is paid. Play it, then turn the knob to another rule. **From which day on would you have seen it?**

# %% section=explain role=widget
from synthkit.course.runs.finance_ring import RINGS, ring_trace

shape = Dial("typology", "kind of fraud", RINGS, RINGS[0])
ring = lesson.keep(Player(run=ring_trace, dials=(shape,), seed=lesson.seed))
ring

# %% [markdown] section=explain
# No honest payment draws such a figure. A detector need not know what fraud is: it needs to know the figure.

# %% section=explain role=exercise exercise=why-perfect title="Why is it perfect?"
lesson.ask("why-perfect")

# %% section=explain role=exercise exercise=how-to-test title="How would you test it?"
lesson.ask("how-to-test")

# %% [markdown] section=explain
# The bank does not stand alone. An economy drives it: a [[regime]] of recession or expansion, growth, jobs, prices, and a central bank that follows a [[Taylor rule]]. Here are {{MONTHS}} months of it, recessions shaded. Start with the shaded months: what do prices, jobs and the policy rate do there? And what does the yield curve do a year later?

# %% section=explain role=widget
world = lesson.keep(Player(world_trace(lesson.seed)))
world

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*

# %% section=build-it role=exercise exercise=taylors-rule title="Taylor's rule"
lesson.ask("taylors-rule")

# %% [markdown] section=build-it
# Your turn: the cycle itself. Recessions last because each month resembles the last one.

# %% section=build-it role=exercise exercise=my-cycle title="A business cycle of your own"
def my_cycle(stay, months, rng):
    """Return 0 (recession) or 1 (expansion) for each month; shape (months,)."""
    # Some lines go here: begin in 1, switch with the chance 1 - stay.


# %% section=build-it role=solution exercise=my-cycle
def my_cycle(stay, months, rng):
    """Return 0 (recession) or 1 (expansion) for each month; shape (months,)."""
    state, states = 1, []
    for _ in range(months):
        if rng.random() > stay:
            state = 1 - state
        states.append(state)
    return np.array(states)

# %% section=build-it role=check exercise=my-cycle
lesson.check("my-cycle", my_cycle)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# Two ways to move a rate by a month: the exact law, and Euler's straight step. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.finance_rules import RATES_INSIDE, rates_picture
from synthkit.techniques.finance.rates import cir_step, euler_step

inside = lesson.keep(LookInside((cir_step, euler_step), RATES_INSIDE, rates_picture(lesson.seed)))
inside

# %% [markdown] section=break-it minutes=5
# ## Break it, then repair it
# *(core)*
#
# First the detector. The dial is the number of kinds in its training data.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Finance.failures}
rule = lesson.keep(FailureDial(failures["finance.learned_rule"], rng=lesson.seed))
rule

# %% section=break-it role=check exercise=learn-the-rule title="Learn the rule"
lesson.check("learn-the-rule", rule)

# %% [markdown] section=break-it
# Then the central bank. People look ahead, and only a strong enough answer leaves them a single path ([[determinacy]]). Below {{CRITICAL:.4f}} it is gone: any rumour may come true.

# %% section=break-it role=widget
anchor = lesson.keep(FailureDial(failures["finance.indeterminate"], rng=lesson.seed))
anchor

# %% section=break-it role=check exercise=lose-the-anchor title="Lose the anchor"
lesson.check("lose-the-anchor", anchor)

# %% [markdown] section=break-it
# Last the rates. If the [[Feller ratio]] is 1 or more, a rate of this model never touches zero; in no case does it cross it. Euler's steps do.

# %% section=break-it role=widget
euler = lesson.keep(FailureDial(failures["finance.negative_rates"], rng=lesson.seed))
euler

# %% section=break-it role=check exercise=go-below-zero title="Go below zero"
lesson.check("go-below-zero", euler)

# %% [markdown] section=judge-it minutes=4
# ## Judge it
# *(optional)*
#
# There is no real table here to compare with, so the judge is the use: what does a detector trained on these rows find? First all kinds, as sharp as the rules make them. Then with [[label noise]]: two fifths of the frauds in the training rows went unnoticed. Then fraudsters hide. **Which of the two hurts more?**

# %% section=judge-it
from synthkit.course.runs.finance_rules import detector_table

noisy, hidden = {"label_noise": 0.4}, {"adaptivity": 0.6}
found = pd.DataFrame({
    "same rules": detector_table(lesson.seed),
    "trained on wrong labels": detector_table(lesson.seed, train=noisy),
    "fraudsters hide": detector_table(lesson.seed, test=hidden),
    "trained on those who hide": detector_table(lesson.seed, train=hidden, test=hidden),
})
found.round(2)

# %% section=judge-it role=exercise exercise=what-hurt-most title="Why does it find fewer?"
lesson.ask("what-hurt-most")

# %% [markdown] section=your-data minutes=4
# ## Your own data
# *(optional)*
#
# Rules are data. Change them here; a wrong key or a rate out of range is refused by name. Some choose a model: `"vasicek"` instead of `"cir"` for the short rate lets it fall below zero. `write_rules("rules.json")` puts all of them into a file for you to edit.

# %% section=your-data
from synthkit.techniques.finance import Finance, write_rules

my_rules = {
    "customers": {"purchases_a_month": 30, "rent_share": 0.35},
    "rates": {"model": "vasicek"}, "markets": {"model": "regimes"},
    "fraud": {"cases_per_1000_customers": {"cycle": 20, "card_testing": 20}},
}
tables = Finance(rules=my_rules, customers=300, periods=6).simulate(rng=lesson.seed)
{name: len(table) for name, table in tables.items()}

# %% [markdown] section=your-data
# And rules can be fitted, each with its standard error: the bundled quarters of the American economy, `"sp500"`, `"vix"`, or a CSV of yours with a column `realgdp`, `tbilrate` or `close`. One block will not be used. You have met the reason above.

# %% section=your-data
import warnings

from synthkit.course.your_data import personal_warning, read_table

mine = read_table("macrodata")
personal_warning(mine)
with warnings.catch_warnings(record=True) as said:
    fitted = Finance().fit(mine)
print(*(warning.message for warning in said), sep="\n")
fitted.calibration().round(3)

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
def indicator(name, stop):
    failure = failures[f"finance.{name}"]
    return failure.indicator(failure.run(stop, lesson.seed))


one, six = (indicator("learned_rule", stop) for stop in (1, 6))
loose, firm = (indicator("indeterminate", stop) for stop in (0.9, 1.5))
below = indicator("negative_rates", 0.3)
rows = len(tables["transactions"])

# %% section=when-to-use
lesson.claims([
    ("+", "no real row is needed, every row has its label", f"{rows:,} transactions, {tables['transactions']['is_fraud'].sum()} frauds"),
    ("+", "all tables hang together", f"{len(tables)} tables, joined by keys and dates"),
    ("+", "rare cases at will", f"{six:.0%} found with all kinds in the training data"),
    ("−", "what learns from it learns the rule", f"{one:.0%} of all frauds found by who knows one rule"),
    ("−", "a weak policy rule leaves no anchor", f"inflation spreads by {loose:.2f} points instead of {firm:.2f}"),
    ("−", "a careless scheme leaves the model", f"{below:.0%} negative rates where none can be"),
])

# %% [markdown] section=when-to-use
# **Use it** to test a pipeline before data are there, to make rare cases, to ask 'what if'. **Don't** report a detector's figure on the author's own rules, and don't take relations for laws: those of the past did not all last.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Altman et al. (2023), *Realistic Synthetic Financial Transactions for Anti-Money Laundering Models*; Hamilton (1989) on regimes; Galí, *Monetary Policy, Inflation and the Business Cycle*, chapter 3.
#
# **Take it with you.** `tables["transactions"].to_csv("bank.csv", index=False)` saves the transactions, and `world_trace(1).to_html("world.html")` saves the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
