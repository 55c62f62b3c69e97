"""Lesson 13: what it asks, and how the answers are checked."""

from __future__ import annotations

from itertools import pairwise

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.checks import Result
from synthkit.course.exercises.attacking_build import ATTACK, SHARE
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Draw, Option, OrderLines, Sentence
from synthkit.course.runs.attacking import ASKED

TERMS = (
    "membership inference", "control", "density ratio", "distance to the closest record",
    "outlier", "row risk", "excess risk", "singling out", "linkability", "attribute inference",
    "AUC",
)  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

GUESSING = 0.5  # on rows that were made from nobody
_CLEAR, _LITTLE = 0.7, 0.62  # an attack that finds many; one that this table hardly tells from luck
_BACK = 0.03  # so much a hand may slip


def _judge_line(heights: list[float]) -> Result:
    """Score the drawn line: little with fifty rows in a leaf, much with one, and no way back."""
    fifty, one = heights[1], heights[-1]
    said = f"You drew {fifty:.2f} at {ASKED[0]} rows in a leaf and {one:.2f} at {ASKED[-1]}."
    watch = "Watch the run, then compare."
    if one < _CLEAR:
        return Result("wrong", f"{said} No value is repeated, and yet the row lies beside its "
                      "person.", watch, "new values protect")  # fmt: skip
    if fifty > _CLEAR:
        return Result("wrong", f"{said} Whoever is mixed with forty-nine others is hard to find.",
                      watch, "synthetic rows always leak")  # fmt: skip
    steps = [after - before for before, after in pairwise(heights[1:])]
    if min(steps) < -_BACK:
        return Result("wrong", f"{said} Fewer people in a leaf never hide anybody better.",
                      watch, "it goes up and down")  # fmt: skip
    if fifty > _LITTLE:
        return Result("wrong", f"{said} The shape is right, the start is too high.", watch,
                      "a little too gloomy")  # fmt: skip
    return Result("right", f"{said} The fewer rows share a leaf, the nearer each synthetic row "
                  "lies to one person.")  # fmt: skip


PREDICTIONS = (
    Prediction(
        Draw(
            id="how-often-right",
            section="predict",
            prompt="The attacker sees one patient who was in the table and one who was not, and "
            "names the one who was. On rows made from nobody she is right in half of the pairs. "
            "How often is she right when trees with so many real rows in a leaf made the table?\n\n"
            "Drag the points, or move to one with Tab and use the arrow keys.",
            x=tuple(float(i) for i in range(len(ASKED) + 1)),
            x_names=("nobody", *(str(leaf) for leaf in ASKED)),
            start=(GUESSING,) * (len(ASKED) + 1),
            y_range=(0.4, 1.0),
            x_label="real rows in a leaf",
            y_label="attacker is right (AUC)",
            judge=_judge_line,
            log=False,
            answers={
                "untried": None,
                "wrong": [GUESSING, 0.5, 0.5, 0.52, 0.55, 0.55],
                "right": [GUESSING, 0.52, 0.56, 0.62, 0.7, 0.8],
            },
        )
    ),
)

# -- explain ----------------------------------------------------------------------------------

