# ruff: noqa: F401
"""Lesson 01. What stands here runs at build time: the figures of the prose."""

import synthkit as sk
from synthkit.course.catalog import lesson_info
from synthkit.course.runs.monte_carlo import REPEATS
from synthkit.techniques import monte_carlo_failures as failures
from synthkit.techniques.monte_carlo_estimates import pi_error

INFO = lesson_info("01_monte_carlo")
CONSTANT = float(pi_error(1))
ROWS, COLUMNS = sk.load("breast_cancer").iloc[:, :10].shape
PAIRS = COLUMNS * (COLUMNS - 1) // 2

# %% [markdown] section=in-one-minute minutes=1
# # Monte Carlo: let chance do the counting

# %% [markdown] section=in-one-minute
# ## In one minute
#
# In 1946 Stanisław Ulam lay ill in bed and played solitaire. How often can it be won at all? He tried to calculate it, gave up, and had a better idea: play a hundred games and *count*. That is [[Monte Carlo]]: when a question is too hard to calculate, let chance play it out, many times, and count.
#
# The same idea makes [[synthetic data]]. Describe how a table's columns behave, and how they hang together. Then draw as many new rows as you like from that description.
#
# **You will be able to** say how many draws an answer needs, write a sampler for whole tables yourself, and tell when such a table must not be trusted.
#
# **How you will break it:** you will make a table whose every column is perfect and whose rows are nonsense. Then you will miss an event that matters because it is rare.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: what a histogram and a correlation are. Everybody in a class who uses the same [[seed]] sees the same figures.*

# %% section=in-one-minute
import numpy as np
import pandas as pd
from scipy import stats

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("01_monte_carlo")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# Throw darts at a square, blindfolded. A quarter circle is drawn in it, with the square's side as its radius. The share of darts that land inside is close to π/4. So four times that share is an [[estimate]] of π: by nothing but chance and counting.
#
# It is never exact. More darts, smaller [[error]]: but **how much** smaller? Draw what you expect, then press *Commit*. A wrong guess is worth more than none: it is what makes the answer stick.

# %% section=predict role=predict exercise=error-line title="Draw how the error falls"
lesson.predict("error-line")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# One picture shows the darts of one run. The other shows the *typical* error of {{REPEATS}} such runs (their [[RMSE]]) on a [[log-log plot]]; your own line stays drawn over it.
#
# Press play, or step with the buttons. Then turn the one knob: darts that keep their distance from each other (*even*) instead of purely random ones. What happens to the slope?

# %% section=watch
from synthkit.course.runs.monte_carlo import DART_COUNTS, darts_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("points_from", "how the darts are thrown", ("random", "even"), "random")


def darts_player(drawn):
    line = drawn and Predicted((DART_COUNTS, drawn), view="error", against="error")
    return Player(run=darts_trace, dials=(knob,), seed=lesson.seed, prediction=line)

# %% section=watch role=widget
watch = lesson.reveal("error-line", darts_player)
watch

# %% [markdown] section=watch
# What did four times the darts really buy? Here is the measured error, and by what it was divided at each step.

# %% section=watch
run = darts_trace(lesson.seed)
errors = {n: run.scalars("error")[list(run.steps).index(n)] for n in DART_COUNTS}
for n in DART_COUNTS[1:]:
    print(f"{n // 4:>5,} → {n:>5,} darts: error {errors[n]:.3f}, divided by {errors[n // 4] / errors[n]:.2f}")

# %% [markdown] section=explain minutes=3
# ## Explain
# *(optional)*
#
# The error falls like $1/\sqrt{n}$. For π by darts even the constant is known:
#
# $$\mathrm{RMSE} = \sqrt{\frac{\pi(4-\pi)}{n}} = \frac{ {{CONSTANT:.3f}} }{\sqrt n}$$
#
# That is slow, and it is the same slowness for any question, in any number of dimensions: which is why Monte Carlo wins where a grid would need more points than there are atoms.

# %% section=explain role=exercise exercise=why-root-n title="Why 1/√n?"
lesson.ask("why-root-n")

# %% section=explain role=exercise exercise=in-your-words title="Say it in your words"
lesson.ask("in-your-words")

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*
#
# First a warm-up: the whole of Monte Carlo in two gaps. An answer by chance is worth nothing without its error bar.

# %% section=build-it role=exercise exercise=tail-estimate title="A rare event, in two gaps"
lesson.ask("tail-estimate")

# %% [markdown] section=build-it
# Now from numbers to tables. Each column by itself is its [[marginal]] distribution, and copying that is easy. Hard is the [[joint distribution]]: tall people are heavy, large cells have a long rim. A [[copula]] is the trick that splits the two.
#
# 1. Replace every value by its [[rank]]: all columns now look alike, flat between 0 and 1. What is left is only how they hang together.
# 2. Turn ranks into [[normal scores|normal score]], because for bell curves one matrix of [[correlations|correlation]] says it all.
# 3. Draw new scores with that matrix, and walk back: score → rank → [[quantile]] of the real column.

