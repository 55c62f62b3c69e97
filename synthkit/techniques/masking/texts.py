"""Many texts as arrays of bytes, with no Python string made for each.

Texts come as pandas keeps them: in Arrow (one run of bytes, and where each text begins in it), or
as an object array of ``str``.  What is masked as arrays goes

    texts (n,)  ->  characters (n, width), padded with 0  ->  texts (n,) of the kind that came

A text is UTF-8: a character of ASCII is one byte; 127 stands for each byte of any other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Texts = Any  # (n,) object array of str, or a pandas array of strings; without gaps
Chars = NDArray[np.uint8]  # (n, width)


def in_arrow(texts: Texts) -> bool:
    """Tell whether pandas keeps these texts in Arrow."""
    dtype = getattr(texts, "dtype", None)
    return isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow"


def _arrow_array(texts: Texts) -> Any:
    """Return the one Arrow array of these texts (a table put together from others has several)."""
    import pyarrow as pa

    made = pa.array(texts)
    made = made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
    return made.cast(pa.large_string())


def contains(texts: Texts, sign: str) -> NDArray[np.bool_]:
    """Say in which texts one character of ASCII occurs."""
    data, starts = run_of_bytes(texts)
    seen = np.searchsorted(np.flatnonzero(data == ord(sign)), starts)  # before each beginning
    return np.diff(seen) > 0


def run_of_bytes(texts: Texts) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return all bytes in one run, and where each text begins and the last one ends (n + 1,)."""
    if in_arrow(texts):
        column = _arrow_array(texts)
        _, starts, data = column.buffers()
        n = np.frombuffer(starts, np.int64)[column.offset : column.offset + len(column) + 1]
        return np.frombuffer(data or b"", np.uint8), n
    cells = texts.tolist()
    joined = "".join(cells)
    if not joined.isascii():
        cells = [text.encode("utf-8", "surrogatepass") for text in cells]
    lengths = np.fromiter(map(len, cells), dtype=np.int64, count=len(cells))
    run = joined.encode() if joined.isascii() else b"".join(cells)
    return np.frombuffer(run, np.uint8), np.concatenate([[0], np.cumsum(lengths)])


def characters(texts: Texts, width: int) -> Chars:
    """Return the bytes of each text, padded with 0: (n, at most width); a longer text is all 0."""
    data, starts = run_of_bytes(texts)
    lengths = np.diff(starts)
    lengths = np.where(lengths > width, 0, lengths)
    longest = int(lengths.max(initial=1))
    if (lengths == longest).all():
        return np.minimum(data[starts[0] : starts[-1]].reshape(len(lengths), longest), 127)
    chars = np.zeros((len(lengths), longest), dtype=np.uint8)
    for length in np.unique(lengths[lengths > 0]):
        rows = np.flatnonzero(lengths == length)
        chars[rows, :length] = data[starts[rows][:, None] + np.arange(length)]
    return np.minimum(chars, 127)


def to_texts(chars: Chars, like: Texts = None) -> Texts:
    """Undo :func:`characters` for ASCII; texts are kept as those of ``like`` are."""
    if not in_arrow(like):
        fixed = np.ascontiguousarray(chars).view(f"S{chars.shape[1]}").ravel()
        return fixed.astype(str).astype(object)
    import pyarrow as pa

    n, width = chars.shape
    used = chars != 0
    if used.all():
        starts, data = width * np.arange(n + 1), np.ascontiguousarray(chars)
    else:
        starts, data = np.concatenate([[0], np.cumsum(used.sum(axis=1))]), chars[used]
    buffers = [pa.py_buffer(starts), pa.py_buffer(data)]
    return like.dtype.__from_arrow__(pa.LargeStringArray.from_buffers(n, *buffers))
