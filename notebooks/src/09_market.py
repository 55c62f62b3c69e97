# ruff: noqa: F401
"""Lesson 09. What stands here runs at build time: the figures of the prose."""

from scipy import stats

from synthkit.course.catalog import lesson_info
from synthkit.course.runs.market import DAYS, EVENTS, QUICK, SLOW
from synthkit.techniques.market.failures import DAYS as DIAL_DAYS
from synthkit.techniques.market.franke_westerhoff import Moods

INFO = lesson_info("09_market")
MOODS = Moods()
Q99 = stats.norm.ppf(0.99)

# %% [markdown] section=in-one-minute minutes=1
# # A market: prices without news

# %% [markdown] section=in-one-minute
# ## In one minute
#
# Ask a broker why prices jumped, and you will hear of news. In 1993 Dhananjay Gode and Shyam Sunder let programs trade that bid at random, without memory or wit. Their market still found nearly the right price. It was not the traders who were clever; it was the rules.
#
# So how much of a market is rules, and how much is people? Here both are simulated. First an [[order book]] to which blind orders come: [[zero intelligence]]. Then traders of two moods who infect each other. Real prices share some [[stylised facts]], and each market is held against them.
#
# **You will be able to** match an order as an exchange does, and to say which facts of real returns a synthetic series has and which it lacks.
#
# **How you will break it:** one dial takes away the crashes and the nervous weeks, and a risk model that is tested on the rest will pass.
#
# *About {{INFO.minutes}} minutes; the sections marked **core** (Predict, Watch, Break) take ten. You need: lesson 08's idea of agents. Nothing here foretells a price.*

# %% section=in-one-minute
import numpy as np
import pandas as pd

import synthkit as sk
from synthkit.course import Lesson

lesson = Lesson("09_market")
print("seed", lesson.seed)

# %% [markdown] section=predict minutes=2
# ## Predict
# *(core)*
#
# Three things happen at random. A [[limit order]] names a price and waits. A [[market order]] can't wait and takes the best price there is. And some waiting orders are withdrawn. The exchange knows one rule, [[price-time priority]]: the best price is served first, and at one price the oldest order.
#
# **Will prices of traders who know nothing look like a market's?**

# %% section=predict role=predict exercise=do-they-look-real title="Do they look real?"
lesson.predict("do-they-look-real")

# %% [markdown] section=watch minutes=3
# ## Watch
# *(core)*
#
# On the left the book: who wants to buy waits in blue, who wants to sell in orange; each dot is an order, the oldest at the bottom. The hole between them is the [[spread]], counted in [[ticks|tick]]. On the right the price. The film leaps by {{QUICK}} events, and takes the last {{SLOW}} of {{EVENTS:,}} one by one.
#
# Go to the end and step back: **who was served, and who moved up?** Then turn the one knob: what does impatience do to the spread?

# %% section=watch
from synthkit.course.exercises.market import RIGHT_TEXT, option_text
from synthkit.course.runs.market import IMPATIENCE, book_trace
from synthkit.failures import Dial
from synthkit.widgets import FailureDial, Player, Predicted

knob = Dial("market_rate", "impatience: market orders a side", IMPATIENCE, 10)


def book_player(chosen):
    said = Predicted(option_text(chosen), against=RIGHT_TEXT) if option_text(chosen) else None
    return Player(run=book_trace, dials=(knob,), seed=lesson.seed, prediction=said)

# %% section=watch role=widget
watch = lesson.reveal("do-they-look-real", book_player)
watch

# %% [markdown] section=watch
# Now the daily [[returns|return]] of that book, of the market of two moods that comes next, and of the S&P 500. A [[fat tail]] makes large days frequent; a [[volatility cluster]] makes them come together. **Which column lacks what?**

# %% section=watch
from synthkit.course.runs.market import facts_table

facts = facts_table(lesson.seed, book_days=60 if lesson.fast else 200)
facts.round(2)

