# ruff: noqa: F401
"""Lesson 08. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.traffic import (
    CAR_M,
    CARS,
    DETECTORS,
    EXPERIMENT_CARS,
    EXPERIMENT_JAM_KMH,
    EXPERIMENT_M,
    QUICK_STEP_S,
    ROAD_S,
    SLOW_FROM_S,
    SLOW_STEP_S,
)
from synthkit.techniques.traffic.cellular import CELL_M
from synthkit.techniques.traffic.failures import RING_CARS, RING_CELLS

INFO = lesson_info("08_traffic")
BUMPER = int(EXPERIMENT_M // (CAR_M + 2))

# %% [markdown] section=in-one-minute minutes=1
# # Traffic: a jam from nothing

# %% [markdown] section=in-one-minute
# ## In one minute
#
# In 2008 Yuki Sugiyama's team let {{EXPERIMENT_CARS}} cars drive round a circle of {{EXPERIMENT_M:.0f}} m. The drivers were told one thing: keep to 30 km/h. No light, no junction, no accident. For a while all went round evenly. Then a jam was there, and it travelled backwards, against the cars.
#
# Nobody wrote that jam into anybody's instructions. In the same way a simulation of [[agents|agent]] makes data: you write a rule for one car, let many follow it, and record what one would see of them. What appears is called [[emergence]].
#
# **You will be able to** write the most famous rule of traffic in five lines, measure a jam's speed, and say what a road authority's counts do not show.
#
# **How you will break it:** you will make perfect drivers, who never jam, and find two different rules that no detector can tell apart.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: nothing but lesson 07's idea of a simulator.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("08_traffic")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# The ring is {{EXPERIMENT_M:.0f}} m long; standing cars take {{CAR_M + 2:.0f}} m each, so {{BUMPER}} fit bumper to bumper. All drivers follow the same rule: drive at the speed you like, keep your distance, brake when the gap closes. They start almost evenly spread.
#
# **At which [[density]] does a jam appear by itself?** One that nobody causes is called a [[phantom jam]].

# %% section=predict role=predict exercise=when-does-it-jam title="When does it jam?"
lesson.predict("when-does-it-jam")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# The ring from above, beside its [[space-time diagram]]: time goes to the right, the way round the ring upwards, dark is slow. The film first takes a picture every {{QUICK_STEP_S}} s; from {{SLOW_FROM_S}} s on, one every {{SLOW_STEP_S}} s, so that you can follow a single car. A car's nose gets sharper with its speed; a bar behind it is its brake light.
#
# Play it with {{EXPERIMENT_CARS}} cars. **Which way do the dark stripes lean?** Then turn the one knob: at how many cars do they go?

# %% section=watch
from synthkit.course.exercises.traffic import RIGHT_TEXT, option_text
from synthkit.course.runs.traffic import CARS, EXPERIMENT_CARS, ring_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("vehicles", "cars on the ring of 230 m", CARS, EXPERIMENT_CARS)


def ring_player(chosen):
    said = Predicted(option_text(chosen), against=RIGHT_TEXT) if option_text(chosen) else None
    return Player(run=ring_trace, dials=(knob,), seed=lesson.seed, prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("when-does-it-jam", ring_player)
watch

# %% [markdown] section=watch
# The same for each stop of the knob, after twenty minutes of driving. [[Flow|flow]] is what passes a place in an hour. **What does the jam cost?**

# %% section=watch
from synthkit.course.runs.traffic import density_table

jams = density_table(lesson.seed)
jams

# %% [markdown] section=explain minutes=4
# ## Explain
# *(optional)*
#
# A row of cars has [[string stability]] if a small slowing fades from car to car. With $f$ the acceleration that a driver chooses by gap $s$, speed $v$ and closing speed $\Delta$, an endless row is stable exactly if
#
# $$\tfrac12 f_v^2 + f_v f_\Delta - f_s \ge 0$$
#
# Drivers who watch the speed difference ($f_\Delta$) calm the flow; drivers who follow the gap closely ($f_s$) stir it up. On a ring the same sum is done for each wave that fits it: the last column of the table.

# %% section=explain role=exercise exercise=where-does-it-come-from title="Where does it come from?"
lesson.ask("where-does-it-come-from")

# %% section=explain role=exercise exercise=why-backwards title="Why backwards?"
lesson.ask("why-backwards")

# %% [markdown] section=build-it minutes=9
# ## Build it
# *(optional)*
#
# Kai Nagel and Michael Schreckenberg cut the road into cells of {{CELL_M}} m and time into seconds. All cars move in a [[parallel update]]: first everybody looks, then everybody drives.
#
# A warm-up in two gaps: how much room has each car?

# %% section=build-it role=exercise exercise=gaps-on-a-ring title="Gaps on a ring"
lesson.ask("gaps-on-a-ring")

# %% [markdown] section=build-it
# Your turn: the whole rule. One faster; no faster than the gap; with some luck one slower, which is called [[dawdling]]; then drive. Five lines are enough.

# %% section=build-it role=exercise exercise=my-step title="One second of traffic"
def my_step(position, speed, cells, v_max, dawdle, rng):
    """Move all cars by one second; position and speed have shape (cars,), in driving order."""
    # Gaps first, from the old positions. Then the four rules, one line each.


# %% section=build-it role=solution exercise=my-step
def my_step(position, speed, cells, v_max, dawdle, rng):
    """Move all cars by one second; position and speed have shape (cars,), in driving order."""
    gap = (np.roll(position, -1) - position - 1) % cells
    speed = np.minimum(np.minimum(speed + 1, v_max), gap)
    speed = np.maximum(speed - (rng.random(len(speed)) < dawdle), 0)
    return (position + speed) % cells, speed

# %% section=build-it role=check exercise=my-step
lesson.check("my-step", my_step)

# %% [markdown] section=look-inside minutes=2
# ## Look inside
# *(optional)*
#
# The library's own step keeps only gaps and speeds: so no car can get lost, and none can drive into another. Below it, how a jam's speed is measured: as the turning of an arrow that points to where it is slow. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.traffic import TRAFFIC_INSIDE, inside_picture
from synthkit.techniques.traffic.cellular import nasch_step
from synthkit.techniques.traffic.technique import jam_speed_mps

inside = lesson.keep(
    LookInside((nasch_step, jam_speed_mps), TRAFFIC_INSIDE, inside_picture(lesson.seed))
)
inside

# %% [markdown] section=break-it minutes=5
# ## Break it, then repair it
# *(core)*
#
# {{RING_CARS}} cars on {{RING_CELLS}} cells, by the rule of cells. Each point is a car that crawls or stands. The dial is the chance of braking for nothing. **What is left of the traffic if all drivers are perfect?** Break it first, then heal it.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Traffic.failures}
perfect = lesson.keep(FailureDial(failures["traffic.deterministic_driver"], rng=lesson.seed))
perfect

# %% section=break-it role=check exercise=perfect-drivers title="Perfect drivers"
lesson.check("perfect-drivers", perfect)

# %% [markdown] section=break-it
# The second break is in the eye of the observer. Flow against density is the [[fundamental diagram]] of a road. Two different rules were built to share it wherever cars drive evenly. **How full must a road be before the data tells which rule made it?** Be fooled first.

# %% section=break-it role=widget
fooled = lesson.keep(FailureDial(failures["traffic.one_curve_two_rules"], rng=lesson.seed))
fooled

# %% section=break-it role=check exercise=one-curve-two-rules title="One curve, two rules"
lesson.check("one-curve-two-rules", fooled)

# %% [markdown] section=judge-it minutes=6
# ## Judge it
# *(optional)*
#
# Does the model jam as people do? On Sugiyama's ring the jam went round at about {{EXPERIMENT_JAM_KMH:.0f}} km/h. Finding the settings that reproduce a measurement is called [[calibration]]. Here is what the lesson's drivers do, and what calmer ones do:

# %% section=judge-it
from synthkit.course.runs.traffic import jam_of

print("as they are   ", jam_of(lesson.seed))
print("quicker starts", jam_of(lesson.seed, acceleration_mps2=2.0))

# %% [markdown] section=judge-it
# The second line is a trap: the wave is faster, but look at its spread. Change the drivers until the jam is there *and* travels as measured.

# %% section=judge-it role=exercise exercise=jam-as-measured title="A jam as measured"
def my_driver():
    """Return settings of sk.Traffic: drivers (and the cars' length) for the ring of 22 cars."""
    return {"acceleration_mps2": 1.0, "braking_mps2": 1.5, "vehicle_length_m": 4.0}

# %% section=judge-it role=solution exercise=jam-as-measured
def my_driver():
    """Return settings of sk.Traffic: drivers (and the cars' length) for the ring of 22 cars."""
    return {"acceleration_mps2": 1.7, "braking_mps2": 3.0, "vehicle_length_m": 4.5}

# %% section=judge-it role=check exercise=jam-as-measured
lesson.check("jam-as-measured", my_driver)

# %% [markdown] section=judge-it
# A road authority has no film, only [[detectors|detector]]: counts, mean speeds, and how long each was covered, minute by minute. No real counts ship with the kit, so one calibrated run plays the road; another is kept back. The scorecard's figures for three models, beside the band of chance. (An AUC below the band would mean that rows coincide: drivers who are all alike repeat each other's minutes.)

# %% section=judge-it
from synthkit.course.runs.traffic import MODELS, ROAD, detector_rows

road, kept_back = (detector_rows(100 + lesson.seed + k, **ROAD) for k in (0, 1))
made = {name: detector_rows(lesson.seed, **driver) for name, driver in MODELS.items()}
cards = {k: sk.scorecard(road, fake, holdout=kept_back, rng=lesson.seed) for k, fake in made.items()}
tables = {name: card.table().set_index("figure") for name, card in cards.items()}
band = tables["calibrated"][["noise_low", "noise_high"]]
figures = pd.DataFrame({name: table["value"] for name, table in tables.items()}).join(band)
figures.loc[["column_shapes", "pair_trends", "c2st_auc"]].round(3)

# %% [markdown] section=judge-it
# And one figure that the card can't have, because it isn't in the rows: how many cars there are.

# %% section=judge-it
from synthkit.course.runs.traffic import EXPERIMENT_M, detected_density

seen, there = detected_density(road), EXPERIMENT_CARS / EXPERIMENT_M * 1000
print(f"flow / speed says {seen:.0f} cars per km; there are {there:.0f}")

# %% section=judge-it role=exercise exercise=what-detectors-miss title="What detectors miss"
lesson.ask("what-detectors-miss")

# %% [markdown] section=your-data minutes=2
# ## Your own data
# *(optional)*
#
# Many cities publish counts. Put a CSV of one lane beside this notebook and write its name, its columns and the length of an interval below; until then the lesson's own detectors serve. Nothing is uploaded. (A [[floating car]], a telephone that reports where it is, is personal data; a count is not, mostly.)

# %% section=your-data
from synthkit.course.runs.traffic import counted, diagram_trace
from synthkit.course.your_data import personal_warning, read_table

file = ""  # "my_counts.csv"
mine = read_table(file) if file else road.assign(speed_kmh=3.6 * road["mean_speed_mps"])
counts = counted(mine, count="vehicles_per_min", speed="speed_kmh", minutes=1)
print(f"{len(counts):,} intervals with moving cars")
personal_warning(mine)

# %% section=your-data role=widget
diagram = lesson.keep(Player(diagram_trace(counts)))
diagram

# %% [markdown] section=when-to-use minutes=1
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
def indicator(name, stop):
    failure = failures[f"traffic.{name}"]
    return failure.indicator(failure.run(stop, lesson.seed))


alike, varied = (indicator("deterministic_driver", stop) for stop in (0.0, 0.25))
quiet, dense = (indicator("one_curve_two_rules", stop) for stop in (10, 22))
jam, even = jams.loc[22, "flow (veh/h)"], jams.loc[22, "if all drove evenly"]
as_it_came = jam_of(lesson.seed)["jam_kmh"]

# %% section=when-to-use
lesson.claims([
    ("+", "jams appear that nobody wrote", f"22 cars: {jam:.0f} instead of {even:.0f} vehicles/h"),
    ("+", "labels and the whole film are free", f"{there:.0f} cars per km known, {seen:.0f} seen by detectors"),
    ("+", "one can ask 'what if'", f"spread of speeds {alike:.2f} → {varied:.2f} cells/s with a quarter dawdling"),
    ("−", "it must be calibrated", f"jam at {as_it_came:.0f} km/h, measured about −20"),
    ("−", "quiet data does not choose the rule", f"two rules differ by {quiet:.1%}; on a dense ring by {dense:.0%}"),
    ("−", "without chance all runs are alike", f"spread {alike:.2f} cells/s: no jam in ten minutes"),
])

# %% [markdown] section=when-to-use
# **Use it** when the rule of one is known better than the behaviour of many: roads, crowds, epidemics, warehouses; and when you need the rare day that no one has recorded. **Don't** trust it outside what it was calibrated on, and never choose a rule by averages alone.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Nagel & Schreckenberg (1992), *A cellular automaton model for freeway traffic*; Treiber, Hennecke & Helbing (2000); Sugiyama et al. (2008), *Traffic jams without bottlenecks*, with its films; Treiber & Kesting, *Traffic Flow Dynamics*.
#
# **Take it with you.** `sk.Traffic().simulate(rng=0)["detectors"].to_csv("detectors.csv")` saves counts, and `ring_trace(1).to_html("ring.html")` saves the film as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
