# ruff: noqa: F401
"""Lesson 00. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import LESSONS, lesson_info
from synthkit.course.runs.welcome import POINTS, TESTED
from synthkit.course.welcome.claims import CLAIMS
from synthkit.course.welcome.game import ORDER, real_table
from synthkit.course.welcome.history import EVENTS

INFO = lesson_info("00_welcome")
PATIENTS = len(real_table())

# %% [markdown] section=in-one-minute minutes=1
# # Welcome: which table is real?

# %% [markdown] section=in-one-minute
# ## In one minute
#
# You bake cookies that everybody asks for, and the recipe is yours alone. So you give your friends another recipe, one that you made up. Their cookies taste like yours. They can bake, share and experiment, and your secret stays in your drawer.
#
# [[Synthetic data|synthetic data]] is that second recipe. Rows made by a program, not measured, that behave like the real ones wherever it matters: enough to study, to test, to teach a machine. Two questions decide what it is worth. **Does it taste alike?** And **does it give the ingredients away?** This course measures both, for every technique.
#
# **You will be able to** say what synthetic data is and what it is not, read the map of techniques, and tell a claim from a measurement.
#
# **How you will break it:** with a forgery in which every single number is real.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need nothing. {{len(LESSONS)}} lessons in all; the last section of this one shows a path through them.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("00_welcome")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=1
# ## Predict
# *(core)*
#
# In a moment you will play detective: two small tables side by side, one of real tumours, one made up. **Before you look:**

# %% section=predict role=predict exercise=who-finds-the-shuffled title="Who finds the shuffled table?"
lesson.predict("who-finds-the-shuffled")

# %% [markdown] section=watch minutes=5
# ## Watch
# *(core)*
#
# {{len(ORDER)}} rounds. Each time a few of {{PATIENTS}} real tumours lie beside as many made ones, cut to the same digits. **Which table is real?** Your score stands beside a coin's, with the range in which your true rate may lie.

# %% section=watch
from synthkit.course.welcome.game import Game


def keep_score(right, rounds, seed):
    lesson.note("which table is real?", f"{right} of {rounds} right, tables {seed}")


def make_game(predicted):
    return Game(lesson.seed, on_end=keep_score)

# %% section=watch role=widget
watch = lesson.reveal("who-finds-the-shuffled", make_game)
watch

# %% [markdown] section=explain minutes=8
# ## Explain
# *(optional)*
#
# *Made, not measured*: that is the whole definition. A flight simulator makes data, and so does a music synthesizer. **Which of these does, too?**

# %% section=explain role=exercise exercise=which-is-synthetic title="Which is synthetic data?"
lesson.ask("which-is-synthetic")

# %% [markdown] section=explain
# There are a bazillion techniques out there, says the text that this kit grew from. Here is the map. Upwards: how well a model trained on the made rows diagnoses *real* patients. To the right: how well an attack ([[membership inference]]) tells who was in the table. Both are areas under a curve ([[AUC]]): ½ is guessing, 1 is never wrong. **Where would you like to be, and who is nearest?**
#
# Every technique with its default settings, on one small table; another table gives another map. Choose a technique, or a question above: what is it for, what is promised, what goes wrong.

# %% section=explain role=widget
from synthkit.course.welcome.technique_map import TechniqueMap

technique_map = lesson.keep(TechniqueMap())
technique_map

# %% [markdown] section=explain
# And where does it come from? Not from the 1970s, and not from one competition. **Which of the {{len(EVENTS)}} marks is older than you thought?**

# %% section=explain role=widget
from synthkit.course.welcome.history import Timeline

timeline = lesson.keep(Timeline())
timeline

# %% section=explain role=exercise exercise=what-i-would-use-it-for title="What would you use it for?"
lesson.ask("what-i-would-use-it-for")

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# The dial says how much of the [[correlation]] between the columns the forger keeps. **Turn it down: at which point would a histogram of each column notice?** Never: each column stays perfect at every stop. Break it, look at both pictures, then heal it.

# %% section=break-it role=widget
from synthkit.widgets import FailureDial

lost = lesson.keep(FailureDial(sk.failures()["monte_carlo.lost_correlation"], rng=lesson.seed))
lost

# %% section=break-it role=check exercise=fool-the-eye title="Fool the eye"
lesson.check("fool-the-eye", lost)

# %% [markdown] section=judge-it minutes=4
# ## Judge it
# *(optional)*
#
# Three forgeries, whole tables this time: shuffled columns, a copula, and one *copied* row by row from the real table. A few figures of the [[scorecard]]. **Which would you hand out?**

# %% section=judge-it
from synthkit.course.runs.welcome import card_table

card_table(lesson.seed).round(2)

# %% section=judge-it role=exercise exercise=why-not-the-copy title="Why not the copy?"
lesson.ask("why-not-the-copy")

# %% [markdown] section=judge-it
# Three uses, each measured in a second. First, *validating a model*: put a slope into {{POINTS}} made-up points, again and again, and see how often the textbook's 95 % interval holds it. Once the data are made as the textbook assumes, once with noise that has a memory.

# %% section=judge-it
from synthkit.course.runs.welcome import bug_hunt, handed_on, recovery

found = recovery(lesson.rng(1))
found

# %% [markdown] section=judge-it
# So it proves the method where its assumptions hold, and shows what happens where they don't. It says nothing about the world. Second, *testing a program*: a dose calculator that crashes for newborns. The clinic treats adults.

# %% section=judge-it
bugs = bug_hunt(lesson.rng(2))
bugs

# %% [markdown] section=judge-it
# Third, *bias*. Nine in ten of the malignant tumours go missing from the table. What does a generator make of that, and what if it is asked for half? Mind the last column: more rows, no more patients.

# %% section=judge-it
bias = handed_on(lesson.rng(3))
bias.round(3)

# %% [markdown] section=when-to-use minutes=7
# ## When to use it, when not
# *(optional)*
#
# *One image that costs 6 $ from a labelling service can be made for 6 ¢*, says the founding text: an estimate by somebody who sold such images, relayed by a vendor's blog. It is a sum with two figures left out. **What does it come to with yours?**

# %% section=when-to-use role=widget
from synthkit.course.welcome.label_cost import LabelCost, cost_sentences


def keep_prices(prices):
    lesson.note("what labels cost", " ".join(cost_sentences(cost.prices)[:2]))


cost = lesson.keep(LabelCost(on_change=keep_prices))
cost

# %% [markdown] section=when-to-use
# The text makes {{len(CLAIMS)}} claims in all, and some contradict each other. **Vote on each before the course: holds, depends, false.** After the last lesson come back, vote again, and see what the kit found and where it is measured.

# %% section=when-to-use role=widget
from synthkit.course.welcome.claims_board import ClaimsBoard

board = lesson.keep(ClaimsBoard(lesson.progress))
board

# %% [markdown] section=when-to-use
# What you measured above, so far:

# %% section=when-to-use
lost_it, kept_it = ((f := lost.failure).indicator(f.run(stop, lesson.seed)) for stop in (0.0, 1.0))
right, wrong = found["interval holds the truth"]
lesson.claims([
    ("+", "it shows whether a method finds what was put in", f"95 % intervals hold it in {right:.0%} of the runs"),
    ("+", "rows by rule reach the corners of a program", f"{bugs.iloc[2, 1]} crashes; real rows {bugs.iloc[0, 1]}, a copula {bugs.iloc[1, 1]}"),
    ("−", "what the method assumes is not tested by it", f"with noise that remembers: {wrong:.0%}"),
    ("−", "perfect columns can hide lost relations", f"error of the correlations {lost_it:.2f}, kept {kept_it:.2f}"),
    ("−", "bias is handed on", f"malignant {bias.iloc[1, 0]:.0%} in the table, {bias.iloc[2, 0]:.0%} in its copula"),
])

# %% [markdown] section=when-to-use
# **Use it** where a made row is as good as a real one for your question, and say which question that is. **Don't** take its word for it: without [[held-out rows]] of the real table nobody can say how good it is, and without attacks nobody can say whom it gives away.
#
# **Your path.** Nobody needs all lessons. Choose a line; a tick appears when a lesson is finished.

# %% section=when-to-use
from synthkit.course.welcome.path import recommended_path

recommended_path(lesson.progress)

# %% [markdown] section=when-to-use
# Three questions to keep it.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **My report.** The next cell gathers what you predicted, wrote, voted and measured, in all lessons so far, under the headings of the founding text, as one page to present. It holds no row of any table. Run it again after the last lesson.

# %% section=when-to-use
lesson.my_report()

# %% [markdown] section=when-to-use
# **Read on.** Rubin (1993), *Statistical Disclosure Limitation*; Jordon et al. (2022), *Synthetic Data – what, why and how?* (The Royal Society, arXiv 2205.03257); Stadler, Oprisanu & Troncoso (2022), *Synthetic Data – Anonymisation Groundhog Day*. **Next:** [lesson 01](01_monte_carlo.ipynb).

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