# %% [markdown] section=explain minutes=5
# ## Explain
# *(optional)*
#
# Reiner Franke and Frank Westerhoff's market has two moods. A [[fundamentalist]] expects the price $p$ to return to its value, a [[chartist]] expects it to go on:
#
# $$d_f = \varphi\,(p^*-p_t)+\sigma_f\,\varepsilon_f \qquad d_c=\chi\,(p_t-p_{t-1})+\sigma_c\,\varepsilon_c \qquad p_{t+1}=p_t+\mu\,(n_f d_f+n_c d_c)$$
#
# The shares $n_f$ and $n_c$ follow the attraction $\alpha_0+\alpha_n(n_f-n_c)+\alpha_p(p^*-p_t)^2$: whoever is in fashion becomes more so ([[herding]]), until the price has gone too far. Chartists are noisier: $\sigma_c$ is {{MOODS.noise_chartist}}, $\sigma_f$ is {{MOODS.noise_fundamental}}.

# %% section=explain role=exercise exercise=where-do-clusters-come-from title="Where do clusters come from?"
lesson.ask("where-do-clusters-come-from")

# %% section=explain role=exercise exercise=what-rules-make title="What do rules make?"
lesson.ask("what-rules-make")

# %% [markdown] section=build-it minutes=11
# ## Build it
# *(optional)*
#
# A warm-up in two gaps: what each mood wants, without the noise. Mind the signs.

# %% section=build-it role=exercise exercise=two-demands title="Two demands"
lesson.ask("two-demands")

# %% [markdown] section=build-it
# Your turn: the heart of every exchange. One buy order comes to a book of asks. Who gives how many shares? Sort, then share out.

# %% section=build-it role=exercise exercise=my-match title="Match an order"
def my_match(price, arrived, size, limit, wanted, rng):
    """Return how many shares each waiting ask gives to a buyer; shape of size."""
    # Who is first in line? Then share out what is wanted.


# %% section=build-it role=solution exercise=my-match
def my_match(price, arrived, size, limit, wanted, rng):
    """Return how many shares each waiting ask gives to a buyer; shape of size."""
    order = np.lexsort((arrived, price))
    line = np.where(price <= limit, size, 0)[order]
    filled = np.empty_like(size)
    filled[order] = np.clip(wanted - (np.cumsum(line) - line), 0, line)
    return filled

# %% section=build-it role=check exercise=my-match
lesson.check("my-match", my_match)

# %% [markdown] section=look-inside minutes=3
# ## Look inside
# *(optional)*
#
# The library's own trade. Its book keeps a line for each price, so that nothing has to be sorted; a withdrawn order stays in its line as a husk and is stepped over. Cash and shares only change hands: nothing is made, nothing gets lost. Choose a term, and it lights up in the equation, in the code and in the picture.

# %% section=look-inside role=widget
from synthkit.course.inside import LookInside
from synthkit.course.runs.market import MARKET_INSIDE, inside_picture
from synthkit.techniques.market import OrderBook

inside = lesson.keep(LookInside((OrderBook.take,), MARKET_INSIDE, inside_picture(lesson.seed)))
inside

# %% [markdown] section=break-it minutes=5
# ## Break it, then repair it
# *(core)*
#
# {{DIAL_DAYS:,}} days of the market of two moods. The dial is the noise of the chartists. At {{MOODS.noise_fundamental}} they are as calm as the others, and it makes no difference who is in fashion. **What is left of the nervous weeks?** Break it first, then heal it.

# %% section=break-it role=widget
failures = {failure.name: failure for failure in sk.Market.failures}
noise = lesson.keep(FailureDial(failures["market.stylised_facts_lost"], rng=lesson.seed))
noise

# %% section=break-it role=check exercise=lose-the-facts title="Lose the facts"
lesson.check("lose-the-facts", noise)

# %% [markdown] section=break-it
# Who would notice? A plain risk model says: once in a hundred days the loss exceeds {{Q99:.2f}} standard deviations. Here is how often it exceeds *four*, in 10,000 days of each market:

# %% section=break-it
from scipy import stats


def four_sigma_days(noise_chartist):
    market = sk.Market(days=10_000, noise_chartist=noise_chartist)
    returns = market.simulate(rng=lesson.seed)["days"]["return_pct"]
    return int((returns < -4 * returns.std()).sum())


tame, wild = four_sigma_days(0.758), four_sigma_days(2.087)
bell = 10_000 * stats.norm.cdf(-4)
print(f"equally noisy: {tame} days; chartists noisier: {wild} days; a bell curve: {bell:.1f} days")

# %% [markdown] section=judge-it minutes=5
# ## Judge it
# *(optional)*
#
# One run is one history. Ten runs of {{DAYS:,}} days, as long as the table of the S&P 500, give the band in which chance alone moves each fact. **Is the real figure inside?**