# %% section=build-it role=exercise exercise=copula-in-order title="Put the copula in order"
lesson.ask("copula-in-order")

# %% [markdown] section=build-it
# Your turn. `X` is a numeric table, an array of shape (rows, d). Return `n` new rows. Six lines are enough, one for each step. To draw normals with the correlation matrix R, multiply independent ones by the transposed [[Cholesky factor]] of R.

# %% section=build-it role=exercise exercise=gaussian-copula title="Write the Gaussian copula"
def my_copula(X, n, rng):
    """Return n new rows, shape (n, d), for the table X, shape (rows, d). Draw with rng only."""
    rows, d = X.shape
    # Six lines go here. The last one returns the new rows.


# %% section=build-it role=solution exercise=gaussian-copula
def my_copula(X, n, rng):
    """Return n new rows, shape (n, d), for the table X, shape (rows, d). Draw with rng only."""
    rows, d = X.shape
    u = (stats.rankdata(X, axis=0) - 0.5) / rows  # ranks, inside (0, 1)
    z = stats.norm.ppf(u)  # normal scores
    R = np.corrcoef(z, rowvar=False)  # (d, d)
    L = np.linalg.cholesky(R)  # L Lᵀ = R
    v = stats.norm.cdf(rng.standard_normal((n, d)) @ L.T)  # new ranks, (n, d)
    return np.column_stack([np.quantile(X[:, j], v[:, j]) for j in range(d)])

# %% section=build-it role=check exercise=gaussian-copula
lesson.check("gaussian-copula", my_copula)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# This is the library's own source, not a copy made for the lesson: the measuring of R, and the draw. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.monte_carlo import COPULA_INSIDE, copula_picture
from synthkit.techniques.monte_carlo import MonteCarlo, score_correlation

sources = (score_correlation, MonteCarlo._latent)
inside = lesson.keep(LookInside(sources, COPULA_INSIDE, copula_picture(lesson.seed)))
inside

# %% [markdown] section=look-inside
# What does the library do that yours does not? It reads missing values, categories and dates; it can draw evenly spread points; and it mends a matrix of pairwise correlations that do not fit together.

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# {{ROWS}} tumours were photographed through a microscope, and {{COLUMNS}} properties of their cells written down. **Which share of the relations survives if each column is drawn on its own?** The dial says how much of the correlation is kept. The [[indicator]] is the mean error of all {{PAIRS}} pairs.
#
# Break it first: turn the [[dial]] until the indicator crosses the threshold. Then heal it.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.MonteCarlo.failures}
correlation = lesson.keep(FailureDial(failures["monte_carlo.lost_correlation"], rng=lesson.seed))
correlation

# %% section=break-it role=check exercise=break-correlation title="Lose the correlations"
lesson.check("break-correlation", correlation)

# %% [markdown] section=break-it
# The second break is quieter. How likely is a value more than {{failures.RARE:g}} standard deviations above the mean? It is a [[rare event]]. **What do {{failures.RARE_DRAWS:,}} plain draws say?** Most runs see nothing at all and report: impossible.
#
# [[Importance sampling|importance sampling]] repairs it. Draw around the event on purpose, and give each draw the [[weight]] p(x)/q(x) so that nothing is exaggerated. The dial says where the draws are centred.

# %% section=break-it role=widget
rare = lesson.keep(FailureDial(failures["monte_carlo.missed_rare_event"], rng=lesson.seed))
rare

# %% section=break-it role=check exercise=miss-the-rare-event title="Miss the rare event"
lesson.check("miss-the-rare-event", rare)

# %% [markdown] section=judge-it minutes=4
# ## Judge it
# *(optional)*
#
# 'Looks good' is no measure. Split the real table **before** fitting: the technique learns from one half, and is judged by [[held-out rows]] it never saw. Real rows are judged beside it. No synthetic table can be expected to beat them.

