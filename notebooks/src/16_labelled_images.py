# ruff: noqa: F401
"""Lesson 16. What stands here runs at build time: the figures of the prose."""

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.labelled_images import COUNTS, FREE, gap_table
from synthkit.techniques.images.drawing import FONTS
from synthkit.techniques.images.failures import DRAWN_PICTURES, REAL_PICTURES

INFO = lesson_info("16_labelled_images")
GAP = gap_table(range(3))["read, mean"]

# %% [markdown] section=in-one-minute minutes=1
# # Labelled images: labels for free

# %% [markdown] section=in-one-minute
# ## In one minute
#
# Somebody has to look at ten thousand pictures and write below each what is on it. That is slow and dear. Now turn it round: decide on a 7 first, and let a program draw one. The [[label]] was there before the picture, it is right, and it cost nothing. Another 7, turned a little. Another, thicker.
#
# This is the oldest promise of synthetic data. It holds, and there is a catch: the pictures are the program's. A reader that learnt from {{FREE:,}} digits of one font reads {{GAP.iloc[0]:.0%}} of real handwriting; taught with real digits, the same reader gets {{GAP.iloc[3]:.0%}}.
#
# **You will be able to** draw labelled pictures, measure the gap to real ones, narrow it, and say what a free label is worth.
#
# **How you will break it:** by a single font, and by free labels that make a good reader worse.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lesson 12.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("16_labelled_images")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# Each picture has 8 × 8 pixels, from 0 (paper) to 16 (ink): the form of a well-known table of real, handwritten digits. The reader is a support vector machine, with the settings of scikit-learn's own example for that table.

# %% section=predict role=predict exercise=how-many-does-it-read title="How many does it read?"
lesson.predict("how-many-does-it-read")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# On the left what the reader learns from, beside it what it is to read. Below: the share that it reads rightly, after {{COUNTS[0]}} to {{COUNTS[-1]}} drawn digits. The distance of both curves is the [[domain gap]].
#
# Play it for one font. Then turn the one knob: seven fonts, then turned, leaning, thick, thin and noisy digits in {{len(FONTS)}} fonts ([[domain randomisation]]). **Which kind of variety moves the lower curve?**

# %% section=watch
from synthkit.course.exercises.labelled_images import RIGHT_TEXT, option_text
from synthkit.course.runs.labelled_images import VARIETIES, reading_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("variety", "what is drawn", VARIETIES, VARIETIES[0])


def reading_player(chosen):
    text = option_text(chosen)
    said = Predicted(text, against=RIGHT_TEXT) if text else None
    return Player(run=reading_trace, dials=(knob,), seed=lesson.seed, prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("how-many-does-it-read", reading_player)
watch

# %% [markdown] section=explain minutes=5
# ## Explain
# *(optional)*
#
# Every knob of the program is a random variable with a stated law: digit and font even, angle and slant normal, width log-normal, each point flips with a small probability. The knobs stand in the table, beside the pixels.

# %% section=explain
drawn = sk.Images(count=400).simulate(rng=lesson.seed)["images"]
drawn[["digit", "font", "rotation_deg", "thickness", "pixel_3_3", "pixel_3_4"]].head(6).round(2)

# %% section=explain role=exercise exercise=why-is-there-a-gap title="Why is there a gap?"
lesson.ask("why-is-there-a-gap")

# %% section=explain role=exercise exercise=why-vary-more-than-reality title="Why vary more than reality?"
lesson.ask("why-vary-more-than-reality")

# %% [markdown] section=build-it minutes=9
# ## Build it
# *(optional)*
#
# A digit is kept as a [[distance field]]: for each point how far it lies inside the stroke. Then thickening is one addition. Fill two gaps.

# %% section=build-it role=exercise exercise=from-points-to-pixels title="From points to pixels"
lesson.ask("from-points-to-pixels")

# %% [markdown] section=build-it
# Your turn: variety of your own. Move each picture by a pixel or none, at random. The label stays right, whatever you do.

# %% section=build-it role=exercise exercise=my-variety title="Variety of your own"
def my_variety(pictures, rng):
    """Return pictures (n, 8, 8), each shifted by -1, 0 or 1 pixel down and to the right."""
    # A rim of paper round each picture; then an 8 × 8 window for each, at a corner drawn anew.


# %% section=build-it role=solution exercise=my-variety
def my_variety(pictures, rng):
    """Return pictures (n, 8, 8), each shifted by -1, 0 or 1 pixel down and to the right."""
    padded = np.pad(pictures, [(0, 0), (1, 1), (1, 1)])
    corners = rng.integers(0, 3, (len(pictures), 2))
    return np.array([p[r : r + 8, c : c + 8] for p, (r, c) in zip(padded, corners)])

# %% section=build-it role=check exercise=my-variety
lesson.check("my-variety", my_variety)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# The library's own drawing function: all pictures at once. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.labelled_images import IMAGES_INSIDE, inside_picture
from synthkit.techniques.images.drawing import draw

inside = lesson.keep(LookInside((draw,), IMAGES_INSIDE, inside_picture()))
inside

# %% [markdown] section=break-it minutes=5
# ## Break it, then repair it
# *(core)*
#
# First the font. The indicator is what the reader is for: the share of real digits that it reads. **Which stop is broken, and how far does variety carry?**

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Images.failures}
font = lesson.keep(FailureDial(failures["images.one_font"], rng=lesson.seed))
font

