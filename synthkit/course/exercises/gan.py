"""Lesson 05: what it asks, and how the answers are checked."""

from __future__ import annotations

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.gan_build import BEST, LOSS_GAPS
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = (
    "GAN", "generator", "discriminator", "mode", "mode collapse", "logit", "vanishing gradient",
    "packing", "scorecard",
)  # fmt: skip

_MODES = Choice(
    id="how-many-modes",
    section="predict",
    prompt="The discriminator learns ten times more slowly than the generator. How many of the "
    "eight clouds will the generator's points visit at the end?",
    options=(
        Option(
            "All eight",
            "Nothing in the game asks for all: it is enough to fool the discriminator now.",
            "a good forger forges everything",
            "Count the clouds at the last step.",
        ),
        Option(
            "About half of them",
            "It is worse: the points move together, like a swarm.",
            "half the speed, half the clouds",
            "Count the clouds at the last step.",
        ),
        Option(
            "One or two at a time",
            "It sits where the discriminator was fooled last, and moves on when that is noticed.",
        ),
        Option(
            "None: it won't learn at all",
            "It learns well, namely to fool a slow opponent.",
            "a slow opponent teaches nothing",
            "Watch the first thousand steps.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 2},
)
PREDICTIONS = (Prediction(_MODES),)

_LOSSES = Choice(
    id="what-losses-say",
    section="explain",
    prompt="Both losses are flat and near the value of a fair game. What do you know?",
    options=(
        Option(
            "The training has converged to the real distribution",
            "The collapsed run looked like that, too.",
            "flat losses mean success",
            "Lay the two pictures of the lesson side by side: losses and modes.",
        ),
        Option(
            "That neither player is winning; nothing about what is generated",
            "Each loss is measured against the other player only. Look at the rows.",
        ),
        Option(
            "The learning rate is too low",
            "A fair game has flat losses at any rate.",
            "flat means stuck",
            "What is D's loss where it can only guess?",
        ),
    ),
    hints=(
        "Against whom is each loss measured?",
        "Against the other player, who changes too.",
        "So it says who is ahead, and not where they are.",
    ),
    solution="B: losses say who is ahead, not what is made.",
    answers={"untried": None, "wrong": 0, "right": 1},
)
_WORDS = Sentence(
    id="why-collapse",
    section="explain",
    prompt="One sentence: why may a generator put all its points on one cloud and not be punished?",
    expert="The discriminator scores each point by itself, so a thousand copies of one convincing "
    "point are as good as a thousand different ones until it has learnt to distrust that place.",
    hints=(
        "Does the discriminator see one point or many?",
        "One at a time. Can it notice that all are alike?",
        "No. Only when it sees several side by side, which is what packing does.",
    ),
    solution="D judges points one by one, so sameness is invisible to it.",
    answers={
        "untried": "",
        "wrong": "It just does",
        "right": "Each point is judged alone, so sameness is not seen",
    },
)
_BREAK = break_and_repair(
    "collapse-the-modes",
    "gan.mode_collapse",
    "Slow the discriminator down until most clouds are missing, then bring them back.",
    (
        "The dial is the discriminator's learning rate, as a multiple of the generator's.",
        "At a tenth the generator runs away. Which two repairs are on the dial?",
        "Dial to 0.1 (broken), then to '0.1, pack 2' or to 1 (healed).",
    ),
    {"wrong": ("0.1",), "right": ("0.1", "0.1, pack 2")},
)
_JUDGE = Choice(
    id="is-it-worth-it",
    section="judge-it",
    prompt="Your table has 569 rows and eleven columns. Which would you try first?",
    options=(
        Option(
            "The GAN: it is the most powerful",
            "Power needs rows. Compare its line with those of the trees, and the seconds.",
            "newer is better",
            "Read the table above line by line.",
        ),
        Option(
            "Trees or a copula, and a GAN only if they fail",
            "They take a fraction of the time, and have no game that can be lost.",
        ),
        Option(
            "The bootstrap: every row is real",
            "Its rows belong to people. Read its verdict.",
            "the most similar table is the best",
            "Look at the column 'verdict'.",
        ),
    ),
    hints=("Compare seconds.", "Compare verdicts.", "Plain methods first."),
    solution="B: plain methods first.",
    answers={"untried": None, "wrong": 0, "right": 1},
)
EXERCISES = (_LOSSES, _WORDS, LOSS_GAPS, BEST, _BREAK, _JUDGE)

RECALL = (
    Choice(
        id="recall-best-discriminator",
        section="when-to-use",
        prompt="At some place real and generated rows are equally frequent. What does the best "
        "discriminator say there?",
        options=(
            Option("One half", "p ÷ (p + g) with p = g."),
            Option(
                "Real", "Then half of the rows there, the generated ones, would pass.",
                "in doubt, real", "p ÷ (p + g)?"
            ),
            Option(
                "Generated", "Then every real row there would be called a forgery.",
                "in doubt, fake", "p ÷ (p + g)?",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
    Choice(
        id="recall-packing",
        section="when-to-use",
        prompt="Why does packing help against mode collapse?",
        options=(
            Option("The discriminator sees that rows are alike", "Sameness becomes visible."),
            Option(
                "There are more rows", "There are as many; they are only looked at together.",
                "more data", "What does D get to see?",
            ),
            Option(
                "The generator learns more slowly", "Its rate has not changed.", "slower is safer",
                "What does D get to see?",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
    Choice(
        id="recall-saturating",
        section="when-to-use",
        prompt="D is sure that a row is generated. In which game does G learn from it?",
        options=(
            Option("In the one where it raises log σ(D)", "There the worst rows are pushed most."),
            Option(
                "In the one where it lowers log(1 − σ(D))", "That curve is flat where D is sure.",
                "the original game teaches most", "Where is each curve steep?",
            ),
            Option(
                "In both alike", "Only one of the curves is steep there.",
                "the two games are one", "Where is each curve steep?",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
)  # fmt: skip