_DISTANCE = Choice(
    id="far-is-private",
    section="explain",
    prompt="'Our synthetic rows keep their distance to the real ones: on average they are as far "
    "away as held-out rows. So nobody can be found.' What is wrong?",
    options=(
        Option(
            "Nothing: what is far away can't be recognised",
            "On average. Forty copied rows among a thousand move no average, and for these forty "
            "people it is no comfort.",
            "far from the records is private",
            "Read the line of the copied outliers above.",
        ),
        Option(
            "An average hides the few who are copied; ask for outliers, and person by person",
            "The share of closer rows hardly moves, while the attack on the outliers finds them.",
        ),
        Option(
            "The distance should be larger than that of held-out rows",
            "Rows further away than real people are from each other are useless, and still one "
            "copy may be among them.",
            "the further, the safer",
            "Would a thousand far rows help the one who was copied?",
        ),
        Option(
            "Distances must be measured in other units",
            "Units matter, but no unit makes an average tell of single people.",
            "a better distance is a proof",
            "What would the average say with another distance?",
        ),
    ),
    hints=(
        "How many rows must be copied before an average moves?",
        "Compare 'everybody' with 'outliers' in the table above.",
        "Averages protect nobody: ask person by person.",
    ),
    solution="B: an average says nothing about the few; ask for outliers and for each row.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_CONTROLS = Choice(
    id="what-a-control-is-for",
    section="explain",
    prompt="From a synthetic table you guess a patient's diagnosis, and you are right in 90 % of "
    "the cases. Did the table leak?",
    options=(
        Option(
            "Yes: nine of ten secrets are out",
            "Perhaps nine of ten people in the town have that diagnosis. Science is knowledge of "
            "that kind, and protects no single person from it.",
            "every right guess is a leak",
            "How often are you right about people who were not in the table?",
        ),
        Option(
            "That can't be said before you guess about people who were not in the table",
            "What works on them as well is knowledge of the population. Only the excess is a leak.",
        ),
        Option(
            "No: synthetic rows belong to nobody",
            "They were made from somebody, and can lie right beside them.",
            "synthetic is nobody's",
            "Turn the dial of the break to one row in a leaf.",
        ),
        Option(
            "Only if the guess was certain",
            "A likely secret can cost a job as well as a certain one.",
            "only certainty hurts",
            "Who would you compare the patient with?",
        ),
    ),
    hints=(
        "Whom else could you guess about with the same table?",
        "People who were held out: they can't have leaked.",
        "Success on members minus success on controls.",
    ),
    solution="B: compare with controls; only the excess over them is a leak.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_WORDS = Sentence(
    id="why-outliers-pay",
    section="explain",
    prompt="One sentence: why do noise and averages protect an ordinary patient better than an "
    "outlier?",
    expert="An ordinary patient has many others within reach of the noise, any of whom could have "
    "been the row's origin, while an outlier moved a little is still the only person anywhere "
    "near.",
    hints=(
        "Move both by the same noise. Who else could each row come from now?",
        "Among many neighbours a moved row could be anybody's.",
        "An outlier has no neighbours to be confused with.",
    ),
    solution="An outlier has no neighbours to be taken for.",
    answers={
        "untried": "",
        "wrong": "They are alone",
        "right": "A moved outlier is still nearest to the same single person",
    },
)

# -- build ------------------------------------------------------------------------------------

_STEPS = (
    "Take people who were in the table, and as many who were not",
    "Score each of them by the same rule, from the synthetic rows alone",
    "Count in how many pairs the member scores higher",
    "Compare with one half, and with what luck allows at this size",
)

_ORDER = OrderLines(
    id="attack-in-order",
    section="build-it",
    prompt="Put the four steps of a fair membership attack in order; leave out the one that "
    "cheats.",
    lines=_STEPS,
    distractors={
        "Choose the score that separates members and others best": "Chosen on the very people it "
        "is tested on, some score always looks good: you would accuse honest tables."
    },
    needs={
        1: "somebody must be there to be scored",
        2: "pairs can be counted once both sides have scores",
        3: "the area must be known before it is compared",
    },
    hints=(
        "It begins with two groups of people.",
        "Both are treated alike; then pairs are counted.",
        "The last step asks whether it could be luck.",
    ),
    solution="\n".join(f"{i}. {step}" for i, step in enumerate(_STEPS, 1)),
    answers={
        "untried": None,
        "wrong": [_STEPS[1], _STEPS[0], *_STEPS[2:]],
        "right": list(_STEPS),
    },
)

# -- break and repair, judge ------------------------------------------------------------------

_FIND = break_and_repair(
    "find-the-members",
    "trees.members_found",
    "Turn the dial until the attack finds the members, then hide them again.",
    (
        "Which end has leaves that belong to one person?",
        "At one row in a leaf the histograms part. Then back: how many people must share a leaf?",
        "Dial to 1 (broken), then to 50 (healed).",
    ),
    {"wrong": (1,), "right": (1, 50)},
)

