"""Lesson 06: what it asks, and how the answers are checked."""

from __future__ import annotations

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.vae_build import KL_GAPS, LINEAR
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = (
    "encoder", "decoder", "latent space", "nat", "KL divergence", "ELBO", "reconstruction",
    "posterior collapse", "likelihood noise", "principal direction", "scorecard",
)  # fmt: skip

_AXES = Choice(
    id="latent-axes",
    section="predict",
    prompt="64 pixels go through two numbers. What will the first latent unit carry, once the "
    "training is over?",
    options=(
        Option(
            "One pixel: the most important of the 64",
            "No pixel is copied. The unit is a mixture of all of them.",
            "a latent unit is a column",
            "Walk along the first axis, and watch which pixels change: many at once.",
        ),
        Option(
            "Which digit it is, 0 to 9",
            "Nobody told the network that there are ten kinds. Some of them come apart, others "
            "share a place.",
            "a latent unit is a label",
            "Look for two digits that lie on top of each other in the plane.",
        ),
        Option(
            "Nothing that has a name: whatever explains the most ink at once",
            "It takes what lowers the error of all pixels most, and mixes shape, slant and kind.",
        ),
        Option(
            "Noise",
            "Noise is added to it, but it would not be worth its price if that were all.",
            "random means empty",
            "Does the decoded digit change along the walk?",
        ),
    ),
    answers={"untried": None, "wrong": 1, "right": 2},
)
PREDICTIONS = (Prediction(_AXES),)

_PRICE = Choice(
    id="why-collapse",
    section="explain",
    prompt="A latent unit could lower the reconstruction error a little, at a price of β times its "
    "KL. When does training switch it off?",
    options=(
        Option(
            "When the network is too small",
            "A larger network collapses just the same: the price per nat has not changed.",
            "capacity cures collapse",
            "In the theory for the linear VAE, is there a network size at all?",
        ),
        Option(
            "When its nats cost more than they save: λ ≤ βσ²",
            "The unit pays if the variance it explains is larger than β times the noise variance.",
        ),
        Option(
            "When the learning rate is too low",
            "That only delays it. The optimum itself has a dead unit.",
            "collapse is bad luck in training",
            "What does theory say of the optimum, which no training can better?",
        ),
        Option(
            "Never: more information always lowers the loss",
            "The KL term charges for each nat. Beyond a point a nat costs more than it brings.",
            "information is free",
            "Read the price tag: what does β multiply?",
        ),
    ),
    hints=(
        "Two terms of the loss pull in opposite directions. Which?",
        "Reconstruction gains by the variance a unit explains, in units of σ². KL costs β a nat.",
        "Break-even is where λ = βσ².",
    ),
    solution="B: a unit lives only if λ > βσ².",
    answers={"untried": None, "wrong": 0, "right": 1},
)
_WORDS = Sentence(
    id="why-noise",
    section="explain",
    prompt="One sentence: why does the encoder answer with a cloud instead of a point?",
    expert="If it could name a point it could hide a whole row in its decimals; the cloud makes "
    "near places mean near rows, so that any place in between can be decoded.",
    hints=(
        "How much could you write into the digits of one real number?",
        "All of a row. What would the places between two rows then mean?",
        "Nothing. The noise forces neighbours to decode alike.",
    ),
    solution="The noise limits what a place can say and makes the space between rows meaningful.",
    answers={
        "untried": "",
        "wrong": "It just does",
        "right": "So that places between rows decode to something sensible",
    },
)

_COLLAPSE = break_and_repair(
    "collapse-the-posterior",
    "vae.posterior_collapse",
    "Raise the price β until the bottleneck carries next to nothing, then bring the units back.",
    (
        "Watch the line βσ² rise over the variances of the table.",
        "At β = 8 no direction is above the line.",
        "Dial to 8 (broken), then to 1 (healed).",
    ),
    {"wrong": (2.0,), "right": (8.0, 1.0)},
)
_OUTLIERS = break_and_repair(
    "lose-the-outliers",
    "vae.lost_outliers",
    "Decode without the likelihood's noise until the outliers are lost, then find them again.",
    (
        "The dial says how much of the decoder's doubt is drawn.",
        "At 0 every row is the expected one.",
        "Dial to 0 (broken), then to 1 (healed).",
    ),
    {"wrong": (0.0,), "right": (0.0, 1.0)},
)
_JUDGE = Choice(
    id="who-wins",
    section="judge-it",
    prompt="Every cell of the bootstrap's table holds a real value, and every row is a real row. "
    "Is it the best synthetic table?",
    options=(
        Option(
            "Yes: nothing is more real than real rows",
            "Likeness is only half of it: the rows belong to people. Read the verdict.",
            "the most similar table is the best",
            "Look at the column 'verdict'.",
        ),
        Option(
            "No: its rows are copies, which the privacy figures say",
            "Fidelity alone is gamed by copying. Only beside the attacks does it mean anything.",
        ),
        Option(
            "No: a neural network is always better",
            "On small tables of mixed columns plain methods often win. That is what the table is "
            "for.",
            "newer is better",
            "Compare the network's row with that of the trees.",
        ),
    ),
    hints=("What does a bootstrap do?", "It hands out real rows.", "Read its verdict."),
    solution="B: it copies.",
    answers={"untried": None, "wrong": 0, "right": 1},
)
EXERCISES = (_PRICE, _WORDS, KL_GAPS, LINEAR, _COLLAPSE, _OUTLIERS, _JUDGE)

RECALL = (
    Choice(
        id="recall-collapse-line",
        section="when-to-use",
        prompt="σ² = 1 and β = 2. The variances of the principal directions are 4.7, 2.5, 1.4 and "
        "0.9. How many units of a linear VAE stay alive?",
        options=(
            Option("Two", "Those above βσ² = 2."),
            Option("Three", "That is β = 1.", "β does not matter", "The line stands at βσ²."),
            Option("Four", "Each nat has its price.", "information is free", "Where is βσ²?"),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
    Choice(
        id="recall-mean-only",
        section="when-to-use",
        prompt="A synthetic table is smooth and has hardly an outlier. What was forgotten?",
        options=(
            Option("To draw from the decoder's distribution", "Only its mean was taken."),
            Option(
                "To train longer", "More epochs do not bring back noise that is never drawn.",
                "more training cures all", "Which part of p(x | z) makes outliers?",
            ),
            Option(
                "To add latent units", "They sharpen the mean, and leave the doubt undrawn.",
                "capacity cures all", "Which part of p(x | z) makes outliers?",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
    Choice(
        id="recall-kl-zero",
        section="when-to-use",
        prompt="A latent unit has a KL of 0. What does the decoder learn from it about the row?",
        options=(
            Option("Nothing", "Every row gets the same standard normal."),
            Option(
                "Everything, at no cost", "No cost means no message.", "KL is an error",
                "What is q(z|x) if its KL to N(0, 1) is 0?",
            ),
            Option(
                "Only the mean", "Not even that: the mean is 0 for each row.", "KL is a variance",
                "What is q(z|x) if its KL to N(0, 1) is 0?",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
)  # fmt: skip
