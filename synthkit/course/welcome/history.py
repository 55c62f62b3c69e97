"""The history as marks on a line of years, each with the paper or patent in which it stands.

The founding text's own account is looser: 'dates back to the advent of computing in the 1970s'.
The marks below say what was published when; the claims board judges the account.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from synthkit.course.report import Rows
from synthkit.course.welcome.widget import WelcomeWidget, lesson_words, script

KINDS = {"method": "making data", "privacy": "protecting people", "learning": "teaching machines"}


@dataclass(frozen=True)
class Event:
    """One mark: when, what, why it matters here, where it stands, and which lesson shows it."""

    year: int
    kind: str
    title: str
    text: str
    source: str
    lesson: str = ""

    def evidence(self) -> list[str]:
        """Return the source and the lesson in words."""
        return [self.source, *([lesson_words(self.lesson)] if self.lesson else [])]


EVENTS = (
    Event(
        1931, "method", "a flight simulator",
        "Pilots train on the ground, in a box on bellows. What its dials show never happened: data "
        "of a simulation, before there was a computer.",
        "E. A. Link, US patent 1,825,462 (granted 1931)", "07_driving",
    ),
    Event(
        1949, "method", "Monte Carlo",
        "Draw at random and count, where no formula helps. Thought out for the first electronic "
        "computers, in the years after the war.",
        "N. Metropolis & S. Ulam, The Monte Carlo Method, J. American Statistical Association 44",
        "01_monte_carlo",
    ),
    Event(
        1965, "privacy", "randomised response",
        "Each answer to an embarrassing question is changed by a die. The share of yes is known, "
        "nobody's own answer is.",
        "S. L. Warner, J. American Statistical Association 60", "04_perturbation",
    ),
    Event(
        1971, "method", "agents on a board",
        "Neighbours who only mind being few end up in separate quarters: simple rules for single "
        "agents, a pattern that nobody wanted.",
        "T. C. Schelling, Dynamic Models of Segregation, J. Mathematical Sociology 1",
        "08_traffic",
    ),
    Event(
        1979, "method", "the bootstrap",
        "Draw new samples from the one at hand, and see how much an answer moves.",
        "B. Efron, Bootstrap Methods: Another Look at the Jackknife, Annals of Statistics 7",
        "02_bootstrap",
    ),
    Event(
        1989, "learning", "a car learns on drawn roads",
        "ALVINN, a small neural network, learns to steer on pictures of roads that a program drew, "
        "23 years before the competition that is often called the beginning.",
        "D. Pomerleau, ALVINN, Advances in Neural Information Processing Systems 1",
        "16_labelled_images",
    ),
    Event(
        1993, "privacy", "synthetic records instead of real ones",
        "A census could publish rows drawn from a model and keep the people's own. The idea from "
        "which the privacy side of the field grew.",
        "D. B. Rubin, Statistical Disclosure Limitation; R. J. A. Little, Statistical Analysis of "
        "Masked Data; both J. Official Statistics 9",
        "13_attacking",
    ),
    Event(
        2002, "privacy", "k-anonymity",
        "Taking the names off is not enough: a few harmless facts find the person. Everybody "
        "should share them with k − 1 others.",
        "L. Sweeney, Int. J. Uncertainty, Fuzziness and Knowledge-Based Systems 10", "03_masking",
    ),
    Event(
        2006, "privacy", "differential privacy",
        "A promise about the method: what it publishes hardly depends on any one person.",
        "C. Dwork, F. McSherry, K. Nissim & A. Smith, Theory of Cryptography Conference",
        "04_perturbation",
    ),
    Event(
        2012, "learning", "ImageNet is won by a network",
        "A deep network wins by a wide margin, on pictures that people had labelled one by one. "
        "The hunger for labels dates from here; drawn data are older.",
        "A. Krizhevsky, I. Sutskever & G. Hinton, Advances in Neural Information Processing "
        "Systems 25",
        "16_labelled_images",
    ),
    Event(
        2013, "learning", "the variational autoencoder",
        "Squeeze each row through a few numbers, and draw new numbers there.",
        "D. P. Kingma & M. Welling, Auto-Encoding Variational Bayes, arXiv 1312.6114", "06_vae",
    ),
    Event(
        2014, "learning", "the GAN",
        "A forger and a detective, two networks that train each other.",
        "I. Goodfellow et al., Generative Adversarial Networks, arXiv 1406.2661", "05_gan",
    ),
    Event(
        2017, "privacy", "who was in the training data?",
        "A model answers differently about what it has seen: the attack that each synthetic table "
        "is tested with today.",
        "R. Shokri et al., Membership Inference Attacks, IEEE Symposium on Security and Privacy",
        "13_attacking",
    ),
    Event(
        2019, "learning", "a GAN for tables",
        "CTGAN and TVAE: networks for columns that are numbers here and categories there.",
        "L. Xu et al., Modeling Tabular Data using Conditional GAN, arXiv 1907.00503", "05_gan",
    ),
    Event(
        2022, "privacy", "anonymous after all?",
        "Synthetic tables are attacked systematically: either the outliers are exposed, or the "
        "data are of little use. Which, is not known beforehand.",
        "T. Stadler, B. Oprisanu & C. Troncoso, Synthetic Data – Anonymisation Groundhog Day, "
        "USENIX Security", "13_attacking",
    ),
    Event(
        2024, "learning", "models fed on models",
        "Trained on their own output for some generations, models lose first the rare, then the "
        "rest.",
        "I. Shumailov et al., AI models collapse when trained on recursively generated data, "
        "Nature 631", "11_hybrid",
    ),
)  # fmt: skip


class Timeline(WelcomeWidget):
    """The marks on a line of years; choose one to read it."""

    _esm = script("timeline")
    answers_alone = True

    def __init__(self) -> None:
        events = [{**asdict(event), "evidence": event.evidence()} for event in EVENTS]
        super().__init__({"events": events, "kinds": KINDS}, {})

    def _rows(self) -> Rows:
        rows = tuple((str(e.year), e.title, e.text, "; ".join(e.evidence())) for e in EVENTS)
        return Rows(("year", "what", "why it matters here", "where it stands"), rows)

    def as_text(self) -> str:
        """Return one line for each mark."""
        return "\n".join(f"{event.year}  {event.title} ({event.source})" for event in EVENTS)

    def as_html(self) -> str:
        """Return the marks as a table."""
        return self._rows()._repr_html_()