_MASKED = Choice(
    id="why-masking-did-nothing",
    section="judge-it",
    prompt="On the leaderboard the masked table stands beside the one that was drawn again. Why "
    "did masking with k = 5 change nothing here?",
    options=(
        Option(
            "k was too small",
            "No column was touched at all, so any k would give the same.",
            "a larger k always helps",
            "Look at the plan: `Masker(k=5).propose(table)`.",
        ),
        Option(
            "It hides names and facts that it recognises; these are nameless measurements",
            "No column looks like a name, an age or a place. And yet ten measurements with all "
            "their digits are a fingerprint.",
        ),
        Option(
            "The attack is unfair: it uses all columns",
            "So may an attacker who has the hospital's own file.",
            "attackers play by our rules",
            "What might a colleague of the doctor know?",
        ),
        Option(
            "Masked rows are new rows, and these leak",
            "They are the old rows: look at the column of the copies.",
            "masking makes new people",
            "Compare 'copies' in both lines.",
        ),
    ),
    hints=(
        "What does the masker look for in a table?",
        "Names, numbers of people, ages, places. Which of them are here?",
        "None: so the rows were published as they are.",
    ),
    solution="B: it saw nothing to mask, and measurements identify as well as names do.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_CLAIM = Choice(
    id="what-may-be-said",
    section="judge-it",
    prompt="No attack on the copula found more than on people who were never in it. What may you "
    "write under the table?",
    options=(
        Option(
            "'Nobody can be found in this table.'",
            "These attacks found nobody. Others, or an attacker who knows more, were not run.",
            "no leak found is no leak",
            "Read the figure 'smallest detectable' of the scorecard.",
        ),
        Option(
            "'The law does not apply: the data is synthetic.'",
            "Whether it does is a question for lawyers, and depends on more than three attacks.",
            "synthetic is outside the law",
            "What did you measure, and what did you not?",
        ),
        Option(
            "'Attacked by these means with so many members and controls: no excess found above "
            "such a size.'",
            "Which attacks, on whom, and how small a leak they would have seen: that is what "
            "was measured.",
        ),
        Option(
            "'Safe, since its membership AUC is below one half.'",
            "Below and above one half by luck are the same thing.",
            "the lower the area, the better",
            "How far from one half does luck go at this size?",
        ),
    ),
    hints=(
        "Say what was done, not what it means for ever.",
        "Three things belong there: which attacks, on whom, and how small a leak shows.",
        "Look for the only sentence without a promise.",
    ),
    solution="C: name the attacks, the people and the smallest leak that would have been seen.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

EXERCISES = (_DISTANCE, _CONTROLS, _WORDS, _ORDER, SHARE, ATTACK, _FIND, _MASKED, _CLAIM)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-null-share",
        section="when-to-use",
        prompt="80 % of the real rows were trained on, 20 % held out. 81 % of the synthetic rows "
        "lie closer to a trained-on row. Is that a leak?",
        options=(
            Option(
                "Yes: it is far above one half",
                "One half is right only where both sides are equally many.",
                "without a leak it is a half",
                "Which share of all real rows are members?",
            ),
            Option("Hardly: without a leak it is 80 %", "So many of the real rows are members."),
            Option(
                "No: a share below 100 % never is",
                "A share of 90 % here would be a clear one.",
                "only everybody is somebody",
                "What would it be without a leak?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-who-first",
        section="when-to-use",
        prompt="Noise was added to every column of a table. Who is found first?",
        options=(
            Option(
                "Everybody equally: the noise is the same",
                "The noise is, the neighbourhood is not.",
                "the same noise, the same protection",
                "Look at the picture of those found first.",
            ),
            Option(
                "Whoever is most ordinary",
                "An ordinary row, moved a little, could be anybody's.",
                "the many hide nobody",
                "Who else could the row belong to?",
            ),
            Option("Outliers", "They have nobody nearby to be taken for."),
        ),
        answers={"untried": None, "wrong": 0, "right": 2},
    ),
)
