# ruff: noqa: F401
"""Lesson 15. What stands here runs at build time: the figures of the prose."""

import inspect

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.your_technique import JITTER, NEIGHBOURS, NeighbourMixup
from synthkit.prototype.contract import CHECKS
from synthkit.prototype.playing import ROWS
from synthkit.prototype.probes import PROBES

INFO = lesson_info("15_your_technique")
PROMISES = len(CHECKS)
TRAPS = len(PROBES)

# %% [markdown] section=in-one-minute minutes=1
# # Your technique: from an idea to the arena

# %% [markdown] section=in-one-minute
# ## In one minute
#
# On the way home you have an idea. Between two patients who are much alike there is room for a third, whom nobody has met. Why not put one there? It takes ten lines. Tomorrow somebody will ask: does it work with dates? What if the file has one row? Is anybody found in it?
#
# The kit asks all of that for you. Write `fit` and `sample` in one cell and put `@sk.technique` above: your [[prototype]] has a player, a dial for each of its numbers, the tests of the [[contract]], the traps of the [[failure battery]], scorecard, attacks, and a place beside all the others.
#
# **You will be able to** turn an idea into a technique in one cell, read what the kit finds, and say honestly what it is worth.
#
# **How you will break it:** you will unmask a well-mannered class that hands out real people.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lesson 12.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("15_your_technique")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# A colleague sends you a class. It draws real rows again and moves each number by {{JITTER:.0%}} of its column's spread. The line above `class` makes it a technique of the kit.

# %% section=predict
from synthkit.course.runs.your_technique import jittered


@sk.technique
class JitteredCopies:
    dials = {"share": (0.0, 0.02, 0.1, 0.5, 1.0)}
    def __init__(self, *, share=0.02):
        self.share = share
    def fit(self, table, rng):
        self.table_ = table
    def sample(self, n, rng):
        rows = self.table_.iloc[rng.integers(0, len(self.table_), n)]
        return jittered(rows, self.share, rng)

# %% [markdown] section=predict
# The contract has {{PROMISES}} promises, such as *gives exactly n rows*, *same seed, same rows*, *replays no identifier*, *can be saved and loaded*. **How many does this class break?**

# %% section=predict role=predict exercise=how-many-promises title="How many promises does a copier break?"
lesson.predict("how-many-promises")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# The player comes for nothing, and so does a dial for each number of the constructor; `dials` names its stops. {{ROWS}} rows appear, one by one at first. The sentence says how far a made row lies from its nearest real one: 0 is a copy, 1 is as far as real rows lie from each other.
#
# Play it, then turn the knob. **At which jitter would the picture have told you that these are copies?**

# %% section=watch
from synthkit.course.exercises.your_technique import RIGHT_TEXT, option_text
from synthkit.prototype import technique_player
from synthkit.widgets import FailureDial, Predicted


