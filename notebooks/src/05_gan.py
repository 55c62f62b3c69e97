# ruff: noqa: F401
"""Lesson 05. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.gan import LIVE_STEPS, MODES, STEPS

INFO = lesson_info("05_gan")

# %% [markdown] section=in-one-minute minutes=1
# # GAN: a forger and a detective

# %% [markdown] section=in-one-minute
# ## In one minute
#
# A forger prints a banknote, a detective looks at it. The forger has never seen a real note; all it gets is the detective's verdict. The detective gets real notes and forged ones, mixed. Both improve. If all goes well, in the end the detective can only guess, and the forger has learnt banknotes from nothing but criticism.
#
# That is a [[GAN]]: a [[generator]] that turns noise into rows, and a [[discriminator]] that says how real each looks. *If all goes well* is the hard part.
#
# **You will be able to** read such a training, say what its losses tell and what they hide, write both losses and the best possible discriminator, and judge when a GAN is worth its trouble.
#
# **How you will break it:** you will make the forger print one single note, perfectly, while both losses look healthy.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: probabilities and logarithms. To train anything yourself you need PyTorch (`pip install "synthkit-lab[deep]"`); without it the lesson plays recorded runs, and the exercises in code need NumPy only.*

# %% section=in-one-minute
import importlib.util

import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("05_gan")
HAS_TORCH = importlib.util.find_spec("torch") is not None
print("seed", lesson.seed, "| PyTorch is here" if HAS_TORCH else "| no PyTorch: recorded runs")

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# The real points lie in {{MODES}} small clouds on a ring: eight [[modes|mode]]. The generator starts with a blob in the middle, and the game goes on for {{STEPS:,}} steps, with a detective who learns ten times more slowly than the forger. **How many of the eight will the generator find?**

# %% section=predict role=predict exercise=how-many-modes title="How many of eight?"
lesson.predict("how-many-modes")

# %% [markdown] section=watch minutes=4
# ## Watch
# *(core)*
#
# The ground shows what the discriminator thinks: the lighter, the more real. Orange points are generated. Below are both losses, and the number of clouds visited. Two runs stand side by side, on one seed: the slow detective, and one that keeps pace.
#
# Play. Then the buttons below go to the step where a cloud died: the fourth, if the run ever had four. Go on from there, step by step. **At that step, what do the losses say?**

# %% section=watch
from synthkit.course.recorded import SEED, one, recorded
from synthkit.course.runs.gan import dead_cloud, live_theatre
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player

options = lesson.predictions["how-many-modes"].question.options


def ring_player(choice):
    said = options[choice].text if isinstance(choice, int) else None
    slow, fast = one("gan_theatre_0.1"), one("gan_theatre_1")
    return Player(slow, compare=fast, prediction=said, landmark=dead_cloud)

# %% section=watch role=widget
watch = lesson.reveal("how-many-modes", ring_player)
watch

# %% [markdown] section=watch
# Those runs were recorded. With PyTorch the first {{LIVE_STEPS:,}} steps of the same game are live below. When they are done, go to the step where a cloud died, choose another learning rate, and *fork*: both runs go on side by side. The second dial lets only one of the two learn.

# %% section=watch role=widget
speed = Dial("discriminator_ratio", "learning rate of D ÷ that of G", (0.1, 0.2, 0.5, 1.0), 0.1)
who = Dial("learning", "who learns", ("discriminator", "both", "generator"), "both")
live = None
if HAS_TORCH and not lesson.fast:
    live = lesson.keep(Player(run=live_theatre, dials=(speed, who), seed=lesson.seed, landmark=dead_cloud))
live

# %% [markdown] section=explain minutes=4
# ## Explain
# *(optional)*
#
# The discriminator's score is a [[logit]]; σ makes it a probability. Each player lowers its own loss:
#
# $$L_D = -\log \sigma(D(\text{real})) - \log\big(1 - \sigma(D(\text{fake}))\big), \qquad L_G = -\log \sigma(D(\text{fake}))$$
#
# Against a fixed generator the best discriminator is known: $D^* = p / (p + g)$, with p and g the densities of real and generated rows. If the two agree it says ½ everywhere, and $L_D = 2 \ln 2$. In the first paper the generator lowered $\log(1 - \sigma(D))$ instead: flat where D is sure, a [[vanishing gradient]].

# %% section=explain role=exercise exercise=what-losses-say title="What do the losses say?"
lesson.ask("what-losses-say")

# %% section=explain role=exercise exercise=why-collapse title="Why may it collapse?"
lesson.ask("why-collapse")

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*
#
# First the two losses, in probabilities.

# %% section=build-it role=exercise exercise=the-two-losses title="Two losses, in gaps"
lesson.ask("the-two-losses")

# %% [markdown] section=build-it
# Now the opponent that cannot be beaten. In one dimension, with enough rows, it needs no network: count. It is what every discriminator tries to become.

# %% section=build-it role=exercise exercise=best-discriminator title="The best discriminator"
def my_best_discriminator(real, fake, edges, rng):
    """Return, for each bin between edges (k + 1,), how likely a row in it is real: shape (k,)."""
    # Three lines go here: the shares of real rows, those of generated rows, p over p + g.


# %% section=build-it role=solution exercise=best-discriminator
def my_best_discriminator(real, fake, edges, rng):
    """Return, for each bin between edges (k + 1,), how likely a row in it is real: shape (k,)."""
    p = np.histogram(real, edges)[0] / len(real)  # shares (k,)
    g = np.histogram(fake, edges)[0] / len(fake)
    return np.where(p + g > 0, p / np.maximum(p + g, 1e-300), 0.5)

# %% section=build-it role=check exercise=best-discriminator
lesson.check("best-discriminator", my_best_discriminator)

# %% [markdown] section=look-inside minutes=4
# ## Look inside
# *(optional)*
#
# The library's own source of the game: both losses, for all three objectives that it knows. (Without PyTorch: the best discriminator of two bell curves.) Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs import gan as runs

sources = (runs.optimal_discriminator,)
if HAS_TORCH:
    from synthkit.techniques import gan

    sources = (gan.discriminator_loss, gan.generator_loss)
inside = lesson.keep(LookInside(sources, runs.GAME_INSIDE, runs.game_picture(lesson.seed)))
inside

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# **How slow may the detective be before clouds go missing?** The [[indicator]] counts the clouds visited. Break it: [[mode collapse]]. Then heal it, in one of two ways: a quicker detective, or [[packing]], which shows it two points side by side.
#
# The runs at 0.1, at 1 and with packing are recorded; the stops between them train live, and so does *new seed*, which takes a while.

# %% section=break-it role=widget
tapes = {stop: one(f"gan_theatre_{stop}".replace(", pack ", "_pack_")) for stop in ("0.1", "1", "0.1, pack 2")}
if HAS_TORCH:
    failures = {failure.name: failure for failure in sk.GAN.failures}
    modes = lesson.keep(FailureDial(failures["gan.mode_collapse"], rng=SEED, recorded=tapes))
else:
    modes = lesson.keep(Player(tapes["0.1"], compare=tapes["0.1, pack 2"]))
modes

# %% section=break-it role=check exercise=collapse-the-modes title="Collapse the modes"
checked = lesson.check("collapse-the-modes", modes) if HAS_TORCH else None
checked

# %% [markdown] section=break-it
# And the losses? Here they stand at the last step of each run. Could you have told?

# %% section=break-it
last = ("modes", "quality", "d_loss", "g_loss")
pd.DataFrame({stop: {name: tape.last(name) for name in last} for stop, tape in tapes.items()}).T.round(2)

# %% [markdown] section=judge-it minutes=5
# ## Judge it
# *(optional)*
#
# Now a real table, and the [[scorecard]]: every technique learns from the same rows, and is judged by rows that none of them saw. Beside the GAN stand the plain methods that it has to beat.

# %% section=judge-it
real = sk.load("breast_cancer")
ways = {"trees": sk.Trees(), "Gaussian copula": sk.MonteCarlo(), "bootstrap": sk.Bootstrap()}
if HAS_TORCH:
    ways = {"GAN": sk.GAN(epochs=300), **ways}
cards = sk.compare(ways, real, target="diagnosis", rng=lesson.rng(1), mode="quick")
cards.table().round(3)

# %% section=judge-it role=exercise exercise=is-it-worth-it title="Is a GAN worth it?"
lesson.ask("is-it-worth-it")

# %% [markdown] section=your-data minutes=3
# ## Your own data
# *(optional)*
#
# Put a CSV file beside this notebook and write its name between the quotes, or take a bundled table (`"diabetes"`, `"wine"`, `"iris"`). Nothing is uploaded, and no real row is shown or saved here.

# %% section=your-data
from synthkit.course.your_data import personal_warning, read_table

mine = read_table("iris")
print(f"{len(mine):,} rows, {mine.shape[1]} columns")
personal_warning(mine)

# %% [markdown] section=your-data
# What will training take? `preflight` codes the table, makes two steps on a copy and says. Then train, a record at a time: leave the loop whenever you like, the model is usable as of the last one. Watch the distance, not the losses.

# %% section=your-data
made = mine.sample(0)
if HAS_TORCH:
    synth = sk.GAN(epochs=200)
    print(synth.preflight(mine))
    for number, record in enumerate(synth.iter_fit(mine, rng=1)):
        if number % 20 == 0:
            print(f"step {record.step}: distance {record.distance:.3f}, D's loss {record.discriminator_loss:.2f}")
    made = synth.sample(len(mine), rng=2)
made.describe().round(2)

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
fast, slow, packed = (tapes[stop] for stop in ("1", "0.1", "0.1, pack 2"))
table = cards.table().set_index("table")
lesson.claims([
    ("+", "needs no formula for the data", f"{fast.last('modes'):.0f} of 8 clouds found"),
    ("+", "packing brings lost modes back", f"{packed.last('modes'):.0f} instead of {slow.last('modes'):.0f}"),
    ("−", "may lose most kinds of rows", f"{slow.last('modes'):.0f} of 8 clouds"),
    ("−", "losses do not tell", f"D's loss {slow.last('d_loss'):.2f}, and {fast.last('d_loss'):.2f} where all is well"),
    ("−", "slow beside plain methods", f"{table['cpu_seconds'].max():.1f} CPU-s, trees {table.loc['trees', 'cpu_seconds']:.1f}"),
])

# %% [markdown] section=when-to-use
# **Use it** when rows are many, when columns depend on each other in ways that no formula of yours has, and when you will look at the rows and not at the losses. **Don't** on a few hundred rows: trees and copulas are quicker, and there is no game to lose. Nothing in it protects a person: with few rows and many epochs it learns them by heart.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Goodfellow et al. (2014), *Generative Adversarial Nets*: nine pages. Lin et al. (2018), *PacGAN*. Xu et al. (2019), *Modeling Tabular Data using Conditional GAN*.
#
# **Take it with you.** `made.to_csv("synthetic.csv", index=False)` saves the rows, `synth.save("gan.synthkit")` the technique, and `modes.trace.to_html("ring.html")` the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
