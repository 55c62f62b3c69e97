# ruff: noqa: F401, F841
"""Lesson 02. What stands here runs at build time: the figures of the prose."""

import synthkit as sk
from synthkit.course.catalog import lesson_info
from synthkit.course.runs.bootstrap import LAW_SCHOOLS, MEAN_WAIT, REPLICATES, ROWS, TIMES
from synthkit.techniques.bootstrap import failures

INFO = lesson_info("02_bootstrap")
SCHOOLS = len(LAW_SCHOOLS)
R = LAW_SCHOOLS.corr().iloc[0, 1]
ROWS_OF_TUMOURS = len(sk.load("breast_cancer"))

# %% [markdown] section=in-one-minute minutes=1
# # Bootstrap: one sample, many worlds

# %% [markdown] section=in-one-minute
# ## In one minute
#
# {{SCHOOLS}} American law schools are asked two things: how well their new students did in a national test, and what grades they have. The two go together: their correlation is {{R:.2f}}. But {{SCHOOLS}} schools are few. Had other schools been asked, it would have come out differently. **How differently?** Nobody can ask again.
#
# In 1979 Bradley Efron did something that looked like cheating: he asked *the same* {{SCHOOLS}} schools again. Write each on a card, draw {{SCHOOLS}} cards, putting each one back. Some come twice, some not at all. Compute the correlation anew. Do that thousands of times, and see how much it varies. That is the [[bootstrap]]: the sample stands for the world.
#
# **You will be able to** give any figure an error bar without a formula, and say when that bar lies.
#
# **How you will break it:** you will make intervals that promise 95 % and keep half of it, and a pile of replicates that stands on a single value.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lesson 01, and what a mean and a quantile are.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("02_bootstrap")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# An ambulance station notes the minutes between two calls. From such a list the mean wait is computed, and then computed again from thousands of new samples, drawn [[with replacement]] from the list. Each of these means is a [[replicate]]. The middle 95 % of them are the [[confidence interval]]: 'the true mean is probably in here'.
#
# A narrow interval would be nice. **Which narrows it: more replicates, or more data?**

# %% section=predict role=predict exercise=what-narrows-it title="What narrows the interval?"
lesson.predict("what-narrows-it")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# One picture shows the replicates piling up, up to {{REPLICATES:,}} of them. The other shows how wide the interval is meanwhile. The truth is known here, {{MEAN_WAIT:g}} minutes, because the calls are simulated; in life it never is.
#
# Press play, or step with the buttons: that is *more replicates*. Then turn the one knob: that is *more data*. Which of the two moves the width?

# %% section=watch
from synthkit.course.exercises.bootstrap import RIGHT_TEXT, option_text
from synthkit.course.runs.bootstrap import ROWS, pile_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("rows", "rows of data", ROWS, ROWS[0])


