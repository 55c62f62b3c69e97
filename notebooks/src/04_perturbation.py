"""Lesson 04. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.perturbation import ASKED, LARGEST, PRESSURE_BOUNDS, SIZES
from synthkit.techniques.perturbation.failure_modes import AGE_NAMES

INFO = lesson_info("04_perturbation")
PATIENTS, FEW, MANY = int(SIZES.sum()), ASKED[-1], ASKED[0]
LOW, HIGH = PRESSURE_BOUNDS
OLDEST = AGE_NAMES[-1]
MOST = AGE_NAMES[LARGEST]

# %% [markdown] section=in-one-minute minutes=1
# # Perturbation: noise with a promise

# %% [markdown] section=in-one-minute
# ## In one minute
#
# When the United States counted its people in 2020, the Census Bureau did something that made towns angry: it added noise to its own tables, on purpose. Not to the states' totals, but to the number of people in a single block. An address, an age and a few such tables had turned out to be enough to work out who lives where.
#
# That is [[perturbation]]: change the figures a little, so that nobody can be recognised in them. The question of this lesson is what *a little* means, for whom it is a lot, and whether one can *promise* something about it. One can, in the words of [[differential privacy]]. And one can promise too much.
#
# **You will be able to** write a private mean yourself, keep its accounts, and tell a proof from a good impression.
#
# **How you will break it:** you will drown a small group in noise, flatten every correlation of a table, and then re-identify rows that a usual check called safe.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lesson 03, and what a mean and a correlation are.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("04_perturbation")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# A clinic publishes the mean blood pressure of its {{PATIENTS}} patients in six age groups. So that no single patient shows, it moves all pressures into {{LOW:.0f}} to {{HIGH:.0f}} mmHg and adds random noise to each group's sum: the same kind of noise for all groups. How much is set by one number, [[ε|epsilon]]: the smaller, the more private.
#
# **Which group suffers most from the noise, and by how much?** {{MANY}} patients are {{MOST}} years old, {{FEW}} are {{OLDEST}}. Draw what you expect, then press *Commit*.

# %% section=predict role=predict exercise=group-error title="Draw each group's error"
lesson.predict("group-error")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# At the left are the means as they would be published, again and again; at the right is how far off they are on average. Your own line stays drawn over it.
#
# Press play, or step. Then turn the one knob, ε. Which dots move first, and which never seem to care?

# %% section=watch
from synthkit.course.runs.perturbation import ASKED, EPSILONS, START, curve_trace, noise_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("epsilon", "ε (smaller: more private)", EPSILONS, START)


def group_player(drawn):
    line = drawn and Predicted((ASKED, drawn), view="error", against="error")
    return Player(run=noise_trace, dials=(knob,), seed=lesson.seed, prediction=line)

# %% section=watch role=widget
watch = lesson.reveal("group-error", group_player)
watch

# %% [markdown] section=watch
# What did it cost each group? Here is the mean error at three settings of ε, in mmHg.

# %% section=watch
from synthkit.course.runs.perturbation import SIZES, release_means, typical_errors

errors = pd.DataFrame({f"ε = {e:g}": typical_errors(release_means(e, 300, lesson.rng(1))) for e in (0.3, 1.0, 10.0)})
errors.insert(0, "people", SIZES)
errors.sort_values("people").round(2)

# %% [markdown] section=watch
# And what is bought for it? Whoever knows every row but one, and guesses whether that person took part, can be right at most in a share of e^ε / (1 + e^ε): one half is pure guessing. This is the curve that every private release lies on: **where would you stop?** Turn ε and see.

# %% section=watch role=widget
curve = lesson.keep(Player(run=curve_trace, dials=(knob,), seed=lesson.seed))
curve

# %% [markdown] section=explain minutes=3
# ## Explain
# *(optional)*
#
# A method is ε-differentially private if whatever it publishes is almost as likely without any one person:
#
# $$P(\text{published} \mid \text{with her}) \;\le\; e^{\varepsilon} \; P(\text{published} \mid \text{without her})$$
#
# Nothing is said about what a reader knows already, and nothing has to be. Two steps reach it. [[clipping]] makes sure that one person can move the answer by no more than its [[sensitivity]] Δ. Then [[Laplace noise]] of scale b = Δ/ε covers that step.

# %% section=explain role=exercise exercise=what-epsilon-says title="What does ε say?"
lesson.ask("what-epsilon-says")

# %% section=explain role=exercise exercise=why-the-small-suffer title="Why do small groups suffer?"
lesson.ask("why-the-small-suffer")

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*
#
# First the oldest private method, from 1965: [[randomised response]]. No noise, no computer, only a coin. Each answer may be a lie, so none proves anything, and still the share comes out right.

# %% section=build-it role=exercise exercise=a-coin-that-protects title="A coin that protects, in gaps"
lesson.ask("a-coin-that-protects")

# %% [markdown] section=build-it
# Now numbers. A private release is a small ceremony, and its order is what makes it private. What comes after the noise, the [[post-processing]], is free.

# %% section=build-it role=exercise exercise=release-in-order title="Put the release in order"
lesson.ask("release-in-order")

# %% [markdown] section=build-it
# Your turn. Take the number of people as known to all. Three lines are enough. The check will run your function some thousands of times on two tables that differ in one person, and try to prove that you promised too much.

# %% section=build-it role=exercise exercise=private-mean title="Write the private mean"
def my_private_mean(x, low, high, epsilon, rng):
    """Return the mean of x, one number, with Laplace noise from rng."""
    # Three lines go here: clip, how far one person moves the mean, the mean plus noise.


# %% section=build-it role=solution exercise=private-mean
def my_private_mean(x, low, high, epsilon, rng):
    """Return the mean of x, one number, with Laplace noise from rng."""
    clipped = np.clip(x, low, high)
    sensitivity = (high - low) / len(x)  # how far one person can move the mean
    return clipped.mean() + rng.laplace(0, sensitivity / epsilon)

# %% section=build-it role=check exercise=private-mean
lesson.check("private-mean", my_private_mean)

# %% [markdown] section=build-it
# Each release has its price, and prices about the same people add up: that is the [[privacy budget]]. The [[privacy ledger]] keeps the account. Here a clinic may spend ε = 1 in all, and publishes four figures.

# %% section=build-it
from synthkit.techniques.perturbation import BudgetError, PrivacyLedger
from synthkit.techniques.perturbation.ledger import pure_expense

ledger = PrivacyLedger(epsilon=1.0)
for figure in ("mean pressure", "mean age", "share of smokers", "mean weight"):
    try:
        ledger.charge(pure_expense(figure, "laplace", 0.3))
        print(f"{figure:17} paid, {ledger.remaining():.1f} left")
    except BudgetError as refusal:
        print(f"{figure:17} refused: {refusal}")

# %% section=build-it
ledger.table()[["what", "mechanism", "epsilon", "total"]]

# %% section=build-it role=exercise exercise=after-the-overdraft title="After the overdraft"
lesson.ask("after-the-overdraft")

# %% [markdown] section=look-inside minutes=4
# ## Look inside
# *(optional)*
#
# The library's own source of the clinic's release. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.perturbation import MEANS_INSIDE, means_picture
from synthkit.techniques.perturbation.group_means import private_group_means

inside = lesson.keep(LookInside((private_group_means,), MEANS_INSIDE, means_picture(lesson.seed)))
inside

# %% [markdown] section=look-inside
# One line deeper hides a trap. Computers round. Sixteen secrets, each 0 or 1, get noise of the right size: by the equations nobody can be sure of any of them. Now look at the [[low bits]] of what was published. Near 0 a number can have digits finer than 2⁻⁵³; but 1 + noise was rounded to that grid, so finer digits prove a 0.

# %% section=look-inside
from synthkit.techniques.perturbation.attacks import low_bits_event

secrets = lesson.rng(2).integers(0, 2, 16)
published = secrets + lesson.rng(3).laplace(0, 1, 16)
caught = low_bits_event(published)
pd.DataFrame({"published": published.round(3), "the low bits say": np.where(caught, "it is 0", ""), "secret": secrets})

# %% [markdown] section=look-inside
# Is that luck? A hundred thousand secrets of each kind, and beside it the noise that OpenDP draws on a grid (where the extra `privacy` is installed).

# %% section=look-inside
from synthkit.techniques.perturbation import noise_sources as origin

sources = {"NumPy's noise": (origin.ReadableNoise(lesson.rng(4)), 100_000)}
if origin.opendp_is_installed():
    sources["OpenDP's noise"] = (origin.OpenDPNoise(), 5_000)
for name, (source, n) in sources.items():
    zero, one = (low_bits_event(source.laplace(np.full(n, v), 1.0)).mean() for v in (0.0, 1.0))
    print(f"{name}: the finest digits show in {zero:.0%} of the zeros and {one:.0%} of the ones")
    print("   so they prove a zero: ε is infinite" if one == 0 else "   so they prove nothing")

# %% section=look-inside role=exercise exercise=repair-the-low-bits title="Repair the low bits"
lesson.ask("repair-the-low-bits")

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# The clinic again. **How private can it be before the figure of its {{FEW}} oldest patients is worth nothing?** The [[indicator]] is the typical error of their mean, in mmHg. Break it first, then find an ε that leaves a usable figure.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Perturbation.failures}
small = lesson.keep(FailureDial(failures["perturbation.small_group_lost"], rng=lesson.seed))
small

# %% section=break-it role=check exercise=lose-the-small-group title="Lose the small group"
lesson.check("lose-the-small-group", small)

# %% [markdown] section=break-it
# The second break needs no promise at all. The plainest way to perturb a table is to add noise to each column, c times the column's variance. **What becomes of the relations between the columns?** The last stop of the [[dial]] is the repair that Kim found in 1986: as much noise, but in the shape of the data, and shrunk back.

# %% section=break-it role=widget
flat = lesson.keep(FailureDial(failures["perturbation.flattened_correlations"], rng=lesson.seed))
flat

# %% section=break-it role=check exercise=flatten-the-correlations title="Flatten the correlations"
lesson.check("flatten-the-correlations", flat)

# %% [markdown] section=judge-it minutes=6
# ## Judge it
# *(optional)*
#
# Kim's noise keeps means, spreads and correlations. Is it safe? The usual check counts how many released rows lie nearest to their own original: [[re-linking]]. But nearest in *which* distance? **Which line would an attacker choose?** The second one measures by the [[Mahalanobis distance]].

# %% section=judge-it role=widget
kim = lesson.keep(FailureDial(failures["perturbation.kim_false_safety"], rng=lesson.seed))
kim

# %% section=judge-it role=check exercise=see-through-kim title="See through Kim's noise"
lesson.check("see-through-kim", kim)

# %% [markdown] section=judge-it
# Now five ways side by side, on tumours of the breast. One half of the real table is perturbed, or replaced: by averages of small groups ([[microaggregation]]), or by rows drawn from noisy counts. The other half is held out, and is what a table may at best look like.

# %% section=judge-it
from synthkit.course.runs.perturbation import LIMITS

real = sk.load("breast_cancer").iloc[:, :10]
order = lesson.rng(5).permutation(len(real))
train, holdout = (real.iloc[half].reset_index(drop=True) for half in np.array_split(order, 2))
ways = {
    "plain noise, c = 0.25": {"method": "additive", "noise_ratio": 0.25},
    "Kim, c = 0.25": {"method": "kim", "noise_ratio": 0.25},
    "Kim, c = 4": {"method": "kim", "noise_ratio": 4.0},
    "averages of 5 rows": {"method": "microaggregation", "group_size": 5},
    "noisy counts, ε = 1": {"method": "marginals", "epsilon": 1.0, "bounds": LIMITS, "backend": "readable"},
}

# %% section=judge-it
released = {name: sk.Perturbation(**way).fit(train, rng=1).transform(train) for name, way in ways.items()}
released["real rows"] = train
print(released["noisy counts, ε = 1"].attrs["privacy"])

# %% [markdown] section=judge-it
# Two figures of likeness, and two of re-linking. Rows drawn anew have no original to be linked to, which is no proof: the proof is the ledger. The last two lines are the [[noise band]] of real rows against real rows.

# %% section=judge-it
from synthkit.measure.fidelity import column_shapes, pair_trends
from synthkit.techniques.perturbation.attacks import linkage_rate


def likeness(one, other):
    """Return how alike columns and pairs of columns are, 1 is best."""
    return {"shapes": column_shapes(one, other)["score"].mean(), "pairs": pair_trends(one, other)["score"].mean()}


def linked(table):
    """Return the share of rows that find their original again, in two metrics."""
    return {m: linkage_rate(train.to_numpy(), table.to_numpy(), m) for m in ("euclidean", "mahalanobis")}

# %% section=judge-it
card = pd.DataFrame({name: likeness(holdout, table) for name, table in released.items()}).T
links = {name: linked(released[name]) for name in list(ways)[:4]}
card = card.join(pd.DataFrame(links).T)
halves = [np.array_split(lesson.rng(50 + k).permutation(len(real)), 2) for k in range(4 if lesson.fast else 10)]
band = pd.DataFrame([likeness(real.iloc[a], real.iloc[b]) for a, b in halves])
card.loc["noise band, low"], card.loc["noise band, high"] = band.min(), band.max()
card.round(2)

# %% [markdown] section=your-data minutes=4
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
# First without a proof. What does the release say about itself, and how many rows does the better attack find?

# %% section=your-data
synth = sk.Perturbation(method="kim", noise_ratio=1.0).fit(mine, rng=1)
print(synth.statement_)
numbers = mine.select_dtypes("number").dropna(axis=1).columns
made = synth.transform(mine)
for metric in ("euclidean", "mahalanobis"):
    print(f"re-linked, {metric}: {linkage_rate(mine[numbers].to_numpy(float), made[numbers].to_numpy(float), metric):.0%}")

# %% [markdown] section=your-data
# Then with one. Bounds and levels that nobody gives must be paid for: read the ledger. Better: give them yourself (`bounds={"age": (0, 120)}`), from what anybody could know.

# %% section=your-data
private = sk.Perturbation(method="marginals", epsilon=3.0, bounds="paid", categories="paid", backend="readable")
private.fit(mine, rng=1)
print(private.statement_)
account = private.ledger_.table()
account.groupby(account["what"].str.split().str[:2].str.join(" "))[["rho"]].sum().round(4)

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
plain, shaped, strong, averaged, counts = (card.loc[name] for name in ways)
small_errors = errors.set_index("people")["ε = 1"]
lesson.claims([
    ("+", "a promise that needs no guess about the attacker", f"ledger: {ledger.total():.1f} of {ledger.epsilon:g} spent"),
    ("+", "large groups hardly suffer", f"{small_errors[max(SIZES)]:.1f} mmHg off at ε = 1"),
    ("+", "Kim's noise keeps the pairs", f"{shaped['pairs']:.2f}, plain noise {plain['pairs']:.2f}"),
    ("−", "small groups drown", f"{small_errors[min(SIZES)]:.1f} mmHg off at ε = 1"),
    ("−", "an impression of safety is none", f"{shaped['euclidean']:.0%} re-linked, then {shaped['mahalanobis']:.0%}"),
    ("−", "averages can be linked too", f"{averaged['mahalanobis']:.0%} at groups of 5"),
    ("−", "private rows of a small table are coarse", f"pairs {counts['pairs']:.2f}, real rows {card.loc['real rows', 'pairs']:.2f}"),
])

# %% [markdown] section=when-to-use
# **Use it** with a proof when figures about people are published, when the groups are large, and when somebody keeps the account. Use noise without a proof for test data and for teaching, and say so. **Don't** call a table safe because a distance looked large; don't publish small groups at a small ε and expect figures; don't read bounds off the data. None of this is legal advice, and whether a release is good enough is a question for people, not for a figure.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Dwork & Roth (2014), *The Algorithmic Foundations of Differential Privacy*: free, chapters 1 to 3. Wood et al. (2018), *Differential Privacy: A Primer for a Non-Technical Audience*. Mironov (2012) on the low bits, Kim (1986) on noise in the shape of the data.
#
# **Take it with you.** `made.to_csv("perturbed.csv", index=False)` saves the rows, `synth.save("perturbed.npz")` the release, and `noise_trace(1).to_html("groups.html")` the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
