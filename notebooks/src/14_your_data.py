# ruff: noqa: F401
"""Lesson 14. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.own_table import SAMPLE_ROWS, WHOLE_BYTES
from synthkit.course.runs.your_data import FIRST_RACE, NETWORKS, TABLE
from synthkit.datasets import load

INFO = lesson_info("14_your_data")
PEOPLE = len(load(TABLE))
RUNNERS = len(FIRST_RACE)
MEGABYTES = WHOLE_BYTES / 1e6

# %% [markdown] section=in-one-minute minutes=1
# # Your data: which technique suits it?

# %% [markdown] section=in-one-minute
# ## In one minute
#
# Nobody buys a horse by its portrait. One lets it run, on one's own ground, beside others.
#
# That is the [[arena]]. Your table is split once, before anything is trained. Each technique learns from the same part, and is judged against the same rest. Beside them run tables of known worth, each an [[anchor]]: fresh real rows, a plain copy, a shuffle, and trees. In the end you get a picture, a verdict in words, and a script that repeats all of it.
#
# **You will be able to** bring a table of your own, say what its columns are, let all techniques run on it, stop one that takes too long, and give reasons for your choice.
#
# *About {{INFO.minutes}} minutes; the section marked **core** (Predict) takes ten. You need: lesson 12.*

# %% section=in-one-minute
import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("14_your_data")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=9
# ## Predict
# *(core)*
#
# The first race is on {{PEOPLE}} tumours, with {{RUNNERS}} runners: Monte Carlo and trees, which learn; the bootstrap, which draws real rows; and a perturbation, which adds noise to real rows.
#
# A table's [[utility]] is the score of a model that learned from it and is tested on [[held-out real rows|held-out rows]]. **Whose is the most useful, and does it come first?**

# %% section=predict role=predict exercise=who-is-most-useful title="Who is most useful?"
lesson.predict("who-is-most-useful")

# %% [markdown] section=predict
# From left to right the utility. Upwards the [[attack success]]: how much more often the strongest attack finds somebody who was in the table than somebody who was not.
#
# Each runner has a lane, and a button that stops it alone. **Choose a point** to hear what it says, and which of its columns are worst.

# %% section=predict role=widget
from synthkit.course.runs.your_data import first_view

race = lesson.reveal("who-is-most-useful", lambda chosen: first_view(lesson.seed))
race

# %% [markdown] section=explain minutes=6
# ## Explain
# *(optional)*
#
# Why is a corner shaded? Anybody can make two tables without any technique: a copy, and a shuffle of each column. And everything between them: publish a share $s$ of the rows as they are, and shuffle the rest. Attacks then succeed on that share,
#
# $$(u, a)(s) = (1 - s)\,(u, a)_\text{shuffle} + s\,(u, a)_\text{copy}$$
#
# with $u$ the utility and $a$ the attack success. Whatever lies above this line, and leaks, is *no better than a copy*.

# %% section=explain role=exercise exercise=in-the-shaded-corner title="In the shaded corner"
lesson.ask("in-the-shaded-corner")

# %% section=explain role=exercise exercise=why-anchors-run-along title="Why do anchors run along?"
lesson.ask("why-anchors-run-along")

# %% [markdown] section=judge-it minutes=4
# ## Judge it
# *(optional)*
#
# One line for each runner. The columns at the end are differences to the first, measured on the same held-out rows, with their limits: **where 0 lies between `low` and `high`, the two can't be told apart.**

# %% section=judge-it
first = race.widget.result()
first.table().round(3)

# %% [markdown] section=judge-it
# Which one, and why not the others, in words. Each figure in them was measured just now.

# %% section=judge-it
for line in first.advice():
    print("-", line)

# %% section=judge-it role=exercise exercise=a-tie-in-the-arena title="A tie"
lesson.ask("a-tie-in-the-arena")

# %% [markdown] section=your-data minutes=7
# ## Your own data
# *(optional)*
#
# Put a CSV or Parquet file beside this notebook and write its name between the quotes, or take a bundled table (`"diabetes"`, `"wine"`, `"iris"`). Another delimiter or encoding is found, and said. Of a file beyond {{MEGABYTES:,.0f}} MB, {{SAMPLE_ROWS:,}} rows are drawn. Nothing is uploaded, and no real row is shown or saved here.
#
# Or draw a table: `from synthkit.course.points_pad import PointsPad`, then `pad = PointsPad()`, show `pad`, and `pad.table().to_csv("points.csv", index=False)`.

# %% section=your-data
from synthkit.course.own_table import read_own_table

source = "wine"
own = read_own_table(source)
print(own)

# %% [markdown] section=your-data
# The [[schema]]: what each column is taken for. A post code is no number, and a customer's number is no feature: **set it right before anything is trained.** Choose *leave out* for what a synthetic table need not have.

# %% section=your-data role=widget
from synthkit.widgets.schema_editor import SchemaEditor

editor = lesson.keep(SchemaEditor(own.table))
editor

# %% [markdown] section=your-data
# What to know before training, and what it will take. Set `target` to the column that a model would predict, or to `None`. With PyTorch, `applicable(networks=True)` adds {{len(NETWORKS)}} networks, which take minutes.

# %% section=your-data
from synthkit.commands.preflight import training_times, warnings_before_training
from synthkit.course.runs.your_data import applicable
from synthkit.measure.splitting import SHARE

mine, target = editor.table(), "cultivar"
runners = applicable()
warned = [*warnings_before_training(mine, SHARE), training_times(runners, mine)]
for note in warned:
    print("-", note)

# %% [markdown] section=your-data
# Let them run. Two run at a time, each in a process of its own: *Cancel* stops one, and the ■ of the notebook those that are at work. The others go on.

# %% section=your-data role=widget
from synthkit.widgets.arena_view import ArenaView

arena = sk.Arena(runners, mine, target, rng=lesson.seed, time_limit_s=600)
view = lesson.keep(ArenaView(arena))
view

# %% section=your-data
result = view.result()
result.table().iloc[:, :9].round(3)

# %% section=your-data
for line in result.advice():
    print("-", line)

# %% [markdown] section=your-data
# Take it with you: the first one's table, the figures, one HTML page with every scorecard, and `repeat.py`, which repeats all of it. **The table holds synthetic rows; the other three hold none at all.** `name="trees"` chooses another table.

# %% section=your-data
from synthkit.arena_export import export

files = export(arena, "arena", source, kinds=editor.kinds_set, notes=tuple(warned))
print(files)

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
from synthkit.course.runs.your_data import copy_and_fresh, point

copy, fresh = copy_and_fresh(first)
trees, smallest = point(first, "trees"), first.cards["trees"].attack("membership_nearest")
lesson.claims([
    ("+", "what copies is unmasked, however useful", f"utility {copy.utility.value:.2f}, attacks succeed {copy.attack.value:.0%}"),
    ("+", "every figure has its yardstick", f"fresh real rows: utility {fresh.utility.value:.2f}"),
    ("+", "one that fails stops nobody", f"{len(result.cards)} judged, {len(result.failed)} failed"),
    ("−", "few rows, wide intervals", f"utility of the trees {trees.utility.low:.2f} to {trees.utility.high:.2f}"),
    ("−", "small leaks stay unseen", f"an area below {smallest.detectable:.2f} is missed more than once in five"),
])

# %% [markdown] section=when-to-use
# **Use it** before you decide, on the very table that you mean to replace, and again when that table changes. **Don't** read it as a league: another table has another winner. And don't hand out a table because it came first; first may still be poor.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Jordon et al. (2022), *Synthetic Data – what, why and how?*; Stadler, Oprisanu & Troncoso (2022), *Synthetic Data – Anonymisation Groundhog Day*; Giomi et al. (2023), *A Unified Framework for Quantifying Privacy Risk in Synthetic Data*.
#
# **Without a notebook.** `synthkit compare mine.csv --target income --html report.html` runs the same race.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
