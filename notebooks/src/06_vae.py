# ruff: noqa: F401
"""Lesson 06. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.vae import EPOCHS, WALK
from synthkit.techniques.vae_failures import TAIL, UNITS, wine

INFO = lesson_info("06_vae")
BOTTLES, PROPERTIES = wine().shape

# %% [markdown] section=in-one-minute minutes=1
# # VAE: squeeze a table through a bottleneck

# %% [markdown] section=in-one-minute
# ## In one minute
#
# Describe a face to a police artist in two numbers. You cannot? You would learn to, if you and the artist had thousands of faces to practise on, and were paid for likeness. What the two numbers *mean* nobody decides beforehand: they become whatever helps most.
#
# A variational autoencoder is such a pair. The [[encoder]] puts each row at a place in a small [[latent space]]; the [[decoder]] draws the row from that place. Then throw the encoder away, choose places at random, and decode: new rows.
#
# **You will be able to** say what a latent unit costs and when it is worth it, write a linear VAE in NumPy, and see where such a table lies.
#
# **How you will break it:** raise the price of information until the bottleneck falls silent. Then forget the decoder's doubt, and lose every outlier.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: what a mean, a variance and a correlation are. To train anything yourself you need PyTorch (`pip install "synthkit-lab[deep]"`); without it the lesson plays recorded runs, and the exercises in code need NumPy only.*

# %% section=in-one-minute
import importlib.util

import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("06_vae")
HAS_TORCH = importlib.util.find_spec("torch") is not None
print("seed", lesson.seed, "| PyTorch is here" if HAS_TORCH else "| no PyTorch: recorded runs")

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# Handwritten digits, 64 pixels each, have to pass through a bottleneck of *two* numbers. Nobody says what the two shall mean. **What does each latent axis carry?**

# %% section=predict role=predict exercise=latent-axes title="What will the first unit carry?"
lesson.predict("latent-axes")

# %% [markdown] section=watch minutes=4
# ## Watch
# *(core)*
#
# At the left is the latent plane: one dot for each digit. In the middle is a walk through it, {{WALK}} × {{WALK}} places decoded. At the right is the [[reconstruction]]: each real digit, and what came back through two numbers.
#
# Step through the {{EPOCHS}} epochs. When does the cloud spread? Which digits change places smoothly, and which are mixed up?

# %% section=watch
from synthkit.course.recorded import SEED, one, recorded
from synthkit.course.runs.vae import theatre
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player

words = {option: text.text for option, text in enumerate(lesson.predictions["latent-axes"].question.options)}


def theatre_player(choice):
    said = words.get(choice, choice)
    return Player(one("vae_theatre"), prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("latent-axes", theatre_player)
watch

# %% [markdown] section=watch
# That run was recorded. With PyTorch you can train it again at another price β of a [[nat]], live: press run, or turn the dial. What happens to the walk at the highest price?

# %% section=watch role=widget
price = Dial("beta", "price of a nat, β", (1.0, 4.0, 16.0), 1.0)
live = None
if HAS_TORCH and not lesson.fast:
    live = lesson.keep(Player(run=theatre, dials=(price,), seed=lesson.seed))
live

# %% [markdown] section=explain minutes=4
# ## Explain
# *(optional)*
#
# The pair is paid by one figure, the [[ELBO]]:
#
# $$\mathrm{ELBO} = \underbrace{E_q[\log p(x \mid z)]}_{\text{likeness}} - \beta \sum_k \underbrace{\mathrm{KL}\big(q(z_k \mid x) \,\|\, N(0, 1)\big)}_{\text{information used}}$$
#
# The encoder answers with a cloud $z = \mu + \sigma\varepsilon$, not with a point. The [[KL divergence]] is what that answer costs. For a linear decoder all of it can be solved: with λ the variance along a [[principal direction]], unit *j* carries $\max(0, \tfrac12 \ln \frac{\lambda_j}{\beta\sigma^2})$ nats. If λ ≤ βσ² it falls silent: [[posterior collapse]].

# %% section=explain
from synthkit.course.runs.vae import theory_table

theory_table()

# %% section=explain role=exercise exercise=why-collapse title="When is a unit switched off?"
lesson.ask("why-collapse")

# %% section=explain role=exercise exercise=why-noise title="Why a cloud, not a point?"
lesson.ask("why-noise")

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*
#
# First the price tag: what does it cost to answer with this cloud?

# %% section=build-it role=exercise exercise=price-of-a-unit title="The price of a unit, in gaps"
lesson.ask("price-of-a-unit")

# %% [markdown] section=build-it
# Now a whole VAE, without PyTorch. If encoder and decoder are linear, training would only find what NumPy gives at once: probabilistic PCA. Find the principal directions, keep the q largest, and give what is left over to the [[likelihood noise]] σ². Then decode random places.

# %% section=build-it role=exercise exercise=linear-vae title="A linear VAE of your own"
def my_linear_vae(X, q, n, rng):
    """Return n new rows (n, d) from a linear VAE with q latent units, learnt from X (rows, d)."""
    # Five lines go here. Draw with rng only: the places z, and the noise of each cell.


# %% section=build-it role=solution exercise=linear-vae
def my_linear_vae(X, q, n, rng):
    """Return n new rows (n, d) from a linear VAE with q latent units, learnt from X (rows, d)."""
    values, U = np.linalg.eigh(np.cov(X, rowvar=False, bias=True))  # smallest first
    sigma2 = values[:-q].mean()  # what the bottleneck can't carry
    W = U[:, -q:] * np.sqrt(values[-q:] - sigma2)  # the decoder, (d, q)
    z = rng.standard_normal((n, q))
    return X.mean(0) + z @ W.T + np.sqrt(sigma2) * rng.standard_normal((n, X.shape[1]))

# %% section=build-it role=check exercise=linear-vae
lesson.check("linear-vae", my_linear_vae)

# %% [markdown] section=look-inside minutes=4
# ## Look inside
# *(optional)*
#
# The library's own source: the draw of z, its price, and how β enters. (Without PyTorch: the theory of the linear case.) Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside
from synthkit.course.inside import LookInside
from synthkit.course.runs import vae as runs

if HAS_TORCH:
    from synthkit.techniques import vae

    sources, symbols = (vae.reparameterise, vae.kl_to_standard_normal, vae.penalty), runs.BOUND_INSIDE
else:
    sources, symbols = (runs.variances, runs.optimal_kl), runs.LINEAR_INSIDE

# %% section=look-inside role=widget
inside = lesson.keep(LookInside(sources, symbols, runs.bound_picture(lesson.seed)))
inside

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# {{BOTTLES}} bottles of wine, {{PROPERTIES}} properties, a linear VAE with {{UNITS}} latent units. **At which price does the last unit fall silent?** In the last picture theory's line βσ² rises over the variances λ; in the middle one the measured KL of each unit lies on the black curve of the theory, or it does not.
#
# The runs at these stops are recorded; *new seed* trains again.

# %% section=break-it role=widget
from synthkit.techniques.vae_failures import FAILURES

failures = {failure.name.partition(".")[2]: failure for failure in FAILURES}
tapes = {name: recorded(failure) for name, failure in failures.items()}
collapse = lesson.keep(FailureDial(failures["posterior_collapse"], rng=SEED, recorded=tapes["posterior_collapse"]))
collapse

# %% section=break-it role=check exercise=collapse-the-posterior title="Collapse the posterior"
lesson.check("collapse-the-posterior", collapse)

# %% [markdown] section=break-it
# The second break is the commonest bug of all. The decoder says what to expect *and* how far off a row may be. **What becomes of values beyond the {{TAIL:.0%}} quantile if only the expected row is taken?**

# %% section=break-it role=widget
outliers = lesson.keep(FailureDial(failures["lost_outliers"], rng=SEED, recorded=tapes["lost_outliers"]))
outliers

# %% section=break-it role=check exercise=lose-the-outliers title="Lose the outliers"
lesson.check("lose-the-outliers", outliers)

# %% [markdown] section=judge-it minutes=5
# ## Judge it
# *(optional)*
#
# Now a real table, and the [[scorecard]]: every technique learns from the same rows, and is judged by rows that none of them saw. Beside the VAE stand the plain methods that it has to beat.

# %% section=judge-it
real = sk.load("breast_cancer")
ways = {"trees": sk.Trees(), "Gaussian copula": sk.MonteCarlo(), "bootstrap": sk.Bootstrap()}
if HAS_TORCH:
    ways = {"VAE": sk.VAE(epochs=120), **ways}
cards = sk.compare(ways, real, target="diagnosis", rng=lesson.rng(1), mode="quick")
cards.table().round(3)

# %% section=judge-it role=exercise exercise=who-wins title="Is the bootstrap the best?"
lesson.ask("who-wins")

# %% [markdown] section=judge-it
# How long may a network look at few rows? **At how many epochs can an attacker tell who was among the 80 rows it learnt?** An AUC of one half is guessing.

# %% section=judge-it role=widget
memory = lesson.keep(FailureDial(failures["memorised"], rng=SEED, recorded=tapes["memorised"]))
memory

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
# What will training take? `preflight` codes the table, makes two steps on a copy and says. Then train, a record an epoch: leave the loop whenever you like, the model is usable as of the last one.

# %% section=your-data
if HAS_TORCH:
    synth = sk.VAE(latent_dim=4, epochs=60)
    print(synth.preflight(mine))
    for step in synth.iter_fit(mine, rng=1):
        if step.epoch % 20 == 0:
            print(f"epoch {step.epoch}: ELBO {step.elbo:.2f}, {step.active_units} active units")
    made = synth.sample(len(mine), rng=2)
else:
    numbers = mine.select_dtypes("number").to_numpy()
    rows = my_linear_vae(numbers, 2, len(mine), lesson.rng(2))  # yours, once it is written
    made = mine.iloc[:0] if rows is None else pd.DataFrame(rows)
made.describe().round(2)

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
def at(name, stop):
    return failures[name].indicator(tapes[name][stop])


lesson.claims([
    ("+", "rows that never were, from places between rows", f"{at('posterior_collapse', 1.0):.2f} nats tell a bottle from the average one"),
    ("+", "keeps outliers, if you draw the doubt", f"{at('lost_outliers', 1.0):.0%} of them"),
    ("+", "trains calmly, and can be stopped and resumed", "one bound, no opponent"),
    ("−", "loses outliers, if you do not", f"{at('lost_outliers', 0.0):.0%} of them left"),
    ("−", "loses the rare category likewise", f"{at('lost_category', 0.0):.0%} of the rare cases"),
    ("−", "falls silent when a nat costs too much", f"{at('posterior_collapse', 8.0):.2f} nats at β = 8"),
    ("−", "learns few rows by heart", f"membership AUC {at('memorised', 300):.2f} after 300 epochs"),
])

# %% [markdown] section=when-to-use
# **Use it** when rows have many columns that move together, when you want a latent space to walk in, when there are thousands of rows. **Don't** on a few hundred rows, where trees and copulas are quicker and as good; don't publish its rows without asking who can be recognised in them; don't sample means. It promises no privacy.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Kingma & Welling (2013), *Auto-Encoding Variational Bayes*. Lucas et al. (2019), *Don't Blame the ELBO!*: where the line βσ² comes from. Higgins et al. (2017) on β, Kingma et al. (2016) on free bits, a cure for collapse: `sk.VAE(beta=8, free_bits=0.25)`.
#
# **Take it with you.** `made.to_csv("synthetic.csv", index=False)` saves the rows, `synth.save("vae.synthkit")` the technique, and `collapse.trace.to_html("collapse.html")` the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
