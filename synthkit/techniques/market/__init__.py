"""A market: prices that come out of rules for traders.

Read the files in this order: ``franke_westerhoff`` (two moods: the default), ``order_book``
(price-time priority), ``gode_sunder`` (what rules alone achieve), ``technique`` (the class) and
``failures``.
"""

from synthkit.techniques.market.failures import FAILURES
from synthkit.techniques.market.gode_sunder import auction_efficiency
from synthkit.techniques.market.order_book import OrderBook
from synthkit.techniques.market.technique import Market

__all__ = ["FAILURES", "Market", "OrderBook", "auction_efficiency"]