def pile_player(chosen):
    said = Predicted(option_text(chosen), against=RIGHT_TEXT) if option_text(chosen) else None
    return Player(run=pile_trace, dials=(knob,), seed=lesson.seed, prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("what-narrows-it", pile_player)
watch

# %% [markdown] section=watch
# Both cures side by side, on the same waiting times. Read along a line for {{TIMES}} times the replicates, and down two lines for {{TIMES}} times the data.

# %% section=watch
from synthkit.course.runs.bootstrap import widths_table

widths = widths_table(lesson.seed)
widths.round(2)

# %% [markdown] section=explain minutes=4
# ## Explain
# *(optional)*
#
# Two errors are at work. The [[standard error]] of the mean is about $s/\sqrt{n}$: it is what the width shows, and only rows shrink it. The jitter of the interval's ends falls like $1/\sqrt{R}$ with the number R of replicates: that one is for sale.
#
# $$\text{width} \approx 2 \cdot 1.96\,\frac{s}{\sqrt{n}} \;\pm\; \frac{\text{jitter}}{\sqrt{R}}$$

# %% section=explain role=exercise exercise=what-replicates-buy title="What do replicates buy?"
lesson.ask("what-replicates-buy")

# %% section=explain role=exercise exercise=why-with-replacement title="Why with replacement?"
lesson.ask("why-with-replacement")

# %% [markdown] section=explain
# There is more than one way to read an interval off the replicates. The [[percentile interval]] takes their middle. The *basic* one mirrors it at the estimate. [[BCa]] corrects it for bias and skew, the latter by the [[jackknife]]. The *studentized* one measures each replicate in its own standard error. Here are the law schools again. **What is odd about one of these ends?**

# %% section=explain
from synthkit.course.runs.bootstrap import LAW_SCHOOLS, four_intervals

schools = four_intervals(lesson.seed)
print(f"correlation of {len(LAW_SCHOOLS)} schools: {LAW_SCHOOLS.corr().iloc[0, 1]:.3f}")
for method in schools.index[schools["to"].round(2) > 1]:
    print(f"'{method}' reaches {schools.loc[method, 'to']:.2f}: no correlation is above 1")
schools.round(3)

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*
#
# First a warm-up: a standard error in two gaps. Row numbers are drawn, `replicates` times `len(x)` of them; `x[rows]` is then one new sample in each line.

# %% section=build-it role=exercise exercise=standard-error title="The standard error, in gaps"
lesson.ask("standard-error")

# %% [markdown] section=build-it
# Your turn, with the law schools' question: an interval for a correlation. Any way of writing it is fine, a plain loop too. One thing decides whether it works at all: what exactly is drawn?

# %% section=build-it role=exercise exercise=my-interval title="Write the interval"
def my_interval(pairs, replicates, rng):
    """Return low and high of a 95 % interval of the correlation; pairs has shape (n, 2)."""
    n = len(pairs)
    # Some five lines go here. The last one returns low and high.


# %% section=build-it role=solution exercise=my-interval
def my_interval(pairs, replicates, rng):
    """Return low and high of a 95 % interval of the correlation; pairs has shape (n, 2)."""
    n = len(pairs)
    figures = []
    for _ in range(replicates):
        rows = rng.integers(0, n, n)  # n row numbers, with replacement
        figures.append(np.corrcoef(pairs[rows].T)[0, 1])  # whole rows
    return np.quantile(figures, [0.025, 0.975])

# %% section=build-it role=check exercise=my-interval
lesson.check("my-interval", my_interval)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# The library's own BCa, not a copy made for the lesson. It is still a percentile interval, only at other levels than 2.5 % and 97.5 %. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.bootstrap import BCA_INSIDE, bca_picture
from synthkit.techniques.bootstrap.intervals import acceleration, bca_interval, bias_correction

sources = (bias_correction, acceleration, bca_interval)
inside = lesson.keep(LookInside(sources, BCA_INSIDE, bca_picture(lesson.seed)))
inside

# %% [markdown] section=look-inside
# Which school pulls hardest at the correlation? It is the point farthest from 0 in the last picture: without it the figure would have been another one.

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# So far each row knew nothing of the others. In time that is rarely so: today resembles yesterday. Here are {{failures.TRIALS}} series of {{failures.SERIES_ROWS}} days in which each day keeps {{failures.PHI:.0%}} of the day before ([[autocorrelation]]), each with a 95 % interval of its mean. **In what share of them does the interval hold the truth?** That share is the [[coverage]].
#
# The dial is the length of the stretches that are drawn together ([[block bootstrap]]). Break it first: turn the dial until the indicator crosses the threshold. Then heal it.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Bootstrap.failures}
dependence = lesson.keep(FailureDial(failures["bootstrap.dependence"], rng=lesson.seed))
dependence

# %% section=break-it role=check exercise=break-dependence title="Tear neighbours apart"
lesson.check("break-dependence", dependence)

# %% [markdown] section=break-it
# The second break needs no time at all. How high can the water rise? From {{failures.MAXIMUM_ROWS}} measured levels somebody bootstraps the *maximum*. **Where will the replicates pile up?** No new sample can hold more than the largest row, and most of them hold exactly that.
#
# Drawing fewer rows than there are (m out of n) breaks the pile up; the interval must then be shrunk to the full size.

# %% section=break-it role=widget
maximum = lesson.keep(FailureDial(failures["bootstrap.extremes"], rng=lesson.seed))
maximum

# %% section=break-it role=check exercise=break-the-maximum title="Pile up on the maximum"
lesson.check("break-the-maximum", maximum)

# %% [markdown] section=judge-it minutes=3
# ## Judge it
# *(optional)*
#
# The bootstrap makes tables, too: `sk.Bootstrap().fit(table).sample(n)`. Nothing is modelled, so nothing can be modelled wrongly. **What can a judge find fault with?** The card splits the table of {{ROWS_OF_TUMOURS}} tumours before fitting, and sets [[held-out rows]] and a [[noise band]] beside each figure.

# %% section=judge-it
real = sk.load("breast_cancer").iloc[:, :10]
card = sk.judge(sk.Bootstrap(), real, rng=lesson.seed, mode="quick")
print("verdict:", card.verdict.label)
figures = card.table().set_index("figure").loc[["column_shapes", "pair_trends", "c2st_auc"]]
shown = figures[["value", "noise_low", "noise_high", "fresh real rows", "independent shuffle"]]
shown.rename(columns={"value": "bootstrap"}).round(3)

# %% section=judge-it role=exercise exercise=better-than-real title="Better than real?"
lesson.ask("better-than-real")

# %% [markdown] section=judge-it
# And the other half of the card. Count it yourself: in what share of the bootstrap's rows does a real patient stand, with all cells?

# %% section=judge-it
fake = sk.Bootstrap().fit(real, rng=1).sample(len(real), rng=2)
originals = set(map(tuple, real.to_numpy()))
copies = np.mean([tuple(row) in originals for row in fake.to_numpy()])
print(f"{copies:.0%} of the rows are copies of real rows")
for reason in card.verdict.reasons[:2]:
    print("-", reason)

# %% [markdown] section=your-data minutes=3
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
# How sure are the medians of your columns? The last column of the table says in how long stretches neighbouring rows resemble each other: near 1, rows in this order are independent; well above 5, draw blocks (`block_length="auto"`).

# %% section=your-data
from synthkit.techniques.bootstrap import automatic_block_length, bootstrap_interval

found = {}
for column in mine.select_dtypes("number").columns[:6]:
    values = mine[column].dropna().to_numpy(float)
    interval = bootstrap_interval(values, "median", rng=lesson.seed)
    block = automatic_block_length(values).stationary
    found[column] = {"median": interval.estimate, "from": interval.low, "to": interval.high, "block, rows": block}
pd.DataFrame(found).T.round(3)

# %% [markdown] section=when-to-use minutes=2
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
def indicator(name, stop):
    failure = failures[f"bootstrap.{name}"]
    return failure.indicator(failure.run(stop, lesson.seed))


single, blocks = (indicator("dependence", stop) for stop in (1, 25))
spike, spread = (indicator("extremes", stop) for stop in (50, 7))
low, high = schools.loc["bca"]
few, many = (widths.iloc[i, 0] for i in (0, 2))

# %% section=when-to-use
lesson.claims([
    ("+", "an error bar for any figure, without a formula", f"{len(LAW_SCHOOLS)} schools: {low:.2f} to {high:.2f}"),
    ("+", "says what more data would buy", f"{few:.1f} → {many:.1f} minutes for 16 times the rows"),
    ("+", "keeps whatever held between columns", f"pair trends {shown.loc['pair_trends', 'value']:.2f}, fresh rows {shown.loc['pair_trends', 'fresh real rows']:.2f}"),
    ("−", "single rows of a series: far too sure", f"{single:.0%} covered of 95 %, in blocks {blocks:.0%}"),
    ("−", "blind beyond the largest row", f"{spike:.0%} of replicates on it, {spread:.0%} if fewer are drawn"),
    ("−", "no new values, no privacy", f"{copies:.0%} of the rows are real ones: '{card.verdict.label}'"),
])

# %% [markdown] section=when-to-use
# **Use it** to say how sure a figure is, to see how a pipeline reacts to another sample of the same world, and as the yardstick that no generator can beat in likeness. **Don't** use it for maxima and other figures that hang on a few rows, on rows in time without blocks, on a handful of rows (ten are too few for any method), or for anything that must protect the people in the table.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Efron & Tibshirani (1993), *An Introduction to the Bootstrap*: the law schools are theirs, chapters 1 to 6 need little mathematics. Davison & Hinkley (1997), *Bootstrap Methods and their Application*. Hesterberg (2015), *What Teachers Should Know about the Bootstrap*: free, and on exactly this lesson's question.
#
# **Take it with you.** `fake.to_csv("bootstrap.csv", index=False)` saves the rows (they are real ones: handle them so), `bootstrap_interval(values, "median")` works on any list of numbers, and `pile_trace(1).to_html("pile.html")` saves the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
