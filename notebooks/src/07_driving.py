# ruff: noqa: F401
"""Lesson 07. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.exercises.driving import STOPS_M
from synthkit.course.runs.driving import BEND, SPEED_KMH, TRIPS
from synthkit.techniques.car import Car
from synthkit.techniques.car.failures import LAUNCH_S
from synthkit.techniques.car.scenario import EVENTS
from synthkit.techniques.car.tyres import ROADS, peak

INFO = lesson_info("07_driving")
KINDS = len(EVENTS) - 1
RATE = Car().event_rate
DRY, ICE = peak("dry")[0], peak("ice")[0]

# %% [markdown] section=in-one-minute minutes=1
# # Driving: data from the laws of motion

# %% [markdown] section=in-one-minute
# ## In one minute
#
# Somebody is to build a warning light: 'your car is skidding'. It needs examples of skids, many of them, and for each second a note by a human: skid, yes or no. Nobody drives onto black ice for a table. So a program does. It knows mass, air, tyres and roads, and lets ten thousand cars drive. No row of real data goes in.
#
# Such a [[simulator]] gives one thing that no camera gives: it *made* the skid, so it knows that there was one. Every label is there, exact, at once.
#
# **You will be able to** write the step of a simulator, see its limits in a picture, and make the rare case frequent enough to learn from.
#
# **How you will break it:** with a [[friction]] that is right on the road where it was measured and wrong on all others, and with steps so long that energy comes from nowhere.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need no earlier lesson.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("07_driving")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# A quiet street at {{SPEED_KMH}} km/h, and a ball rolls onto it. The driver of an old car pushes the brake to the floor; the wheels lock. On a dry road the car stands after {{STOPS_M[0]:.1f}} m.
#
# **Where does it stop in the wet, on snow, on ice?** Draw it before you brake.

# %% section=predict role=predict exercise=where-does-it-stop title="Where does it stop?"
lesson.predict("where-does-it-stop")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# Now brake. The road bends to the left, with a radius of {{BEND.radius_m:.0f}} m; the driver steers along it and pushes the brake at the cross. Your stop is the diamond on the road. Beside it the [[friction circle]]: all that the tyres can give, to the side and along.
#
# Play it on ice. Follow the point in the circle: where is it while the car only turns, and where once it brakes? Then turn the one knob to another road.

# %% section=watch
from functools import partial

from synthkit.course.exercises.driving import score_stops
from synthkit.course.runs.driving import ROADS, brake_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player

knob = Dial("road", "the road", ROADS, "ice")


def brake_player(drawn):
    return Player(run=partial(brake_trace, said=drawn), dials=(knob,), seed=lesson.seed)

# %% section=watch role=widget
watch = lesson.reveal("where-does-it-stop", brake_player, score_stops)
watch

# %% [markdown] section=watch
# All four roads in figures: with the brake in the bend, and by the formula for a straight road, $v^2/2\mu g$. Which road's tyres were never sliding before the brake?

# %% section=watch
from synthkit.course.runs.driving import stops_table

stops = stops_table()
stops.round(2)

# %% [markdown] section=explain minutes=5
# ## Explain
# *(optional)*
#
# A tyre holds by [[slip]]: its rim is a little slower than the car. With little slip friction rises, at its peak it is {{DRY:.2f}} on a dry road and {{ICE:.2f}} on ice, and a locked wheel ($s = 1$) slides with less. For a car of weight $mg$ that is one limit for both directions:
#
# $$\sqrt{F_x^2 + F_y^2} \le \mu m g$$

# %% section=explain role=exercise exercise=why-it-left-the-bend title="Why did it leave the bend?"
lesson.ask("why-it-left-the-bend")

# %% [markdown] section=explain
# The kit's `Car` drives many trips like this one: roads, drivers, routes and sensors are drawn anew for each. {{KINDS}} kinds of [[corner case]] happen on the way, in {{RATE:.0%}} of the trips. Read a few rows: the first columns are what sensors say, the last ones what nobody had to write down.

# %% section=explain
rows = sk.Car(trips=20, event_share=0.5).sample(12_000, rng=lesson.seed)
shown = ["trip_id", "time_s", "speed_mps", "wheel_speed_mps", "road", "event", "skid", "weight"]
rows[rows["skid"]].iloc[::40][shown].head(6).round(2)

# %% section=explain role=exercise exercise=why-labels-are-free title="Why are labels free?"
lesson.ask("why-labels-are-free")

# %% [markdown] section=build-it minutes=9
# ## Build it
# *(optional)*
#
# A simulator takes small steps. The simplest one, Euler's, pretends that the pull at the step's beginning lasts to its end. A [[Runge-Kutta step]] looks ahead three times and takes a mean. Fill its three gaps.

# %% section=build-it role=exercise exercise=a-runge-kutta-step title="A Runge-Kutta step"
lesson.ask("a-runge-kutta-step")

# %% [markdown] section=build-it
# Your turn: brake a car yourself, step by step. Straight ahead, no air, and mind who has the last word: the pedal or the road.

# %% section=build-it role=exercise exercise=my-stop title="A braking car of your own"
def my_stop(speed, wished, friction, step, rng):
    """Return the metres until the car stands; speed in m/s, wished in m/s², step in s."""
    # Which deceleration acts? Then a loop: add to the way, take from the speed.


# %% section=build-it role=solution exercise=my-stop
def my_stop(speed, wished, friction, step, rng):
    """Return the metres until the car stands; speed in m/s, wished in m/s², step in s."""
    pull = min(wished, friction * 9.81)
    way = 0.0
    while speed > 0:
        way += speed * step
        speed -= pull * step
    return way

# %% section=build-it role=check exercise=my-stop
lesson.check("my-stop", my_stop)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# The library's own functions: the circle, and the step. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.driving import CAR_INSIDE, inside_picture
from synthkit.techniques.car.bend import within_circle
from synthkit.techniques.car.dynamics import rk4_step

inside = lesson.keep(LookInside((within_circle, rk4_step), CAR_INSIDE, inside_picture()))
inside

# %% [markdown] section=break-it minutes=5
# ## Break it, then repair it
# *(core)*
#
# Friction is not looked up, it is measured: brake on a test track, read off the way. Somebody did so on dry roads only, and the model fits its [[calibrated range]] to a few per cent. **What does it say about the other roads?** The dial is the number of roads that were measured.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Car.failures}
friction = lesson.keep(FailureDial(failures["car.wrong_friction"], rng=lesson.seed))
friction

# %% section=break-it role=check exercise=leave-the-calibrated-range title="Leave the calibrated range"
lesson.check("leave-the-calibrated-range", friction)

# %% [markdown] section=break-it
# The second break is the program's own. A car is launched for {{LAUNCH_S:.0f}} s with constant power, by Euler's steps. The [[energy balance]] compares what the engine gave with what the car got. **How long may a step be?**

# %% section=break-it role=widget
step = lesson.keep(FailureDial(failures["car.step_too_large"], rng=lesson.seed))
step

# %% section=break-it role=check exercise=make-energy-from-nothing title="Make energy from nothing"
lesson.check("make-energy-from-nothing", step)

# %% [markdown] section=judge-it minutes=6
# ## Judge it
# *(optional)*
#
# Now the warning light. A detector (boosted trees) learns 'skid' from {{TRIPS}} trips on dry roads, and is asked for skids on black ice in other trips. Four recipes: rare events as in nature or in half of the trips ([[oversampling]]); what sensors read alone, or with the slip computed from two of them. Each is trained on several seeds: **is its success skill or luck?**

# %% section=judge-it
from synthkit.course.runs.driving import detector_runs, detector_table, detector_trace

runs = detector_runs(range(2 if lesson.fast else 4))
detectors = detector_table(runs)
detectors.round(2)

# %% section=judge-it role=widget
recall = lesson.keep(Player(detector_trace(runs)))
recall

# %% section=judge-it role=exercise exercise=what-made-it-find-them title="What made it find them?"
lesson.ask("what-made-it-find-them")

# %% [markdown] section=judge-it
# Mind where the sign comes from: this program gives a sliding wheel far more slip than any other, since somebody wrote it so. How clear the sign is on a road, only a road can say.
#
# And what did the labels cost? Put in prices of your own. The two that stand here are an estimate by the founder of an early synthetic-data company, relayed by a vendor's blog: 6 $ for a labelled picture, 6 ¢ for a made one. Nobody has measured them for rows of a drive.

# %% section=judge-it
from synthkit.course.runs.driving import label_cost

by_hand, by_program = 6.00, 0.06  # dollars a label: change them
cost = label_cost(runs, by_hand, by_program)
cost.round(2)

# %% section=judge-it role=exercise exercise=what-the-price-leaves-out title="What does the price leave out?"
lesson.ask("what-the-price-leaves-out")

# %% [markdown] section=your-data minutes=3
# ## Your own data
# *(optional)*
#
# A [[coast-down]] of your own car: on a flat, empty road let it roll from 100 km/h in neutral, and log time and speed (any GPS app). Put the CSV beside this notebook, with the columns `time_s` and `speed_mps`, and write its name between the quotes. Without a file a made-up car rolls. Nothing is uploaded.

# %% section=your-data
from synthkit.course.runs.driving import coast_down, coast_trace

mine = coast_down("", lesson.rng(7))
car = sk.Car().fit(mine)
print(f"{len(mine):,} records; drag area {car.drag_area_m2_:.3f} m²")

# %% section=your-data role=widget
rolling = lesson.keep(Player(coast_trace(mine, car)))
rolling

# %% [markdown] section=your-data
# From now on that `car` drives with your figures: `car.sample(1000)`.

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
def indicator(name, stop):
    failure = failures[f"car.{name}"]
    return failure.indicator(failure.run(stop, lesson.seed))


narrow, wide = (indicator("wrong_friction", stop) for stop in (1, 4))
crude, fine = (indicator("step_too_large", stop) for stop in (4.0, 0.1))
plain, best = detectors.iloc[0], detectors.iloc[3]
ratio = cost["rows"].iloc[0] / cost["rows"].iloc[1]

# %% section=when-to-use
lesson.claims([
    ("+", "labels come with the rows, exact", f"{len(rows):,} rows with road, event and skid, none by hand"),
    ("+", "the rare case as often as needed", f"skids found: {plain.iloc[0]:.0%} → {best.iloc[0]:.0%} in the mean"),
    ("+", "far fewer rows to label", f"1 in {ratio:.0f} for as many rare trips"),
    ("−", "it depends on the recipe, and on the seed", f"best recipe {best.iloc[1]:.0%} to {best.iloc[2]:.0%}, without slip {detectors.iloc[2, 0]:.0%} in the mean"),
    ("−", "right where it was calibrated only", f"worst stop wrong by a factor of {1 + narrow:.0f}; measured on all four roads by {wide:.0%}"),
    ("−", "the program has errors of its own", f"energy too much {crude:.1%}, with short steps {fine:.2%}"),
])

# %% [markdown] section=when-to-use
# **Use it** when the laws are known and data is rare, dangerous or dear: corner cases, sensors that don't exist yet, tests of a program. **Don't** take its figures for those of a road: the drivers and the rates of events are invented, and no test inside the simulator can say how real they are.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Rajamani, *Vehicle Dynamics and Control* (2012); Kiencke & Nielsen, *Automotive Control Systems* (2005), on friction; Guzzella & Sciarretta, *Vehicle Propulsion Systems* (2013), on resistance.
#
# **Take it with you.** `sk.Car(event_share=0.5).sample(100_000, rng=0).to_parquet("trips.parquet")` saves labelled rows, and `brake_trace(1, "ice").to_html("brake.html")` saves the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
