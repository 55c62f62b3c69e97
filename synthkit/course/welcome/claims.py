"""The founding text's claims, each with the kit's verdict and what it rests on.

A verdict is an opinion with evidence: *holds* where the kit or a source bears it out, *depends*
where it is true under conditions that the evidence names, *false* where a counterexample is
measured or printed.  ``against`` names the claim of the same text that contradicts it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from synthkit.course.welcome.widget import lesson_words

VERDICTS = ("holds", "depends", "false")

#: The founding text's own headings.
HEADINGS = {
    "what": "What is synthetic data?",
    "why": "Why?",
    "how": "How is it generated?",
    "usage": "Usage",
    "worth": "Advantages and disadvantages",
    "limits": "Challenges and limitations",
    "benefits": "Benefits",
    "history": "History",
}


#: Figures of the built lessons, lesson -> line -> figure; ``notebooks/build.py`` writes them.
FIGURES = Path(__file__).with_name("measured.json")
MEASURED: dict[str, dict[str, str]] = json.loads(FIGURES.read_text("utf-8"))


@dataclass(frozen=True)
class Claim:
    """One claim.

    Parameters
    ----------
    id, heading, text : str
        The heading is a key of ``HEADINGS``; the text is close to the founding text's words.
    verdict : str
        One of ``VERDICTS``.
    why : str
    lesson, section : str
        Where it is measured: a lesson of the catalog, and one of its sections.
    source : str
        What is printed about it, if not measured (or besides).
    row : str
        The line of that lesson's table of claims whose figure is shown: a key of ``MEASURED``.
    against : str
        The id of a claim of the text that contradicts it.
    """

    id: str
    heading: str
    text: str
    verdict: str
    why: str
    lesson: str = ""
    section: str = ""
    source: str = ""
    against: str = ""
    row: str = ""

    def evidence(self) -> list[str]:
        """Return what the verdict rests on: where it is measured, the figure there, the source."""
        place = [lesson_words(self.lesson, self.section)] if self.lesson else []
        figure = [f"{self.row} – {MEASURED[self.lesson][self.row]}"] if self.row else []
        return [*place, *figure, *([self.source] if self.source else [])]


CLAIMS = (
    Claim(
        "simulation-counts", "what",
        "Any simulation's output counts as synthetic data: music synthesizers, flight simulators.",
        "holds",
        "Made by a program instead of measured: nothing else is meant by the word. How near it "
        "comes to the world is another question.",
        "07_driving", "watch",
        row="labels come with the rows, exact",
    ),
    Claim(
        "recipe", "what",
        "It behaves like the real data, so people can work with it without risking anyone's "
        "privacy.",
        "depends",
        "A table that tastes alike can still give an ingredient away. How much, is measured by "
        "attacks, table by table.",
        "13_attacking", "break-it", against="security-risks",
        row="finds members though no value is repeated",
    ),
    Claim(
        "validate-models", "what",
        "It is used to validate mathematical models.",
        "depends",
        "It shows whether a method finds the numbers that were put in. Whether the model fits the "
        "world, only real data can say.",
        "00_welcome", "judge-it",
        row="it shows whether a method finds what was put in",
    ),
    Claim(
        "six-cents", "why",
        "One image that costs 6 $ from a labelling service can be made for 6 ¢.",
        "depends",
        "An estimate by somebody who sold such images. It leaves out building the program and "
        "checking what it makes; put your own prices into the calculator.",
        "00_welcome", "when-to-use",
        "The founder of a service that sold such images, as a vendor's blog relays it",
        against="verification",
    ),
    Claim(
        "free-labels", "why",
        "Synthetic data is labelled automatically.",
        "holds",
        "A program that draws a seven knows that it is one. That says nothing about whether its "
        "sevens look like yours.",
        "16_labelled_images", "watch",
        row="labels for nothing, and all of them right",
    ),
    Claim(
        "corner-cases", "why",
        "Rare but crucial cases can be included on purpose.",
        "holds",
        "In a simulation the rare case is a setting. A model that learned from a table can't be "
        "asked for what the table never showed.",
        "07_driving", "break-it", against="lost-outliers",
        row="the rare case as often as needed",
    ),
    Claim(
        "better-than-real", "why",
        "It is sometimes better than real data.",
        "depends",
        "Better than few real data, or than none. Added to enough real data it can lower the "
        "score.",
        "16_labelled_images", "judge-it", against="inaccurate",
        row="they can hurt",
    ),
    Claim(
        "diversity", "why",
        "It brings diversity, and with it robustness and generalisation.",
        "depends",
        "A simulation can vary what you know how to vary. A generator that learned from a table "
        "holds no more than the table did.",
        "16_labelled_images", "break-it", against="no-variability",
        row="variety narrows the gap",
    ),
    Claim(
        "share-publicly", "why",
        "It can be shared publicly without disclosing real details.",
        "false",
        "As a general promise. From some synthetic tables an attack tells who was in the training "
        "data, outliers first. A particular table may pass the attacks that were tried.",
        "13_attacking", "break-it",
        "Stadler, Oprisanu & Troncoso (2022), USENIX Security", "security-risks",
        row="an average hides the few",
    ),
    Claim(
        "testing", "why",
        "It serves to test and develop applications.",
        "holds",
        "Rows made by rules reach the corners in which programs break; a sample of real rows "
        "rarely does. What rules forget, they can't find.",
        "00_welcome", "judge-it",
        row="rows by rule reach the corners of a program",
    ),
    Claim(
        "cannot-tell", "how",
        "A GAN trains until its discriminator can't tell real from fake.",
        "depends",
        "That is the hope. The losses can look healthy while most kinds of rows are missing.",
        "05_gan", "break-it",
        row="may lose most kinds of rows",
    ),
    Claim(
        "bootstrap-variability", "how",
        "Bootstrapping captures the variability of the data.",
        "depends",
        "Of independent rows and smooth statistics. It fails for the maximum and for rows that "
        "depend on each other.",
        "02_bootstrap", "break-it",
        row="single rows of a series: far too sure",
    ),
    Claim(
        "masking-anonymises", "how",
        "Sensitive values are masked while the structure is kept: the data are anonymised.",
        "false",
        "The structure is what identifies: with the names off, two known facts find the person.",
        "03_masking", "break-it", "L. Sweeney (2002), k-anonymity",
        row="without names only, people are found",
    ),
    Claim(
        "noise-similar", "how",
        "Random noise keeps similar statistics, with some variation.",
        "depends",
        "Means of large groups survive. Correlations are flattened, and small groups pay most.",
        "04_perturbation", "break-it",
        row="Kim's noise keeps the pairs",
    ),
    Claim(
        "hybrid-refines", "how",
        "Generative models bring the large features, statistics refine the details.",
        "holds",
        "Two refinements turn impossible rows into plausible ones. What the core never makes, no "
        "refinement brings, and one step can undo another.",
        "11_hybrid", "watch",
        row="a poor core passes for real once refined",
    ),
    Claim(
        "usages", "usage",
        "(Under this heading the text says nothing.)",
        "depends",
        "There is nothing to judge. The lessons are the kit's answer: each ends in a use, with its "
        "price.",
        "14_your_data", "judge-it",
        row="what copies is unmasked, however useful",
    ),
    Claim(
        "customisation", "worth",
        "It can be customised.",
        "holds",
        "Constraints, conditions and rules are settings here. Each one asked for is one that must "
        "be right.",
        "11_hybrid", "your-data",
        row="impossible values are gone",
    ),
    Claim(
        "overfitting", "worth",
        "Models trained on it overfit.",
        "depends",
        "They learn how the data were made: a detector learns the rule instead of the fraud. With "
        "fresh real rows beside it this shows, and can be healed.",
        "10_finance_rules", "break-it", against="better-models",
        row="what learns from it learns the rule",
    ),
    Claim(
        "ethics", "worth",
        "It raises ethical concerns.",
        "holds",
        "Somebody chooses who is blurred and whose group is too small to be kept. The choice is "
        "there even where nobody makes it.",
        "04_perturbation", "judge-it",
        row="small groups drown",
    ),
    Claim(
        "security-risks", "worth",
        "It brings security risks.",
        "holds",
        "A table or model that leaves the house can be attacked by anyone, for ever. The attacks "
        "are known, and can be run before it leaves.",
        "13_attacking", "watch", against="better-security",
        row="says who is exposed",
    ),
    Claim(
        "biased", "limits",
        "It gives biased or deceptive results.",
        "depends",
        "A generator copies the bias of its table and adds the bias of its own shape. Held-out "
        "real rows show it; a score without them doesn't.",
        "12_judging", "break-it", against="reduced-bias",
        row="no single figure can buy the verdict",
    ),
    Claim(
        "no-variability", "limits",
        "It lacks variability and correlation.",
        "depends",
        "Columns drawn one by one lose every correlation; a copula or trees keep most.",
        "01_monte_carlo", "break-it", against="diversity",
        row="without a copula: no relations",
    ),
    Claim(
        "inaccurate", "limits",
        "It lacks accuracy.",
        "depends",
        "By how much is a figure on the scorecard, beside the same figure for real rows.",
        "12_judging", "watch", against="better-than-real",
        row="one perfect axis says nothing of the others",
    ),
    Claim(
        "verification", "limits",
        "Verification against real data takes extra time.",
        "holds",
        "And it is no extra: without held-out real rows the kit gives no verdict at all.",
        "12_judging", "judge-it", against="six-cents",
        row="without held-out rows nothing is said on leaks",
    ),
    Claim(
        "lost-outliers", "limits",
        "It can only mimic, not replicate, and loses the outliers.",
        "depends",
        "A bottleneck loses them, a fitted tail makes new ones, and a generator that does "
        "replicate them gives their people away.",
        "06_vae", "break-it", against="corner-cases",
        row="loses outliers, if you do not",
    ),
    Claim(
        "source-dependence", "limits",
        "A poor source makes any amount of synthetic data poor.",
        "holds",
        "More rows add no knowledge. Fed on its own output a model even loses what it had.",
        "11_hybrid", "break-it", "Shumailov et al. (2024), Nature 631",
        row="fed on its own output it starves",
    ),
    Claim(
        "better-models", "benefits",
        "Machine-learning algorithms perform better with it.",
        "depends",
        "Where labels are few. The test set must be real: on rows of its own making any model "
        "shines.",
        "10_finance_rules", "judge-it", against="overfitting",
        row="rare cases at will",
    ),
    Claim(
        "reduced-bias", "benefits",
        "It reduces bias.",
        "depends",
        "Only where somebody knows the bias and asks for other shares. A generator left alone "
        "hands it on.",
        "00_welcome", "judge-it", against="biased",
        row="bias is handed on",
    ),
    Claim(
        "better-security", "benefits",
        "It improves data security.",
        "depends",
        "The original can stay at home. What goes out instead must be attacked first.",
        "13_attacking", "judge-it", against="security-risks",
        row="what passes can be as alike as fresh people",
    ),
    Claim(
        "since-1970s", "history",
        "It dates back to the advent of computing in the 1970s.",
        "false",
        "Monte Carlo was printed in 1949 and thought out for computers of the 1940s.",
        "00_welcome", "explain", "Metropolis & Ulam (1949), J. American Statistical Association 44",
    ),
    Claim(
        "since-imagenet", "history",
        "After the ImageNet competition of 2012 researchers began to look for artificial data "
        "seriously.",
        "false",
        "A network learned to steer on drawn roads in 1989, and statisticians proposed synthetic "
        "census records in 1993. What grew after 2012 is the demand.",
        "00_welcome", "explain", "Pomerleau (1989), NIPS 1; Rubin (1993), J. Official Statistics 9",
    ),
)  # fmt: skip

BY_ID = {claim.id: claim for claim in CLAIMS}