# %% section=judge-it
from synthkit.course.runs.market import facts_band

judged = facts_band(lesson.seed, runs=5 if lesson.fast else 10)
judged.round(3)

# %% [markdown] section=judge-it
# Of the right kind, but not of the right size: the settings were estimated on 1980 to 2007, and the table holds 2008. And one row is of another kind.

# %% section=judge-it role=exercise exercise=which-fact-can-never-fit title="Which fact can never fit?"
lesson.ask("which-fact-can-never-fit")

# %% [markdown] section=your-data minutes=3
# ## Your own data
# *(optional)*
#
# Put a CSV with a column of closing prices beside this notebook and write its name and the column below (`"sp500"` and `"Close"` if the extra `finance` is installed); until then a run of the model serves. Nothing is uploaded.

# %% section=your-data
from synthkit.course.runs.market import facts_of, returns_of, sp500_facts
from synthkit.course.your_data import personal_warning, read_table

file, column = "", "price"
mine = read_table(file) if file else sk.Market(days=3_000).simulate(rng=lesson.seed + 1)["days"]
my_returns = returns_of(mine, column)
personal_warning(mine)

# %% [markdown] section=your-data
# `Market.fit` only stretches: the mean size of a day becomes yours, and nothing else is learnt. Tails and clusters stay those of the published settings. So look at both columns before you use it.

# %% section=your-data
fitted = sk.Market(days=3_000).fit(pd.DataFrame({"return_pct": my_returns}), rng=lesson.seed)
made = fitted.simulate(rng=lesson.seed)["days"]["return_pct"].to_numpy()
print(f"mean size of a day: yours {np.abs(my_returns).mean():.2f} %, made {np.abs(made).mean():.2f} %")
pd.DataFrame({"yours": facts_of(my_returns), "made": facts_of(made), "S&P 500": sp500_facts()}).round(2)

# %% [markdown] section=when-to-use minutes=2
# ## When to use it, when not
# *(optional)*
#
# Each claim stands beside the figure that you measured above.

# %% section=when-to-use
def memory(stop):
    failure = failures["market.stylised_facts_lost"]
    return failure.indicator(failure.run(stop, lesson.seed))


kept, lost = memory(2.087), memory(0.758)
tails, week = "fat tails: excess kurtosis", "… 10 days"
blind, moods, real = (facts[name] for name in facts.columns)
lopsided = judged.loc["falls are followed by unrest"]

# %% section=when-to-use
lesson.claims([
    ("+", "unrest that lasts, out of five equations", f"memory over 20 days {kept:.2f}, without the moods {lost:.2f}"),
    ("+", "fat tails, out of normal noise", f"excess kurtosis {moods[tails]:.1f}; a bell curve has 0"),
    ("+", "crashes for a test that a short history lacks", f"{wild} days beyond 4 σ instead of {tame}"),
    ("−", "rules alone are not enough", f"book: kurtosis {blind[tails]:.1f}, memory after 10 days {blind[week]:.2f}"),
    ("−", "of the right kind, not of the right size", f"kurtosis {moods[tails]:.1f} against {real[tails]:.1f}"),
    ("−", "it knows no up and down", f"leverage {lopsided.iloc[0]:.3f} to {lopsided.iloc[1]:.3f}, real {lopsided.iloc[2]:.3f}"),
])

# %% [markdown] section=when-to-use
# **Use it** to test what must survive crashes and nervous months, to try rules of an exchange, and to show what needs no news. **Don't** use it to foretell a price, for several assets at once, or where falls must differ from rises; and don't call it fitted because `fit` has run.
#
# Three questions to keep it. One comes from an earlier lesson, once you have done one.

# %% section=when-to-use role=widget
lesson.recall()

# %% [markdown] section=when-to-use
# **Read on.** Cont (2001), *Empirical properties of asset returns*; Gode & Sunder (1993) on what rules achieve; Daniels, Farmer et al. (2003) on the blind book; Franke & Westerhoff (2012), *Structural stochastic volatility in asset pricing dynamics*.
#
# **Take it with you.** `sk.Market(days=7_000).simulate(rng=0)["days"].to_csv("days.csv")` saves 28 years, and `book_trace(1).to_html("book.html")` saves the book as a page that lives alone.

# %% section=when-to-use
lesson.glossary()

# %% section=when-to-use
lesson.assert_no_widget_error()
lesson.finish()