def copies_player(chosen):
    said = Predicted(option_text(chosen), against=RIGHT_TEXT) if option_text(chosen) else None
    return technique_player(JitteredCopies, seed=lesson.seed, prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("how-many-promises", copies_player)
watch

# %% [markdown] section=watch
# And the contract, promise by promise. Each is tried on a small table with a column of every kind.

# %% section=watch
manners = sk.try_technique(JitteredCopies)
manners

# %% [markdown] section=explain minutes=4
# ## Explain
# *(optional)*
#
# Good manners, every one. Now the failure battery: {{TRAPS}} tables that were made by a program, each with one thing that gets lost easily. Because a program made them, fresh rows can be drawn from it: they are the measure beside every figure.

# %% section=explain
copies_report = sk.battery(JitteredCopies, rng=lesson.seed)
copies_report

# %% section=explain role=exercise exercise=why-the-picture-is-fine title="Why is the picture fine?"
lesson.ask("why-the-picture-is-fine")

# %% section=explain role=exercise exercise=what-the-contract-says title="What does the contract not say?"
lesson.ask("what-the-contract-says")

# %% [markdown] section=build-it minutes=12
# ## Build it
# *(optional)*
#
# Now the idea from the way home: [[mixup]]. With $a$ a real row, $b$ one of its nearest neighbours and $u$ even between 0 and 1, the new row is
#
# $$x = a + u\,(b - a)$$
#
# Write it for arrays: `a` and `b` hold n rows of d numbers.

# %% section=build-it role=exercise exercise=my-mixup title="A mixup of your own"
def my_mixup(a, b, rng):
    """Return rows on the way from a to b; all (n, d)."""
    # Two lines go here: one share for each row, then a share of the way.


# %% section=build-it role=solution exercise=my-mixup
def my_mixup(a, b, rng):
    """Return rows on the way from a to b; all (n, d)."""
    share = rng.random((len(a), 1))
    return a + share * (b - a)

# %% section=build-it role=check exercise=my-mixup
lesson.check("my-mixup", my_mixup)

# %% [markdown] section=build-it
# And the whole technique. `between` is your function, for tables: it rounds whole numbers and takes words from the nearer end. What is learned goes into names that end in `_`; then saving works.

# %% section=build-it
from synthkit.course.runs.your_technique import between, nearest


@sk.technique
class NeighbourMixup:
    def __init__(self, *, neighbours=5):
        self.neighbours = neighbours
    def fit(self, table, rng):
        self.table_, self.near_ = table, nearest(table, self.neighbours)
    def sample(self, n, rng):
        one = rng.integers(0, len(self.table_), n)
        two = self.near_[one, rng.integers(0, self.near_.shape[1], n)]
        return between(self.table_.iloc[one], self.table_.iloc[two], rng)

# %% [markdown] section=build-it
# Watch it on the ring, then try it. If a promise is broken, the report says in which line of yours.

# %% section=build-it role=widget
mixup_player = lesson.keep(technique_player(NeighbourMixup, seed=lesson.seed))
mixup_player

# %% section=build-it
print(sk.try_technique(NeighbourMixup).summary())

# %% [markdown] section=build-it
# This is what the report looks like when something is wrong: a class that forgets the seed, loses a column type and keeps nothing for saving.

# %% section=build-it
@sk.technique
class Careless:
    def fit(self, table):
        self.rows = table
    def sample(self, n):
        return self.rows.sample(n, replace=True).astype(object)


print("\n".join(f"{line.promise}: {line.found}" for line in sk.try_technique(Careless).failed[:4]))

# %% [markdown] section=break-it minutes=5
# ## Break it, then repair it
# *(core)*
#
# One trap as a dial, for the colleague's class. The indicator is an attack: somebody holds a list of people and wants to know who was in the table. **How much must every number be moved until nobody is found?**

# %% section=break-it role=widget
from synthkit.course.runs.your_technique import copies_failure

people = lesson.keep(FailureDial(copies_failure(JitteredCopies), rng=lesson.seed))
people

# %% section=break-it role=check exercise=hide-the-people title="Hide the people"
lesson.check("hide-the-people", people)

# %% [markdown] section=break-it
# Healed, but at what price? The whole battery again, at the setting that hides everybody. *A repair of one trap is no repair of the technique.*

# %% section=break-it
hidden = sk.battery(JitteredCopies(share=1.0), rng=lesson.seed)
for share, report in ((0.02, copies_report), (1.0, hidden)):
    print(f"jitter {share:g} is caught in:", ", ".join(report.broken))

# %% [markdown] section=judge-it minutes=9
# ## Judge it
# *(optional)*
#
# Your mixup in the same traps, beside the copies and the kit's trees. A cross marks what is caught. **In which traps did you expect a cross, and where does one surprise you?**

# %% section=judge-it
from synthkit.course.runs.your_technique import side_by_side

mixup_report = sk.battery(NeighbourMixup, rng=lesson.seed)
trees_report = sk.battery(sk.Trees, rng=lesson.seed)
side_by_side({"copies": copies_report, "mixup": mixup_report, "trees": trees_report})

# %% [markdown] section=judge-it
# Does another number of neighbours help? The attack, and what it costs:

# %% section=judge-it
from synthkit.course.runs.your_technique import many_neighbours

many = many_neighbours(lesson.seed)
many.round(2)

# %% [markdown] section=judge-it
# The arena: one table, one split, the same seeds for all; your class is a row like any other.

# %% section=judge-it
from synthkit.course.runs.your_technique import tumours

arena = sk.compare([NeighbourMixup, JitteredCopies, "trees"], tumours(), "diagnosis", lesson.seed)
arena.table().drop(columns="cpu_seconds").round(3)

# %% section=judge-it role=exercise exercise=what-may-you-claim title="What may you claim?"
lesson.ask("what-may-you-claim")

# %% [markdown] section=judge-it
# And why not the others, in words:

# %% section=judge-it
print("\n".join(arena.advice()))

# %% [markdown] section=when-to-use minutes=4
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
lesson.claims([
    ("+", "a class of ten lines is a technique of the kit", sk.try_technique(NeighbourMixup).summary()),
    ("+", "mixup keeps the relations", f"missing correlation {mixup_report.value('lost_relation'):.2f}"),
    ("+", "mixup keeps rules between columns", f"impossible pairs {mixup_report.value('broken_rule'):.0%}"),
    ("−", "its members are found", f"area {mixup_report.value('members_found'):.2f}, trees {trees_report.value('members_found'):.2f}"),
    ("−", "more neighbours don't hide them", f"area {many['members_found'].iloc[-1]:.2f} with {many.index[-1]}"),
    ("−", "the contract says nothing of worth", f"copies: {len(manners.failed)} broken, {len(copies_report.broken)} traps"),
])

# %% [markdown] section=when-to-use
# **Use** a prototype to find out in an hour whether an idea is worth a week. **Don't** hand out its rows because the tests of behaviour are green; and don't stop at the trap that you were looking for.
#
# **Keep it.** In a terminal, `synthkit new-technique my_mixup` writes a package: your class, its tests, a lesson. Through an [[entry point]] every kit that installs it knows it, in `sk.techniques()`, on the command line and in the arena.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Chawla et al. (2002), *SMOTE: synthetic minority over-sampling technique*, the same step for rare classes. Zhang et al. (2018), *mixup: beyond empirical risk minimization*. Yao et al. (2025), *The DCR delusion*, on why far from a copy isn't far enough.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
