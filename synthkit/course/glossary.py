"""One glossary for the course: each term in one sentence.

The builder turns ``[[term]]`` in a lesson's prose into the term with its sentence shown on
hover; ``lesson.glossary()`` lists a lesson's terms at its end.
"""

from __future__ import annotations

from collections.abc import Sequence

from synthkit.course.report import Rows
from synthkit.errors import ParameterError

GLOSSARY: dict[str, str] = {
    "synthetic data": "Made-up rows that behave like the real ones in the ways that matter to you.",
    "Monte Carlo": "Finding a number by drawing at random many times and counting or averaging.",
    "seed": "A number that fixes all the chance in a run: the same seed gives the same run again.",
    "sample": "Values or rows drawn at random.",
    "estimate": "The answer that a sample gives to a question about the whole.",
    "error": "How far an estimate is from the truth.",
    "standard error": "The typical size of an estimate's error, over many repetitions.",
    "RMSE": "Root mean square error: square the errors, average them, take the root.",
    "log-log plot": "A plot whose axes multiply instead of adding, so that a power law is a line.",
    "marginal": "One column by itself: how its values spread, whatever the others do.",
    "joint distribution": "How all columns behave together, not one at a time.",
    "correlation": "How closely two columns move together, from −1 (against) to 1 (with).",
    "independence": "Knowing one column tells you nothing about the other.",
    "rank": "A value's place when the column is sorted, here scaled to lie between 0 and 1.",
    "quantile": "The value below which a given share of the column lies.",
    "normal distribution": "The bell curve; 'standard' if its mean is 0 and its spread is 1.",
    "normal score": "A rank turned into the value of a standard normal with the same rank.",
    "copula": "The part of a joint distribution that is left once each column is only its ranks.",
    "Cholesky factor": "A triangular matrix L with L Lᵀ = R: it gives independent draws "
    "the correlations R.",
    "importance sampling": "Draw more often where it matters and weigh each draw down for that.",
    "weight": "How much one draw counts, when not all count the same.",
    "effective sample size": "How many equally weighted draws would be worth as much as these.",
    "rare event": "Something so unlikely that a plain sample may hold none of it.",
    "tail": "The far end of a distribution, where the rare values are.",
    "held-out rows": "Real rows that the technique never saw, kept to compare with.",
    "noise band": "How much a score moves by chance alone when real is compared with real.",
    "column shapes": "How alike each column's own distribution is in the two tables, 1 is best.",
    "pair trends": "How alike the correlations of each pair of columns are, 1 is best.",
    "C2ST": "Classifier two-sample test: can a trained model tell fake rows from real? "
    "AUC 0.5: no, 1: always.",
    "AUC": "The chance that a model ranks a fake row above a real one: 0.5 is guessing.",
    "encoder": "The network that maps a row to its place in the latent space, and how sure it is.",
    "decoder": "The network that maps a point of the latent space back to a row.",
    "latent space": "The few hidden numbers through which every row must pass.",
    "nat": "A unit of information: 1 nat is 1.44 bits, an answer that leaves 1/e of the cases.",
    "KL divergence": "How many nats it costs, on average, to tell one distribution from another.",
    "ELBO": "A lower bound on how probable the model finds the rows: what a VAE raises.",
    "reconstruction": "What comes back when a row is encoded and decoded again.",
    "posterior collapse": "A latent unit gives every row the same answer, and so carries nothing.",
    "likelihood noise": "The decoder's own doubt: how far a row may lie from what it decodes to.",
    "principal direction": "A direction of the table along which its rows vary; the first most.",
    "GAN": "Generative adversarial network: one network forges rows, one tells them from real.",
    "generator": "The network that turns noise into rows and wants them taken for real.",
    "discriminator": "The network that says of each row how likely it is to be real.",
    "mode": "A place where many rows are: a cluster, a kind of customer.",
    "mode collapse": "The generator makes some kinds of rows only, again and again.",
    "logit": "A score from −∞ to ∞ that the logistic function turns into a probability.",
    "vanishing gradient": "A loss so flat that nothing can be learnt from it.",
    "packing": "Showing the discriminator several rows side by side, so that sameness shows.",
    "indicator": "The one figure that tells whether a failure is there.",
    "dial": "The one setting that makes a failure come and go.",
    "perturbation": "Changing a table a little, so that rows are hard to recognise.",
    "differential privacy": "A promise about a method: what it publishes hardly depends on any one "
    "person's row.",
    "epsilon": "The size of that promise: an outcome is at most e^ε times as likely with a "
    "person as without.",
    "sensitivity": "By how much one person's row can move an answer at most.",
    "clipping": "Moving values outside agreed bounds to the nearer bound.",
    "Laplace noise": "Noise with a peak at 0 and tails that fall by a constant factor a step.",
    "privacy budget": "The epsilon that all releases about the same people may spend together.",
    "privacy ledger": "The list of all releases and what each has spent of the privacy budget.",
    "post-processing": "Whatever is done to a private answer afterwards: it costs no privacy.",
    "randomised response": "Answering truthfully only with a known probability, so that no answer "
    "proves anything.",
    "low bits": "The last binary digits of a number in the computer, far behind the point.",
    "re-linking": "Finding the original row that a released row was made from.",
    "Mahalanobis distance": "Distance in units of how the data spreads, in each direction its own.",
    "microaggregation": "Replacing each row by the mean of a small group of similar rows.",
    "masking": "Replacing or blurring the cells of real rows so that people are hard to recognise.",
    "direct identifier": "A column that names a person by itself: name, e-mail, card number.",
    "quasi-identifier": "A harmless column (age, sex, postcode) that singles people out together "
    "with others.",
    "singling out": "Being the only row that fits what somebody knows of you.",
    "linkage attack": "Finding a row by facts known from elsewhere, then reading the rest of it.",
    "pseudonym": "A made-up value that always stands for the same real one, so that tables join.",
    "keyed hash": "A fingerprint of a value that can't be computed without a secret key.",
    "format-preserving encryption": "Encryption whose result looks like the input: a card number "
    "becomes a card number.",
    "k-anonymity": "Every row shares its quasi-identifiers with at least k − 1 others.",
    "Mondrian": "Cutting a table at medians into boxes that each keep at least k rows.",
    "homogeneity": "A group whose members all have the same secret, so that the group tells it.",
    "l-diversity": "Every group holds at least l different secrets.",
    "t-closeness": "The secrets in every group are spread almost as in the whole table.",
    "information loss": "How wide the groups are compared with the whole range, 0 to 1.",
    "prosecutor risk": "The chance of naming the right row if the person is known to be there.",
    "bootstrap": "Drawing new samples from the sample at hand, to see how a figure would vary.",
    "replicate": "The figure of one new sample, drawn with replacement from the data.",
    "with replacement": "After each draw the row goes back, so that it can be drawn again.",
    "confidence interval": "A range made so that it holds the truth in a stated share of cases.",
    "coverage": "How often such intervals really hold the truth, over many data sets.",
    "percentile interval": "The middle part of the replicates, cut at their quantiles.",
    "BCa": "The percentile interval, corrected for bias and for skew.",
    "jackknife": "The figure computed again and again, each time with one row left out.",
    "autocorrelation": "How much a row of a series resembles the one before it.",
    "block bootstrap": "Drawing stretches of neighbouring rows, so that they stay together.",
    "core": "The generator that a hybrid begins with: it brings the relations between the columns.",
    "refinement": "A statistical correction of rows that a generator made, one detail at a time.",
    "quantile match": "Each value is replaced by the real value of the same rank.",
    "QQ plot": "Quantiles of one column against those of another: equal columns lie on the line.",
    "Pareto tail": "The shape that the far end of nearly every distribution comes close to.",
    "raking": "Scaling the cells of a table until its margins are the known totals.",
    "projection": "The nearest point at which given equations hold.",
    "self-consumption": "Training a model on rows that its predecessor made, again and again.",
    "rule": "A line that somebody wrote down, by which a program makes its rows.",
    "typology": "A kind of fraud with a pattern of its own.",
    "regime": "A state of the world that lasts for a while, such as a recession.",
    "Taylor rule": "The policy rate as a sum of inflation, its miss of the target, and the gap.",
    "determinacy": "Of all paths that people could expect, only one does not explode.",
    "recall": "The share of the sought cases that a detector finds.",
    "label noise": "Labels that are wrong in a share of the rows.",
    "Feller ratio": "How strongly a rate is pulled up near zero, against how it is shaken there.",
    "arena": "Where several techniques run on one table, with one split and one set of seeds.",
    "utility": "The score of a model that learned from synthetic rows, on held-out real ones.",
    "attack success": "How much more often an attack finds members of a table than other people.",
    "schema": "What each column of a table is: a number, a category, a date, an identifier.",
    "scorecard": "Likeness, use and leaks of a synthetic table, each figure beside tables of known "
    "worth.",
    "quality score": "What reports usually show: the mean of column shapes and pair trends.",
    "anchor": "A table of known worth that the same figure is shown for: fresh rows, a copy, a "
    "shuffle.",
    "membership inference": "Guessing from the synthetic rows who was among the real ones.",
    "near copy": "A synthetic row far closer to a real one than people of this kind lie to each "
    "other.",
    "control": "A person who was not in the table, attacked in the same way: what works on them is "
    "no leak.",
    "distance to the closest record": "How far a row lies from its nearest row in another table.",
    "density ratio": "How much closer the synthetic rows lie to a person than people usually lie "
    "to each other there.",
    "linkability": "Joining two halves of what is known of a person through the synthetic rows.",
    "attribute inference": "Guessing one secret of a person from all that is known of them.",
    "outlier": "A row far away from all others: rare, and easy to recognise.",
    "row risk": "How exposed each single person is: closer than so many people who are not in the "
    "table.",
    "excess risk": "How much more often an attack succeeds on members than on controls.",
    "simulator": "A program that moves a model of the world on in small steps, and records what "
    "happens.",
    "friction": "How much force a tyre can hold, as a share of the weight that rests on it.",
    "slip": "By how much a wheel's rim is slower than the car: 0 rolls, 1 is locked.",
    "friction circle": "All forces that a tyre can give: braking and turning share one limit.",
    "Runge-Kutta step": "A step that looks ahead three times and goes on with a mean of four "
    "slopes.",
    "energy balance": "What went in minus what came out: anything but zero was made by the "
    "program.",
    "calibrated range": "The conditions under which a model's numbers were measured.",
    "corner case": "A rare combination on which much depends, such as a bend, a brake and black "
    "ice.",
    "oversampling": "Making a rare case more often than nature does, and keeping the weight that "
    "undoes it.",
    "coast-down": "Letting a car roll in neutral, to read air and rolling resistance off its "
    "speed.",
    "agent": "One actor of a simulation, with a rule of its own: a car, a trader, a customer.",
    "emergence": "What many show together although the rule of each says nothing of it.",
    "phantom jam": "A jam without a cause on the road: it grows out of small differences.",
    "density": "How many vehicles there are on a kilometre of road.",
    "flow": "How many vehicles pass a place in an hour.",
    "space-time diagram": "Time along one axis, place along the other: a jam is a slanted stripe.",
    "string stability": "A small slowing of one car fades from car to car, instead of growing.",
    "dawdling": "Braking for nothing, now and then: what tells people from machines.",
    "parallel update": "All agents look first and move afterwards, so that their order is of no "
    "matter.",
    "fundamental diagram": "Flow against density: the curve that belongs to a road.",
    "calibration": "Choosing a model's settings so that it reproduces what was measured.",
    "detector": "A loop in the road that counts what passes and how fast it is.",
    "floating car": "A car that reports where it is and how fast, as a navigation app does.",
    "prototype": "A technique written in one cell, to find out whether the idea is worth more.",
    "contract": "What every technique of the kit promises, whatever it does: columns, types, "
    "seeds, errors, saving.",
    "mixup": "Making a new row on the straight way between two real ones.",
    "failure battery": "Tables made by a program, each with one thing that gets lost easily, and "
    "fresh rows as the measure.",
    "entry point": "How an installed package tells others what it brings; no code of theirs "
    "changes.",
    "order book": "The list of all orders that wait to buy or to sell, by price and by time.",
    "limit order": "An order that names its worst price and waits until somebody accepts it.",
    "market order": "An order that can't wait: it takes the best price there is.",
    "tick": "The smallest step of a price.",
    "spread": "The hole between the best bid and the best ask: the price of not waiting.",
    "price-time priority": "The best price is served first, and at one price the oldest order.",
    "zero intelligence": "Traders who act at random within the rules: what is left is the rules' "
    "doing.",
    "return": "By how much a price changed in a day, as a share of itself.",
    "stylised facts": "What nearly all markets' prices share: tails, clusters, little memory.",
    "fat tail": "Extreme values come far more often than a bell curve allows.",
    "volatility cluster": "Large changes follow large ones, small ones small: unrest that lasts.",
    "fundamentalist": "A trader who expects the price to return to its value.",
    "chartist": "A trader who expects the price to go on as it went.",
    "herding": "What many do gets more followers, because many do it.",
    "label": "What is to be learnt of a row or picture, written beside it: 'a seven', 'a skid'.",
    "domain gap": "What a model loses on the way from the pictures it learnt from to those of "
    "another world.",
    "domain randomisation": "Varying everything that a program can vary, so that the real world "
    "is one case more.",
    "distance field": "For each point how far it lies inside a stroke, negative outside.",
    "linear reader": "A model with one straight cut for each class: few numbers, shared by all "
    "pictures.",
    "confusion matrix": "For each true class, which shares of it are taken for which class.",
}


def gloss(term: str) -> str:
    """Return a term's sentence.

    Raises
    ------
    ParameterError
        If the glossary does not have it.
    """
    if term not in GLOSSARY:
        raise ParameterError(f"term must be in the glossary; got {term!r}. Add a sentence for it.")
    return GLOSSARY[term]


def gloss_table(terms: Sequence[str]) -> Rows:
    """Return terms and their sentences as a table."""
    return Rows(("term", "in one sentence"), tuple((term, gloss(term)) for term in terms))
