# ruff: noqa: F401
"""Lesson 13. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.attacking import BOARD, FOUND_FIRST, LEAVES, RELEASES, patients
from synthkit.course.runs.gallery import COPIED
from synthkit.course.runs.judging import ROWS

INFO = lesson_info("13_attacking")
MEMBERS = len(patients(1)[0])
WAYS, KINDS = len(RELEASES), len(BOARD)
CAREFUL, CARELESS = LEAVES[0], LEAVES[-1]

# %% [markdown] section=in-one-minute minutes=1
# # Attacking: who was in the training data?

# %% [markdown] section=in-one-minute
# ## In one minute
#
# In 2008 a group around Nils Homer showed that from published *averages* of hundreds of people's genes one could tell whether a given person was among them. Nobody's genes had been published, only averages of groups. To be in the group of the sick was the secret. Within days the data was taken off the net.
#
# That is [[membership inference]], and it works on synthetic rows too. In this lesson you are the attacker. You hold a list of patients, and a synthetic table that somebody made. Half of your list was behind it. Which half?
#
# **You will be able to** write such an attack, tell a leak from knowledge, see *who* is exposed, and say what your figures do not prove.
#
# **How you will break it:** you will find the members of a table in which no value is repeated, then hide them again, and attack once more.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lesson 12.*

# %% section=in-one-minute
import numpy as np

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("13_attacking")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# {{MEMBERS}} patients with a tumour of the breast are behind the table: the members. As many others are the [[control]]. Sequential trees made the synthetic rows: each value is drawn from a *leaf*, a group of similar real rows, and blurred, so that no value is repeated.
#
# The attacker is shown one member and one other person, again and again. **How often does she name the right one?** That share is the [[AUC]].

# %% section=predict role=predict exercise=how-often-right title="Draw how often she is right"
lesson.predict("how-often-right")

# %% [markdown] section=watch minutes=4
# ## Watch
# *(core)*
#
# From {{CAREFUL}} real rows in a leaf down to {{CARELESS}}. At the left the attacker's success, for all members and for the [[outliers|outlier]] among them; the grey band is what luck alone would reach. At the right: how close members and others lie to the synthetic rows.
#
# Play it. Then turn the one knob, the attack: the nearest synthetic row, or the [[density ratio]], which asks whether it is nearer *than people are there*. **Where do the two histograms part?**

# %% section=watch
from synthkit.course.runs.attacking import ASKED, ATTACKS, attack_run
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("attack", "the attack", tuple(ATTACKS), "density ratio")


def attack_player(drawn):
    line = drawn and Predicted((ASKED, drawn[1:]), view="curve", against="all members")
    return Player(run=attack_run, dials=(knob,), seed=lesson.seed, prediction=line)

# %% section=watch role=widget
watch = lesson.reveal("how-often-right", attack_player)
watch

# %% [markdown] section=explain minutes=5
# ## Explain
# *(optional)*
#
# The usual 'privacy score' is the [[distance to the closest record]]: do synthetic rows lie closer to members than to others? Here are two tables of lesson 12's town, {{ROWS:,}} rows each. One is honest; the other holds {{COPIED}} outliers, copied cell by cell. **Which instrument sees it?**

# %% section=explain
from synthkit.course.runs.attacking import hidden_outliers

hidden = hidden_outliers(lesson.seed)
hidden.round(2)

# %% section=explain role=exercise exercise=far-is-private title="Is far away private?"
lesson.ask("far-is-private")

# %% [markdown] section=explain
# A right guess is no leak yet. What an attack achieves on people who were in no table is knowledge of the population; the leak is the rest, the [[excess risk]]:
#
# $$R = \frac{r_\text{members} - r_\text{controls}}{1 - r_\text{controls}}$$

# %% section=explain role=exercise exercise=what-a-control-is-for title="What is a control for?"
lesson.ask("what-a-control-is-for")

# %% [markdown] section=build-it minutes=10
# ## Build it
# *(optional)*
#
# First the score that most tools print, with the one thing that they often forget: what would it be without any leak?

# %% section=build-it role=exercise exercise=closer-to-whom title="Closer to whom? In two gaps"
lesson.ask("closer-to-whom")

# %% section=build-it role=exercise exercise=attack-in-order title="Put the attack in order"
lesson.ask("attack-in-order")

# %% [markdown] section=build-it
# Now the attack. Members, others and synthetic rows are arrays with the same columns, in very different units. Score each person by the nearest synthetic row, and return the share of pairs in which the member scores higher. (`rng` is handed over to every function that is checked; nothing here is random.)

# %% section=build-it role=exercise exercise=membership-attack title="Write the attack"
def my_attack(members, others, fake, rng=None):
    """Return how often a member scores higher than another person: arrays (m, d), (n, d), (k, d)."""
    # A spread for each column, each person's nearest synthetic row, the share of pairs.


# %% section=build-it role=solution exercise=membership-attack
def my_attack(members, others, fake, rng=None):
    """Return how often a member scores higher than another person: arrays (m, d), (n, d), (k, d)."""
    scale = np.vstack([members, others]).std(axis=0)
    score = [
        -np.linalg.norm((people[:, None] - fake[None]) / scale, axis=2).min(axis=1)
        for people in (members, others)
    ]
    return (score[0][:, None] > score[1][None]).mean()

# %% section=build-it role=check exercise=membership-attack
lesson.check("membership-attack", my_attack)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# The library's own source of the attack. Choose a term, and it lights up in the equation, in the code and in the picture: each dot is a person, and to the right live those who are far from everybody.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.attacking import ATTACK_INSIDE, attack_picture
from synthkit.measure import distances, intervals, privacy

source = (privacy.RowScores, distances.nearest_distance, intervals.auc)
inside = lesson.keep(LookInside(source, ATTACK_INSIDE, attack_picture(lesson.seed)))
inside

# %% [markdown] section=break-it minutes=4
# ## Break it, then repair it
# *(core)*
#
# Your turn with the [[dial]]: the real rows in a leaf. The [[indicator]] is the attacker's AUC. **Find the members, then hide them again.** How many rows must share a leaf before the attack is near guessing? The hatched dots are members who lie closer than every other person does.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Trees.failures}
found = lesson.keep(FailureDial(failures["trees.members_found"], rng=lesson.seed))
found

# %% section=break-it role=check exercise=find-the-members title="Find the members, then hide them"
lesson.check("find-the-members", found)

# %% [markdown] section=judge-it minutes=6
# ## Judge it
# *(optional)*
#
# {{WAYS}} ways to publish the same patients, from the lessons before, and {{KINDS}} attacks. [[Singling out|singling out]] looks for a description that fits one member only. [[Linkage|linkability]] joins two halves of what is known of somebody. [[Inference|attribute inference]] guesses one measurement from the others. The picture colours only what was proved; the table holds the figures.

# %% section=judge-it role=widget
from synthkit.course.runs.attacking import board_trace, leaderboard

board = lesson.keep(Player(board_trace(lesson.seed)))
board

# %% section=judge-it
from synthkit.course.runs.attacking import patients, quality_score

members, controls = patients(lesson.seed)
fresh = quality_score(members, controls)
print(f"quality score of the controls themselves: {fresh:.2f}")
ranking = leaderboard(lesson.seed)
ranking.astype(dict.fromkeys(ranking.columns[1:], float)).round(2)

# %% section=judge-it role=exercise exercise=why-masking-did-nothing title="Why did masking do nothing?"
lesson.ask("why-masking-did-nothing")

# %% [markdown] section=judge-it
# An AUC is an average, and nobody is average. The [[row risk]] says for each member how few of the others lie as close. Below, the {{FOUND_FIRST}} most exposed members light up one after the other. **Who are they?** Turn the knob to another release.

# %% section=judge-it role=widget
from synthkit.course.runs.attacking import RELEASES, exposed_shares, who_trace

ways = Dial("name", "release", tuple(RELEASES), "noise 0.1")
who = lesson.keep(Player(run=who_trace, dials=(ways,), seed=lesson.seed))
who

# %% [markdown] section=judge-it
# The share of members who are closer than 95 % of the others: without a leak 5 %, whoever they are.

# %% section=judge-it
risk = exposed_shares(lesson.seed)
risk.round(2)

# %% section=judge-it role=exercise exercise=why-outliers-pay title="Why do outliers pay?"
lesson.ask("why-outliers-pay")

# %% section=judge-it role=exercise exercise=what-may-be-said title="What may be said?"
lesson.ask("what-may-be-said")

# %% [markdown] section=your-data minutes=2
# ## Your own data
# *(optional)*
#
# Put a CSV file beside this notebook and write its name between the quotes, or take a bundled table (`"diabetes"`, `"wine"`). Nothing is uploaded, and no real row is shown or saved here.

# %% section=your-data
from synthkit.course.your_data import personal_warning, read_table

mine = read_table("diabetes")
print(f"{len(mine):,} rows, {mine.shape[1]} columns")
personal_warning(mine)

# %% [markdown] section=your-data
# `sk.judge` sets the controls aside before anything is trained, and runs all attacks. `card.row_risk` then knows who is exposed; here only the number is printed.

# %% section=your-data
for leaf in (1, 50):
    card = sk.judge(sk.Trees(min_samples_leaf=leaf), mine, rng=1, mode="quick")
    area = card.attack("membership_density").figure
    close = (card.row_risk["p_value"] <= 0.05).mean()
    print(f"leaf of {leaf}: {card.verdict.label}; AUC {area.value:.2f} [{area.low:.2f}, {area.high:.2f}]")
    print(f"   {close:.0%} of the members are closer than 95 % of the others (chance: 5 %)")

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
noise, copied = "noise 0.1", "copied outliers"
lesson.claims([
    ("+", "finds members though no value is repeated", f"AUC {ranking.loc['trees, 1', 'membership']:.2f} at one row in a leaf"),
    ("+", "tells a leak from knowledge", f"copula: inference excess {ranking.loc['copula', 'inference']:.2f}"),
    ("+", "what passes can be as alike as fresh people", f"quality of the copula {ranking.loc['copula', 'quality']:.2f}, of the controls {fresh:.2f}"),
    ("+", "says who is exposed", f"noise: {risk.loc[noise, 'outliers']:.0%} of outliers, {risk.loc[noise, 'all others']:.0%} of others"),
    ("−", "an average hides the few", f"copied outliers: everybody {hidden.loc[copied, 'AUC, everybody']:.2f}, outliers {hidden.loc[copied, 'AUC, outliers']:.2f}"),
    ("−", "a small leak goes unseen", f"below AUC {card.attack('membership_density').detectable:.2f} on your table"),
    ("−", "nothing is said without people held out first", f"{len(controls)} controls for {len(members)} members"),
])

# %% [markdown] section=when-to-use
# **Use it** on whatever is made of real people, before it leaves the house, with controls that were set aside first; look at the outliers, and person by person. **Don't** read a failed attack as protection: other attacks, and attackers who know more, were not tried. Only a proof bounds them all (lesson 04), and it has its own price. What was measured here is no legal advice.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Homer and others (2008), *Resolving individuals contributing trace amounts of DNA to highly complex mixtures*. Shokri and others (2017) on membership inference. van Breugel and others (2023) on the density ratio (DOMIAS). Giomi and others (2023), *Anonymeter*. Yao and others (2025), *The DCR delusion*.
#
# **Take it with you.** `privacy.membership_inference(real, fake, holdout)` returns every attack with its interval; `sk.judge` does all of it in the right order.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
