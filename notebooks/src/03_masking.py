# ruff: noqa: F401
"""Lesson 03. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.masking import ATTACKED, passengers
from synthkit.techniques.masking.risk import FACTS, HOMOGENEITY_K

INFO = lesson_info("03_masking")
ALL = len(passengers())
THREE = ", ".join(FACTS[:-1]) + " and " + FACTS[-1]

# %% [markdown] section=in-one-minute minutes=1
# # Masking: the names are gone, are the people?

# %% [markdown] section=in-one-minute
# ## In one minute
#
# In 1997 the governor of Massachusetts promised that the hospital records of the state's employees could be given to researchers: names and addresses had been removed. A student bought the voters' list of his town for twenty dollars. Birth date, sex and postcode stood in both. One voter fitted one patient, and Latanya Sweeney sent the governor his own records.
#
# [[Masking|masking]] is what had been done, and what should have been done. Names, e-mails and card numbers are [[direct identifiers|direct identifier]]: they must go, in such a way that tables still join. But the harmless columns that are left can name a person *together*. They are called [[quasi-identifiers|quasi-identifier]], and they are the hard part.
#
# **You will be able to** mask a table by a plan that you can read, write the test that finds who is alone in it, and say what was hidden, and from whom.
#
# **How you will break it:** you will find people in a table without names, hide them in groups, and then learn their secret all the same, without finding anybody.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: what a table and a share are.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

from synthkit.course import Lesson

lesson = Lesson("03_masking")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# Here are {{ALL:,}} cards, one for each passenger of the Titanic. The names are off; what is left is the class, the age, the sex, and who survived. You met Eva Hart once. You know two facts about her.
#
# **How many cards fit them?** Draw what you expect, then press *Commit*.

# %% section=predict role=predict exercise=cards-left title="Draw how many cards are left"
lesson.predict("cards-left")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# With each fact the cards that don't fit fall flat. If a single one is left, it turns over, and all that stands on it is known: this is [[singling out]]. Your own line stays drawn in the second picture.
#
# Press play, or step. Then turn the one knob: whom do you look for? Who is hard to find, and why?

# %% section=watch
from synthkit.course.runs.masking import PEOPLE, cards_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("who", "whom you look for", tuple(PEOPLE), "Eva Hart")


def cards_player(drawn):
    line = drawn and Predicted(((1, 2), drawn), view="left", against="cards left")
    return Player(run=cards_trace, dials=(knob,), seed=lesson.seed, prediction=line)

# %% section=watch role=widget
watch = lesson.reveal("cards-left", cards_player)
watch

# %% [markdown] section=watch
# Was Eva Hart an exception? Here is the share of passengers of known age who are alone with their facts: the more facts, the more people.

# %% section=watch
from synthkit.course.runs.masking import passengers
from synthkit.techniques.masking import singled_out

titanic = passengers()
known = titanic.dropna(subset=["age"])
for facts in (["sex"], ["sex", "class"], ["class", "age"], ["sex", "class", "age"]):
    print(f"{', '.join(facts):16} {singled_out(known, facts):6.1%} are alone")
decades = known.assign(age=known["age"] // 10)
print(f"{'with decades':16} {singled_out(decades, ['sex', 'class', 'age']):6.1%} are alone")

# %% [markdown] section=explain minutes=4
# ## Explain
# *(optional)*
#
# If N people fall evenly into K combinations, one of them is alone with probability
#
# $$P(\text{alone}) = \left(1 - \frac{1}{K}\right)^{N-1}$$
#
# Take a postcode with 10,000 people, and let K be the days of 79 years, for two sexes. How many are alone by birth date and sex?

# %% section=explain
from synthkit.techniques.masking import uniqueness

combinations = 365.25 * 79 * 2
print(f"K = {combinations:,.0f} combinations: {uniqueness(10_000, combinations):.0%} are alone")

# %% [markdown] section=explain
# And the columns that *do* name somebody? A [[pseudonym]] keeps the table joinable. The obvious way to make one is a hash. Here a plain hash of a postcode is undone: hash all postcodes there are, and look it up.

# %% section=explain
from synthkit.course.runs.masking import hashed_postcodes

tried, seconds, found = hashed_postcodes()
print(f"{tried:,} postcodes hashed in {seconds:.2f} s; found: {found}")

# %% section=explain role=exercise exercise=is-a-hash-a-mask title="Is a hash a mask?"
lesson.ask("is-a-hash-a-mask")

# %% section=explain role=exercise exercise=harmless-together title="Harmless facts, together"
lesson.ask("harmless-together")

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*
#
# First the pseudonym, done properly: a [[keyed hash]]. One key for each *domain* (all customer numbers, whatever the table), so that tables masked by different people still join.

# %% section=build-it role=exercise exercise=keyed-pseudonym title="A keyed pseudonym, in gaps"
lesson.ask("keyed-pseudonym")

# %% [markdown] section=build-it
# Now the quasi-identifiers. [[k-anonymity]] asks that each combination is shared by k rows or more. [[Mondrian]] gets there by cutting, as the painter did.

# %% section=build-it role=exercise exercise=mondrian-in-order title="Put Mondrian in order"
lesson.ask("mondrian-in-order")

# %% [markdown] section=build-it
# Your turn: the test itself. Which share of the rows is alone with its facts? One line is enough, if it is the right one. (`rng` is handed over to every function that is checked; nothing here is random.)

# %% section=build-it role=exercise exercise=who-is-alone title="Write who is alone"
def my_singled_out(table, facts, rng=None):
    """Return the share of rows with which no other row shares all the facts (column names)."""
    # One line goes here.


# %% section=build-it role=solution exercise=who-is-alone
def my_singled_out(table, facts, rng=None):
    """Return the share of rows with which no other row shares all the facts (column names)."""
    return (~table.duplicated(subset=facts, keep=False)).mean()

# %% section=build-it role=check exercise=who-is-alone
lesson.check("who-is-alone", my_singled_out)

# %% [markdown] section=build-it
# A whole table is masked by a *plan*: one action for each column, proposed from its header and its values. Read it before anything runs; it can be edited and saved.

# %% section=build-it
from synthkit.techniques.masking import Masker, invent_people

customers = invent_people(200, rng=lesson.rng(1))
customers["card"] = ["4111 1111 1111 1111", "5500 0000 0000 0004"] * 100
customers["age"] = lesson.rng(2).integers(18, 90, 200)
masker = Masker(k=5).fit(customers, rng=lesson.rng(3))
print(masker.plan_)

# %% [markdown] section=build-it
# Invented customers, masked. The card numbers come from [[format-preserving encryption]]: still sixteen digits, still a valid check digit. The birth dates moved by some days; the ages are those of a group.

# %% section=build-it
masker.masked_.head(4)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# The library's own source of one Mondrian cut. It cuts all boxes of one depth together, which is why a million rows take seconds. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.masking import CUT_INSIDE, cut_picture
from synthkit.techniques.masking.mondrian import _Cutter

inside = lesson.keep(LookInside((_Cutter._try,), CUT_INSIDE, cut_picture(lesson.seed)))
inside

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# All {{ALL:,}} passengers, names off, {{THREE}} left. The [[dial]] is k: how many people at least share the same three facts. **Who is found?** Turn it until people are found (the [[indicator]] crosses its threshold), then hide them again.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in Masker.failures}
found = lesson.keep(FailureDial(failures["masking.reidentification"], rng=lesson.seed))
found

# %% section=break-it role=check exercise=find-the-passengers title="Find the passengers"
lesson.check("find-the-passengers", found)

# %% [markdown] section=break-it
# Now every passenger hides among {{HOMOGENEITY_K}} or more, and nobody can be found. **Is their fate secret?** Look at a group in which everybody died. That is [[homogeneity]], and its repair is [[l-diversity]]: cut a group only where both halves keep l different fates.

# %% section=break-it role=widget
told = lesson.keep(FailureDial(failures["masking.homogeneity"], rng=lesson.seed))
told

# %% section=break-it role=check exercise=tell-the-secret title="Tell the secret"
lesson.check("tell-the-secret", told)

# %% [markdown] section=judge-it minutes=4
# ## Judge it
# *(optional)*
#
# How does a real attack look? Below, a few rows are masked before your eyes: cells that changed light up. In the last step an attacker who knows class and age of {{len(ATTACKED)}} passengers draws her lines. That is a [[linkage attack]]. **Which line is alone?** Then set k to 5.

# %% section=judge-it role=widget
from synthkit.course.runs.masking import linkage_trace

sizes = Dial("k", "people in the smallest group, k", (1, 2, 5, 20), 1)
attack = lesson.keep(Player(run=linkage_trace, dials=(sizes,), seed=lesson.seed))
attack

# %% [markdown] section=judge-it
# Hiding costs detail: [[information loss]]. Half of the passengers are masked; their pairs of columns are compared with the [[held-out|held-out rows]] half. Beside it: who is found, whose secret is told, and the [[prosecutor risk]].

# %% section=judge-it
from synthkit.measure.fidelity import column_shapes, pair_trends
from synthkit.techniques.masking import blurred, homogeneous_rows

FACTS = ["sex", "class", "age"]
order = lesson.rng(4).permutation(len(titanic))
half, holdout = (titanic.drop(columns="name").iloc[rows] for rows in np.array_split(order, 2))


def likeness(table):
    """Return how alike columns and pairs of columns are to those of the held-out half."""
    return {"shapes": column_shapes(holdout, table)["score"].mean(), "pairs": pair_trends(holdout, table)["score"].mean()}

# %% section=judge-it
def card(k, l=1):
    """Mask one half in groups of k with l fates, and return what that brings and costs."""
    table = blurred(half.reset_index(drop=True), FACTS, k, l, "survived")
    told = homogeneous_rows(table, FACTS, "survived").mean()
    groups = table.groupby(FACTS, dropna=False).ngroups
    return {"found": singled_out(table, FACTS), "told": told, "risk": groups / len(table), **likeness(table)}


cards = pd.DataFrame({f"k = {k}, l = {l}": card(k, l) for k, l in ((1, 1), (5, 1), (5, 2), (50, 2))}).T

# %% [markdown] section=judge-it
# The last two lines are the [[noise band]]: how far two random halves of the real table are apart by luck.

# %% section=judge-it
def by_luck(stream):
    """Return the likeness of two random halves of the real table."""
    real = titanic.drop(columns="name").sample(frac=1, random_state=lesson.rng(stream))
    a, b = real.iloc[: len(real) // 2], real.iloc[len(real) // 2 :]
    return {"shapes": column_shapes(a, b)["score"].mean(), "pairs": pair_trends(a, b)["score"].mean()}


band = pd.DataFrame([by_luck(50 + i) for i in range(4 if lesson.fast else 10)])
cards.loc["noise band, low"], cards.loc["noise band, high"] = band.min(), band.max()
cards.round(3)

# %% section=judge-it role=exercise exercise=what-may-be-claimed title="What may be claimed?"
lesson.ask("what-may-be-claimed")

# %% [markdown] section=your-data minutes=2
# ## Your own data
# *(optional)*
#
# Put a CSV file beside this notebook and write its name between the quotes, or take a bundled table (`"superstore"`, `"titanic"`). Nothing is uploaded, and no real row is shown or saved here. Read the plan: what did it miss?

# %% section=your-data
from synthkit.course.your_data import personal_warning, read_table

mine = read_table("titanic")
print(f"{len(mine):,} rows, {mine.shape[1]} columns")
personal_warning(mine)

# %% section=your-data
plan = Masker().propose(mine)
print(plan)

# %% [markdown] section=your-data
# Which of the columns that are kept could somebody know from elsewhere? Put them in the list, and see who is alone. Then give them the action `generalise`, as below.

# %% section=your-data
from synthkit.techniques.masking import Rule

facts = [name for name in mine.columns if name in ("sex", "class", "age")]
print(f"alone by {', '.join(facts)}: {singled_out(mine, facts):.1%}")
for name in facts:
    plan = plan.with_rule(name, Rule("generalise", why="known from elsewhere"))
masked = Masker(plan=plan).fit_transform(mine, rng=lesson.rng(5))
print(f"after masking: {singled_out(masked, facts):.1%}")

# %% [markdown] section=when-to-use minutes=2
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
bare, five, diverse, fifty = (cards.iloc[i] for i in range(4))
lesson.claims([
    ("+", "real rows stay real rows", f"pair trends {five['pairs']:.2f} at k = 5"),
    ("+", "nobody is found by the facts that were considered", f"{five['found']:.1%} instead of {bare['found']:.1%}"),
    ("+", "with l-diversity the secret is kept, too", f"{diverse['told']:.1%} told instead of {five['told']:.1%}"),
    ("−", "without names only, people are found", f"{bare['found']:.1%} by three facts"),
    ("−", "k alone doesn't keep a secret", f"{five['told']:.1%} told at k = 5"),
    ("−", "detail is lost", f"column shapes {fifty['shapes']:.2f} at k = 50, {bare['shapes']:.2f} at k = 1"),
])

# %% [markdown] section=when-to-use
# **Use it** where rows must stay the rows of real cases: tests of software, support, handing a table to a colleague under contract. **Don't** call it anonymous: masked rows are rows of real people, what was not considered was not hidden, and the key undoes the pseudonyms. Where the table leaves your hands for good, make new rows (lessons 01, 05, 06), or add a promise (lesson 04). What you measured is no legal advice.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Sweeney (2002), *k-anonymity: a model for protecting privacy*. LeFevre, DeWitt & Ramakrishnan (2006), *Mondrian multidimensional k-anonymity*. Machanavajjhala and others (2006), *l-diversity*; Li and others (2007) on [[t-closeness]]. NIST SP 800-38G on FF1.
#
# **Take it with you.** `masker.plan_.save("plan.json")` saves the plan. On a file of any size: `synthkit mask TABLE.csv --propose`, then `synthkit mask TABLE.csv -o MASKED.csv --plan plan.json --key-file my.key`.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
