# ruff: noqa: F401
"""Lesson 11. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.hybrid import ROWS, tumours
from synthkit.techniques.hybrid.composer import REFERENCE_ROWS
from synthkit.techniques.hybrid.failures import LOOP_GENERATIONS, LOOP_ROWS
from synthkit.techniques.hybrid.normal_core import NormalCore

INFO = lesson_info("11_hybrid")
PEOPLE = len(tumours())
NEGATIVE = (NormalCore().fit(tumours()).sample(20_000, rng=0) < 0).any(axis=1).mean()

# %% [markdown] section=in-one-minute minutes=1
# # Hybrid: a core and its refinements

# %% [markdown] section=in-one-minute
# ## In one minute
#
# A sculptor works in two passes. The chainsaw gives the figure: how it stands, where the arms go. Then come chisel and file: fingers, folds, the edge of an eyelid. Nobody carves eyelids with a chainsaw, and nobody files a figure out of a whole trunk.
#
# A hybrid makes data like this. The [[core]], any generator, gets the big lines right: how the columns hang together. Then statistics corrects the details, one at a time; each such step is a [[refinement]]. A plain bell curve fitted to {{PEOPLE}} tumours gives {{NEGATIVE:.0%}} of its patients some *negative* length. Two refinements later a classifier can hardly tell its rows from real ones.
#
# **You will be able to** put a core and refinements together, and to say what each step keeps and what it may spoil.
#
# **How you will break it:** you will feed a model on its own output until nothing varies any more, and let one repair undo another.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lessons 01 and 02.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("11_hybrid")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# The first refinement is the [[quantile match]]. Sort the synthetic column and the real one. The smallest synthetic value becomes the smallest real one, the middle one the middle one, and so on to the largest.
#
# Each column is treated by itself, without a look at the others. **What becomes of the relations between them?**

# %% section=predict role=predict exercise=what-becomes-of-the-ranks title="What becomes of the ranks?"
lesson.predict("what-becomes-of-the-ranks")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# Three steps: the core alone, then matched, then with a [[Pareto tail]]. On one side the column of areas; on the other its [[QQ plot]], in which two equal distributions lie on the line; grey is what the core alone had made of it. The sentence says how well a judge tells {{ROWS:,}} synthetic rows from real ones: ½ is guessing.
#
# Play it for the plain normal core, then turn the one knob to another core: a copula, trees, or one of two networks, whose runs were recorded. Which core needs the file most, and which one can it not save?

# %% section=watch
from synthkit.course.exercises.hybrid import RIGHT_TEXT, option_text
from synthkit.course.runs.hybrid import CORES, refine_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("core", "the core", CORES, CORES[0])


def refine_player(chosen):
    said = Predicted(option_text(chosen), against=RIGHT_TEXT) if option_text(chosen) else None
    return Player(run=refine_trace, dials=(knob,), seed=lesson.seed, prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("what-becomes-of-the-ranks", refine_player)
watch

# %% [markdown] section=watch
# The figures of the three steps as a table. Read down each column: which step mended what?

# %% section=watch
from synthkit.course.runs.hybrid import stage_table

steps = stage_table(lesson.seed)
steps.round(4)

# %% [markdown] section=explain minutes=4
# ## Explain
# *(optional)*
#
# With $u$ the rank of a value among the core's rows, the match is
#
# $$x' = F_\text{real}^{-1}(u), \qquad u = F_\text{core}(x)$$
#
# It rises with $x$, so the order stays. The tail beyond the real 95 % is drawn from the distribution that all tails resemble far out, with two numbers fitted to the real excesses: a scale and a shape.

# %% section=explain role=exercise exercise=why-tails-are-needed title="Why are tails needed?"
lesson.ask("why-tails-are-needed")

# %% section=explain role=exercise exercise=what-the-core-must-bring title="What must the core bring?"
lesson.ask("what-the-core-must-bring")

# %% [markdown] section=explain
# There are more files in the box. [[Raking|raking]] makes known totals come true. Classifier weights throw away rows that look unreal. A [[projection]] makes sums add up. Business rules compute a column and add the real scatter. Each says what it keeps and what it can break.

# %% section=explain
from synthkit.techniques.hybrid.composer import REFINEMENTS

pd.set_option("display.max_colwidth", 80)
pd.DataFrame(
    {name: {"keeps": c.preserves, "can break": c.can_break} for name, c in REFINEMENTS.items()}
).T

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*
#
# A warm-up in two gaps: parts that must add up to a total. The nearest row in which they do shares the error equally.

# %% section=build-it role=exercise exercise=make-it-add-up title="Make it add up"
lesson.ask("make-it-add-up")

# %% [markdown] section=build-it
# Your turn: the quantile match itself. Two lines are enough. Mind the rows: value and row belong together.

# %% section=build-it role=exercise exercise=my-match title="A quantile match of your own"
def my_match(x, real, rng):
    """Return x with the distribution of real, in the order of x; shape of x."""
    # Two lines go here: ranks of x between 0 and 1, then the real values of these ranks.


# %% section=build-it role=solution exercise=my-match
def my_match(x, real, rng):
    """Return x with the distribution of real, in the order of x; shape of x."""
    ranks = (np.argsort(np.argsort(x)) + 0.5) / len(x)
    return np.quantile(real, ranks)

# %% section=build-it role=check exercise=my-match
lesson.check("my-match", my_match)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# The library's own functions. Ranks are taken among {{REFERENCE_ROWS:,}} rows of the core, not among the rows at hand: so one row or a million get the same map. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.hybrid import HYBRID_INSIDE, inside_picture
from synthkit.techniques.hybrid.projection import project
from synthkit.techniques.hybrid.ranks import quantile

inside = lesson.keep(LookInside((quantile, project), HYBRID_INSIDE, inside_picture(lesson.seed)))
inside

# %% [markdown] section=break-it minutes=5
# ## Break it, then repair it
# *(core)*
#
# Synthetic data is easy to get, so a model is soon trained on another model's rows. Here a bell curve is fitted to {{LOOP_ROWS}} rows, {{LOOP_ROWS}} rows are drawn from it, a new curve is fitted to those, and so on for {{LOOP_GENERATIONS}} generations: [[self-consumption]]. **What is left of the spread at the end?**
#
# The dial is the share of *fresh real rows* in each generation. Break it first, then heal it.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Hybrid.failures}
loop = lesson.keep(FailureDial(failures["hybrid.self_consumption"], rng=lesson.seed))
loop

# %% section=break-it role=check exercise=starve-the-loop title="Starve the loop"
lesson.check("starve-the-loop", loop)

# %% [markdown] section=break-it
# The second break needs no loop. A table has a radius, a texture and their sum. One refinement gives each column its real distribution, the other makes the sums add up. Both are right. **Does it matter which comes first?**

# %% section=break-it role=widget
order = lesson.keep(FailureDial(failures["hybrid.broken_constraint"], rng=lesson.seed))
order

# %% section=break-it role=check exercise=spoil-the-sums title="Spoil the sums"
lesson.check("spoil-the-sums", order)

# %% [markdown] section=break-it
# That is why the kit's `Hybrid` checks every constraint again behind the last step: the share of rows that break it, step by step.

# %% section=break-it
from synthkit.course.runs.hybrid import order_report

order_report().round(3)

# %% [markdown] section=judge-it minutes=5
# ## Judge it
# *(optional)*
#
# The full card for the core alone and for the refined table; `sk.judge` keeps rows back before fitting. **Which figures did the refinements move, and which not?**

# %% section=judge-it
from synthkit.course.runs.hybrid import make_core, tumours
from synthkit.techniques.hybrid import Hybrid, ParetoTails, QuantileMatch

real = tumours()
chain = Hybrid(core=make_core("plain normal"), refine=(QuantileMatch(), ParetoTails()))
makers = {"core": make_core("plain normal"), "refined": chain}
cards = {k: sk.judge(maker, real, rng=lesson.seed, mode="quick") for k, maker in makers.items()}
figures = {k: card.table().set_index("figure")["value"] for k, card in cards.items()}
print({k: card.verdict.label for k, card in cards.items()})
pd.DataFrame(figures).loc[["column_shapes", "pair_trends", "c2st_auc"]].round(3)

# %% section=judge-it role=exercise exercise=what-did-it-cost title="What did it cost?"
lesson.ask("what-did-it-cost")

# %% [markdown] section=your-data minutes=4
# ## Your own data
# *(optional)*
#
# Put a CSV file beside this notebook and write its name between the quotes, or take a bundled table (`"diabetes"`, `"wine"`, `"iris"`). Nothing is uploaded, and no real row is shown or saved here.

# %% section=your-data
from synthkit.course.your_data import personal_warning, read_table

mine = read_table("wine")
print(f"{len(mine):,} rows, {mine.shape[1]} columns")
personal_warning(mine)

# %% [markdown] section=your-data
# The default core is a Gaussian copula; any other technique of the kit can stand there. Write down what must hold in your table as constraints: `Range("age", low=0)`, `Ordered("start", "end")`, `Linear({"net": 1, "tax": 1, "gross": -1})`.

# %% section=your-data
mine_hybrid = sk.Hybrid(core=sk.Trees(), refine=(QuantileMatch(),)).fit(mine, rng=lesson.seed)
print(len(mine_hybrid.sample(500, rng=1)), "rows made")
mine_hybrid.report().head(6)

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
def indicator(name, stop):
    failure = failures[f"hybrid.{name}"]
    return failure.indicator(failure.run(stop, lesson.seed))


starved, fed = (indicator("self_consumption", stop) for stop in (0.0, 0.1))
spoilt, kept = (indicator("broken_constraint", stop) for stop in ("before", "behind"))
far, near = (indicator("ess_collapse", stop) for stop in (3, 0.5))

# %% section=when-to-use
lesson.claims([
    ("+", "a poor core passes for real once refined", f"judge's area {steps.iloc[0, 0]:.2f} → {steps.iloc[2, 0]:.2f}"),
    ("+", "impossible values are gone", f"{steps.iloc[0, 1]:.0%} → {steps.iloc[2, 1]:.0%} of the rows"),
    ("+", "the ranks of the core are kept", f"largest change of a correlation {steps.iloc[2, 4]:.4f}"),
    ("−", "one step can undo another", f"sums wrong in {spoilt:.0%} of the rows, in the other order {kept:.0%}"),
    ("−", "weights can't make what the core never makes", f"{far:.2%} of the rows count, {near:.0%} with a near core"),
    ("−", "fed on its own output it starves", f"variance left {starved:.3f}, with a tenth of fresh rows {fed:.2f}"),
])

# %% [markdown] section=when-to-use
# **Use it** when the big lines are right and details are known to be wrong: bounds, totals, sums, tails. **Don't** use it to save a core that misses the relations between columns, and never without a look at the card and the constraints behind the last step.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Deming & Stephan (1940) on raking; McNeil, Frey & Embrechts, *Quantitative Risk Management*, chapter 7, on tails; Azadi et al. (2019), *Discriminator Rejection Sampling*; Shumailov et al. (2024), *AI models collapse when trained on recursively generated data*.
#
# **Take it with you.** `chain.fit(real, rng=0).sample(1000).to_csv("hybrid.csv", index=False)` saves rows, and `refine_trace(1).to_html("hybrid.html")` saves the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
