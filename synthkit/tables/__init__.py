"""Tables as techniques see them: what each column is, and its way to numbers and back.

The one idea: **every column becomes its rank u in (0, 1)**.  Sort a column and
walk along it from 0 to 1: a category, or a value that occurs often (an *atom*),
covers an interval as long as its share of the rows; a continuous stretch is a
curve of order statistics.  Going back is the inverse empirical distribution
function.  Missing values are a mask beside it.  Normal scores (for copulas) and
integer codes (for trees and networks) are views of u.

>>> import pandas as pd
>>> table = pd.DataFrame({"age": [31, 44, 31, 60], "sex": ["F", "M", "F", "F"]})
>>> encoder = TableEncoder().fit(table)
>>> u, missing = encoder.encode(table)
>>> encoder.decode(u, missing).equals(table)
True
"""

from synthkit.tables.encoder import TableEncoder, normal_scores
from synthkit.tables.schema import ColumnSpec, Schema, as_table

__all__ = ["ColumnSpec", "Schema", "TableEncoder", "as_table", "normal_scores"]