# %% section=break-it role=check exercise=lose-it-to-a-font title="Lose it to a font"
lesson.check("lose-it-to-a-font", font)

# %% [markdown] section=break-it
# The second break looks like a gift. There are {{REAL_PICTURES}} real digits with labels, and {{DRAWN_PICTURES:,}} randomised drawn ones come on top, free. **Can that make a reader worse?** The dial is who learns: a [[linear reader]] with one straight cut for each digit, nearest neighbours, or support vectors.

# %% section=break-it role=widget
hurt = lesson.keep(FailureDial(failures["images.free_labels_hurt"], rng=lesson.seed))
hurt

# %% section=break-it role=check exercise=let-free-labels-hurt title="Let free labels hurt"
lesson.check("let-free-labels-hurt", hurt)

# %% [markdown] section=judge-it minutes=6
# ## Judge it
# *(optional)*
#
# All on real digits that no reader saw, several seeds each; the last line is the anchor: real handwriting, taught with real handwriting.

# %% section=judge-it
from synthkit.course.runs.labelled_images import gap_table, mixing_table

seeds = range(2 if lesson.fast else 4)
gap = gap_table(seeds)
gap.round(3)

# %% [markdown] section=judge-it
# And drawn digits *beside* real ones: for three readers, with two, five and twenty real ones of each digit.

# %% section=judge-it
mixing = mixing_table(seeds)
mixing.round(3)

# %% section=judge-it role=exercise exercise=when-do-free-labels-help title="When do free labels help?"
lesson.ask("when-do-free-labels-help")

# %% [markdown] section=judge-it
# What is a free label worth? Count how many *real* labels, of digits as they come, bring the same reader as far as {{FREE:,}} free ones. Then put in prices of your own: the two that stand here are one founder's estimate, relayed by a vendor's blog, of 6 $ for a labelled picture and 6 ¢ for a made one.

# %% section=judge-it
from synthkit.course.runs.labelled_images import FREE, label_cost, worth_of_free_labels

by_hand, by_program = 6.00, 0.06  # dollars a label: change them
as_many, by_count = worth_of_free_labels(gap.iloc[2, 1], seeds)
print(f"{FREE:,} free labels read as much as some {as_many} real ones")
cost = label_cost(FREE, as_many, by_hand, by_program)
cost

# %% [markdown] section=your-data minutes=3
# ## Your own data
# *(optional)*
#
# Digits of your own hand: a CSV with the columns `digit` and `pixel_0_0` … `pixel_7_7`, each from 0 (paper) to 16 (ink). Put it beside this notebook and write its name between the quotes; without one, real digits of the bundled table stand in. No picture is shown or saved, only the [[confusion matrix]].

# %% section=your-data role=widget
from synthkit.course.runs.labelled_images import confusion_trace, learn, your_digits

reader = learn(*sk.Images().arrays(FREE, rng=lesson.seed))
confused = lesson.keep(Player(confusion_trace(reader, *your_digits(""))))
confused

# %% [markdown] section=when-to-use minutes=3
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
read = gap["read, mean"]
won = mixing["won"].unstack("real")
few, more = won.columns[0], won.columns[-1]

# %% section=when-to-use
lesson.claims([
    ("+", "labels for nothing, and all of them right", f"{len(drawn)} pictures, none labelled by hand"),
    ("+", "variety narrows the gap", f"real digits read {read.iloc[0]:.0%} → {read.iloc[2]:.0%}"),
    ("+", "they help where real labels are few", f"{won.loc['support vectors', few]:+.1%} beside {few} real ones"),
    ("−", "they never close it", f"{read.iloc[2]:.0%} against {read.iloc[3]:.0%} from real handwriting"),
    ("−", "not every variety helps", f"seven fonts {read.iloc[1]:.0%}, one font {read.iloc[0]:.0%}"),
    ("−", "they can hurt", f"linear reader {won.loc['linear', more]:+.1%} beside {more} real ones"),
    ("−", "a free label is not a label", f"{FREE:,} of them do the work of some {as_many}"),
])

# %% [markdown] section=when-to-use
# **Use it** to start before there are real labels, for cases that are rare or can't be photographed, and with variety in the directions in which the real world varies. **Don't** judge it on its own pictures, and keep some real ones, labelled by hand, for the test: that part of the bill stays.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Tobin et al. (2017), *Domain randomization for transferring deep neural networks from simulation to the real world*; Shotton et al. (2011) on real-time pose from rendered depth pictures; Ben-David et al. (2010), *A theory of learning from different domains*, on when a second world helps.
#
# **Take it with you.** `sk.Images(count=1000).simulate(rng=0)["images"].to_csv("digits.csv", index=False)` saves labelled pictures, and `reading_trace(1).to_html("digits.html")` saves the run as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