# %% section=judge-it
real = sk.load("breast_cancer").iloc[:, :10]
order = lesson.rng(1).permutation(len(real))
train, holdout = real.iloc[order[: len(real) // 2]], real.iloc[order[len(real) // 2 :]]
tables = {
    "independent columns": MonteCarlo(copula="independent").fit(train, rng=1).sample(len(train), rng=2),
    "Gaussian copula": MonteCarlo().fit(train, rng=1).sample(len(train), rng=2),
    "real rows": train,
}

# %% [markdown] section=judge-it
# Three figures: [[column shapes]] look at one column at a time, [[pair trends]] at two, and the [[C2ST]] at whole rows (0.5: even a trained model can't tell them from real ones; 1: it always can).

# %% section=judge-it
from synthkit.measure.fidelity import classifier_two_sample_test, column_shapes, pair_trends


def figures(one, other):
    """Return the three figures of fidelity for two tables with the same columns."""
    return {
        "column shapes": column_shapes(one, other)["score"].mean(),
        "pair trends": pair_trends(one, other)["score"].mean(),
        "C2ST": classifier_two_sample_test(one, other, rng=lesson.rng(2), trees=50).auc,
    }

# %% [markdown] section=judge-it
# How much do the figures move by luck alone? Split the real table again and again and compare half with half: that is the [[noise band]]. A difference smaller than the band means nothing.

# %% section=judge-it
def halves(k):
    """Return the figures of one random half of the real table against the other."""
    mixed = real.iloc[lesson.rng(100 + k).permutation(len(real))]
    return figures(mixed.iloc[: len(real) // 2], mixed.iloc[len(real) // 2 :])


band = pd.DataFrame([halves(k) for k in range(4 if lesson.fast else 10)])
card = pd.DataFrame({name: figures(holdout, table) for name, table in tables.items()}).T
card.loc["noise band, low"], card.loc["noise band, high"] = band.min(), band.max()
card.round(3)

# %% section=judge-it role=exercise exercise=shapes-are-not-enough title="Are shapes enough?"
lesson.ask("shapes-are-not-enough")

# %% [markdown] section=your-data minutes=3
# ## Your own data
# *(optional)*
#
# Put a CSV file beside this notebook and write its name between the quotes, or take a bundled table (`"wine"`, `"iris"`, `"diabetes"`). Nothing is uploaded, and no real row is shown or saved here.
#
# Or draw a table by hand: click or drag on the pad, then take `pad.table()` below.

# %% section=your-data role=widget
from synthkit.course.points_pad import PointsPad

pad = lesson.keep(PointsPad(rng=lesson.rng(4)))
pad

# %% section=your-data
from synthkit.course.your_data import personal_warning, read_table

mine = read_table("wine")  # or: mine = pad.table()
print(f"{len(mine):,} rows, {mine.shape[1]} columns")
personal_warning(mine)

# %% section=your-data
half = len(mine) // 2
mixed = mine.iloc[lesson.rng(3).permutation(len(mine))]
synth = sk.MonteCarlo().fit(mixed.iloc[:half], rng=1)
made = synth.sample(half, rng=2)
mine_card = pd.DataFrame({
    "Gaussian copula": figures(mixed.iloc[half:], made),
    "real rows": figures(mixed.iloc[half:], mixed.iloc[:half]),
}).T
mine_card.round(3)

# %% [markdown] section=your-data
# Which of your columns came out worst, and why? Look at the lowest shapes. Then ask the copula for something special: rows with one column given (`synth.sample(5, given={...})`).

# %% section=your-data
column_shapes(mixed.iloc[half:], made).sort_values("score").head(3)

# %% [markdown] section=when-to-use minutes=2
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
def indicator(name, stop):
    failure = failures[f"monte_carlo.{name}"]
    return failure.indicator(failure.run(stop, lesson.seed))


alone, copula, rows = (card.loc[name] for name in tables)
naive, aimed = (indicator("missed_rare_event", centre) for centre in (0, 4))

# %% section=when-to-use
lesson.claims([
    ("+", "keeps each column's shape", f"column shapes {copula['column shapes']:.2f}"),
    ("+", "keeps the correlations", f"pair trends {copula['pair trends']:.2f}, else {alone['pair trends']:.2f}"),
    ("+", "reaches rare events, with weights", f"error {aimed:.0%} instead of {naive:.0%}"),
    ("−", "becomes exact slowly", f"error ÷ {errors[100] / errors[6400]:.1f} for 64 times the darts"),
    ("−", "without a copula: no relations", f"pairs off by {indicator('lost_correlation', 0.0):.2f}"),
    ("−", "whole rows are not quite real", f"C2ST {copula['C2ST']:.2f}, real rows {rows['C2ST']:.2f}"),
])

# %% [markdown] section=when-to-use
# **Use it** when columns are numbers or categories whose relations are mostly 'more of this goes with more of that', when you have few rows, or when you must be able to explain every step. **Don't** when relations are bent or split into groups (lessons 05 and 06), when rows follow each other in time (lesson 02), or when you need a promise about privacy (lesson 04): a copula makes none.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Metropolis & Ulam (1949), *The Monte Carlo method*: short and readable. Owen (2013), *Monte Carlo theory, methods and examples*: free, chapters 1 and 9. Nelsen (2006), *An Introduction to Copulas*.
#
# **Take it with you.** `made.to_csv("synthetic.csv", index=False)` saves the rows, `synth.save("my_copula.npz")` the fitted technique, and `darts_trace(1).to_html("darts.html")` the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
