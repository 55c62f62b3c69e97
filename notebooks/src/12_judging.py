# ruff: noqa: F401
"""Lesson 12. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.gallery import GALLERY
from synthkit.course.runs.judging import AXES, ROWS, TABLES

INFO = lesson_info("12_judging")
CHEATS = len(GALLERY)
COUNT = len(AXES)
VENDORS = len(TABLES)

# %% [markdown] section=in-one-minute minutes=1
# # Judging: which table would you trust?

# %% [markdown] section=in-one-minute
# ## In one minute
#
# Three vendors sell you the same thing: a synthetic copy of a town's census, with which students may work in place of the real one. Each brochure praises its table with a score, and each score is true. One vendor has drawn real rows once more and calls them synthetic. One has shuffled every column by itself. One has learned something.
#
# (The town is made by a program of the kit. So its truth is known, and fresh people can be asked for at any time: nobody's data is at stake.)
#
# Scores that are true and tables that are useless, or dangerous: that is the everyday of [[synthetic data]]. The way out is a [[scorecard]]: many figures instead of one, each beside an [[anchor]] whose worth is known, and a verdict that likeness cannot buy.
#
# **You will be able to** read a scorecard, write a measure and its noise band yourself, and find the fault that a good score hides.
#
# **How you will break it:** you will build a table that beats real people at likeness while everybody in it can be found.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lesson 01, and what a correlation is.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("12_judging")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# Here is what the {{VENDORS}} brochures say. The [[quality score]] is the mean of the [[column shapes]] (is each column alike?) and the [[pair trends]] (does each pair of columns move together alike?); 1 is best.

# %% section=predict
from synthkit.course.runs.judging import brochure

brochure(lesson.seed).round(3)

# %% [markdown] section=predict
# **Which one would you trust?** Choose, say how sure you are, and press *Commit*.

# %% section=predict role=predict exercise=which-table title="Which table would you trust?"
lesson.predict("which-table")

# %% [markdown] section=watch minutes=4
# ## Watch
# *(core)*
#
# The scorecard builds up, axis by axis: {{COUNT}} in all, 1 is always best. Beside each bar stand the anchors: fresh people of the same town (ring), a verbatim copy (disc) and an independent shuffle (cross). The grey [[noise band]] is where fresh people fall by luck.
#
# Play it, or step. Then turn the one knob to the next table. **At which axis would you have changed your mind?**

# %% section=watch
from synthkit.course.exercises.judging import RIGHT_TEXT, option_text
from synthkit.course.runs.judging import TABLES, scorecard_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("table", "table", tuple(TABLES), "A")


def card_player(chosen):
    said = Predicted(option_text(chosen), against=RIGHT_TEXT) if option_text(chosen) else None
    return Player(run=scorecard_trace, dials=(knob,), seed=lesson.seed, prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("which-table", card_player)
watch

# %% [markdown] section=watch
# All three side by side: every axis, and beside it what fresh people have.

# %% section=watch
from synthkit.course.runs.judging import FRESH, anchor_scores, judged, scores

cards = {table: judged(name, lesson.seed) for table, name in TABLES.items()}
axes = pd.DataFrame({f"table {table}": scores(case) for table, case in cards.items()})
axes["fresh people"] = anchor_scores(lesson.seed)[FRESH]
for table, case in cards.items():
    print(f"table {table}: {case.card.verdict.label}")
axes.round(2)

# %% [markdown] section=explain minutes=4
# ## Explain
# *(optional)*
#
# The real table is a [[sample]] of the town. With n rows, fresh people miss it by about $1/\sqrt{n}$ on each axis of likeness, and so does the best table that there can be. A copy misses it by less. So each figure is read twice: how far *below* fresh people is it, and is it *above* them?

# %% section=explain role=exercise exercise=what-a-score-says title="What does a high score say?"
lesson.ask("what-a-score-says")

# %% [markdown] section=explain
# One axis is asked of a machine: the [[C2ST]]. A classifier is trained on real and synthetic rows, in shuffled parts, and tested on rows that it has not seen. Its [[AUC]] is read from one half:

# %% section=explain
for table, case in cards.items():
    found = case.card["c2st_auc"]
    print(f"table {table}: AUC {found.value:.2f}, fresh people {found.anchors[FRESH]:.2f}")

# %% section=explain role=exercise exercise=area-below-half title="An area below one half"
lesson.ask("area-below-half")

# %% section=explain role=exercise exercise=why-copies-win title="Why do copies win?"
lesson.ask("why-copies-win")

# %% [markdown] section=build-it minutes=9
# ## Build it
# *(optional)*
#
# First the order of a judgement. It begins before anything is trained: with [[held-out rows]].

# %% section=build-it role=exercise exercise=judge-in-order title="Put the judgement in order"
lesson.ask("judge-in-order")

# %% [markdown] section=build-it
# Now a measure from scratch. How far apart are two columns of numbers? Look at the share of rows at or below each value, once in each column: the largest gap of the two is the answer. Three lines. (`rng` is handed over to every function that is checked; nothing here is random.)

# %% section=build-it role=exercise exercise=largest-gap title="Write the distance"
def my_distance(real, fake, rng=None):
    """Return the largest gap between the cumulative shares of two columns (n,) and (m,)."""
    # Three lines go here: all values, the share of each column at or below them, the largest gap.


# %% section=build-it role=solution exercise=largest-gap
def my_distance(real, fake, rng=None):
    """Return the largest gap between the cumulative shares of two columns (n,) and (m,)."""
    at = np.concatenate([real, fake])
    shares = [np.searchsorted(np.sort(column), at, side="right") / len(column) for column in (real, fake)]
    return np.abs(shares[0] - shares[1]).max()

# %% section=build-it role=check exercise=largest-gap
lesson.check("largest-gap", my_distance)

# %% [markdown] section=build-it
# A distance alone says nothing: how large may it be for a table that is as good as real? Lesson 02 knows how to get fresh samples out of one.

# %% section=build-it role=exercise exercise=noise-band title="The noise band, in two gaps"
lesson.ask("noise-band")

# %% [markdown] section=look-inside minutes=2
# ## Look inside
# *(optional)*
#
# The library's own source of the column shapes. It works on coded values, so that missing ones count and whole numbers stay exact. Choose a term, and it lights up in the equation, in the code and in the picture (the incomes of table C).

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.judging import SHAPES_INSIDE, shapes_picture
from synthkit.measure import fidelity

source = (fidelity.level_shares, fidelity.kolmogorov_smirnov, fidelity.total_variation, fidelity._shape_score)
inside = lesson.keep(LookInside(source, SHAPES_INSIDE, shapes_picture(lesson.seed)))
inside

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# Now you are the vendor, with tumours of the breast. Take real rows and move each number a little, so that no row equals a real one. The [[dial]] is the jitter, the [[indicator]] is [[membership inference]]: can somebody who holds a list of patients tell who was in your table? **How much jitter fools the report? How much fools the attack?**

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Bootstrap.failures}
game = lesson.keep(FailureDial(failures["bootstrap.hidden_copies"], rng=lesson.seed))
game

# %% section=break-it role=check exercise=game-the-score title="Game the report, then repair it"
lesson.check("game-the-score", game)

# %% [markdown] section=break-it
# Would the verdict have been fooled? Here is your table at two settings, through the whole scorecard. Read which figure is named first.

# %% section=break-it
from synthkit.course.runs.judging import hidden_copies_card

for jitter in (0.02, "new rows"):
    verdict = hidden_copies_card(jitter, lesson.seed).verdict
    print(f"jitter {jitter}: {verdict.label}. {verdict.reasons[0]}")

# %% [markdown] section=judge-it minutes=4
# ## Judge it
# *(optional)*
#
# The gallery: {{CHEATS}} ways to fool a report, each judged. A [[near copy]] lies far closer to a real row than people of this town lie to each other; each attack has its [[control]], the people who were held out. **Read down the quality score, then the verdict.**

# %% section=judge-it
from synthkit.course.runs.judging import gallery_table

gallery = gallery_table(lesson.seed)
gallery

# %% section=judge-it role=exercise exercise=catch-the-cheat title="Catch the clamped sampler"
lesson.ask("catch-the-cheat")

# %% [markdown] section=judge-it
# Any of them can be watched axis by axis. Turn the knob. (A seed that is new takes a few seconds.)

# %% section=judge-it role=widget
from synthkit.course.runs.gallery import GALLERY

cheats = Dial("table", "cheat", tuple(GALLERY), "clamped sampler")
parade = lesson.keep(Player(run=scorecard_trace, dials=(cheats,), seed=lesson.seed))
parade

# %% [markdown] section=judge-it
# And the whole card of table C, as `sk.scorecard` returns it: every figure with its interval, its band and its anchors; which attacks were run; and, in its last lines, what it does *not* claim.

# %% section=judge-it
card = cards["C"].card
card

# %% [markdown] section=your-data minutes=2
# ## Your own data
# *(optional)*
#
# Put a CSV file beside this notebook and write its name between the quotes, or take a bundled table (`"diabetes"`, `"wine"`, `"iris"`). Nothing is uploaded, and no real row is shown or saved here.

# %% section=your-data
from synthkit.course.your_data import personal_warning, read_table

mine = read_table("diabetes")
print(f"{len(mine):,} rows, {mine.shape[1]} columns")
personal_warning(mine)

# %% [markdown] section=your-data
# `sk.judge` does it in the right order: it sets rows aside, trains on the rest, and judges. Try `"monte_carlo"`, `"trees"`, `"bootstrap"`.

# %% section=your-data
own = sk.judge("monte_carlo", mine, rng=1, mode="quick")
print("verdict:", own.verdict.label)
for reason in own.verdict.reasons[:3]:
    print(" -", reason)

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
a, b, _ = (f"table {table}" for table in TABLES)
lesson.claims([
    ("+", "no single figure can buy the verdict", f"A: pairs {axes.loc['pairs', a]:.2f}, verdict {cards['A'].card.verdict.label}"),
    ("+", "every cheat of the gallery is named", f"{(gallery['verdict'] != 'good').sum() - 1} of {len(gallery) - 1} not called good"),
    ("+", "honest tables pass", f"C: {cards['C'].card.verdict.label}"),
    ("−", "without held-out rows nothing is said on leaks", f"{len(cards['C'].holdout):,} people set aside here"),
    ("−", "a leak below the stated size goes unseen", f"AUC below {card.attack('membership_density').detectable:.2f}"),
    ("−", "one perfect axis says nothing of the others", f"B: tails {axes.loc['tails', b]:.2f}, models {axes.loc['models', b]:.2f}"),
])

# %% [markdown] section=when-to-use
# **Use it** on every table before it leaves your desk, and ask every vendor for its figures beside fresh rows that *you* held out. **Don't** trust one number, whoever prints it; don't choose the best of many seeds; don't read 'no leak found' as 'no leak'. What was measured holds against the attacks that were run, and is no legal advice.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Lopez-Paz & Oquab (2017), *Revisiting classifier two-sample tests*. Naeem and others (2020), *Reliable fidelity and diversity metrics*. Yao and others (2025), *The DCR delusion*. Lesson 13 lets you attack.
#
# **Take it with you.** `card.to_html("card.html")` saves the card as a page that lives alone, `card.to_json("card.json")` for machines. On files: `synthkit split REAL.csv`, then `synthkit evaluate REAL.csv FAKE.csv --holdout HOLDOUT.csv`.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
