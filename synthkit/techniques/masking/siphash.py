r"""SipHash-2-4: a keyed hash of short texts, here of many texts at once.

**The idea.**  Four numbers of 64 bits start from the key.  Each eight bytes of the text are mixed
into them by additions, rotations and exclusive ors, which are quick and, repeated, can't be undone
without the key.  One NumPy call takes such a step for a few thousand texts.

.. math::
    v &= (k_0 \oplus c_0,\; k_1 \oplus c_1,\; k_0 \oplus c_2,\; k_1 \oplus c_3)   &(1) \\
    m_1 … m_w &= \text{the text, zeros, and its length modulo 256 as the last byte}   &(2) \\
    \mathrm{turn}_r(a, b) &:\; a \leftarrow a + b,\; b \leftarrow (b \lll r) \oplus a   &(3) \\
    \mathrm{round} &:\; \mathrm{turn}_{13}(v_0, v_1),\; v_0 \lll 32,\;
        \mathrm{turn}_{16}(v_2, v_3),\; \mathrm{turn}_{17}(v_2, v_1),\; v_2 \lll 32,\;
        \mathrm{turn}_{21}(v_0, v_3)   &(4) \\
    \text{each } m_i &:\; v_3 \leftarrow v_3 \oplus m_i,\; \text{two rounds},\;
        v_0 \leftarrow v_0 \oplus m_i   &(5) \\
    h &= v_0 \oplus v_1 \oplus v_2 \oplus v_3 \;\text{ after }\;
        v_2 \leftarrow v_2 \oplus \texttt{ff} \text{ and four rounds}   &(6)

128 bits (from the authors' own program, not the paper): ``ee`` is mixed into :math:`v_1` in Eq. 1,
and instead of ``ff`` in Eq. 6; ``dd`` into :math:`v_1` and four more rounds give the other half.

==========  ==================================================================
symbol      name in the code
==========  ==================================================================
k0, k1      ``key``, 16 bytes, the lowest first
c0 … c3     ``CONSTANTS``
m_i         ``words``, one of each text
v           ``state``, (4, texts)
turn        ``add_and_turn``
a <<< r     ``rotate_left``
==========  ==================================================================

**When it fails.**  It is no fingerprint: whoever knows the key finds two texts with the same 64
bits after some 2^32 trials.

Reference: Aumasson & Bernstein (2012), SipHash: a fast short-input PRF.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

KEY_BYTES = 16
WORD = 8  # bytes
CHUNK = 16_384  # texts: their state is half a megabyte, which stays in the cache between steps
# The four texts of Eq. 1 are "somepseudorandomlygeneratedbytes".
CONSTANTS = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
# Which bits of a last word are text, by the number of bytes of text in it: (8,)
KEPT = np.array([(1 << 8 * n) - 1 for n in range(WORD)], dtype=np.uint64)


def siphash(data: NDArray[np.uint8], starts: NDArray[np.int64], key: bytes) -> Words:
    """Return the SipHash-2-4 of each text, 64 bits: (n,).

    Parameters
    ----------
    data : uint8 (bytes,)
        The texts, one after the other.
    starts : int64 (n + 1,)
        Where each text begins in ``data``, and where the last one ends.
    key : 16 bytes

    Raises
    ------
    ValueError
        If the key isn't of 16 bytes.

    Examples
    --------
    >>> text = np.frombuffer(bytes(range(15)), np.uint8)
    >>> print(*map(hex, siphash(text, np.array([0, 15]), bytes(range(16)))))
    0xa129ca6149be45e5
    """
    return _hashed(data, starts, key, halves=1)[:, 0]


def siphash_128(data: NDArray[np.uint8], starts: NDArray[np.int64], key: bytes) -> Words:
    """Return 128 bits of each text: (n, 2).  Parameters and errors as :func:`siphash`."""
    return _hashed(data, starts, key, halves=2)


def _hashed(
    data: NDArray[np.uint8], starts: NDArray[np.int64], key: bytes, halves: int
) -> Words:
    if len(key) != KEY_BYTES:
        raise ValueError(f"key must be {KEY_BYTES} bytes; got {len(key)}.")
    start, end = starts[[0, -1]]
    data = np.concatenate([data[start:end], np.zeros(WORD, np.uint8)])  # read beyond the last text
    starts, lengths = starts[:-1] - start, np.diff(starts)
    order = longest_first(lengths // WORD)
    out = np.empty((len(order), halves), dtype=np.uint64)
    for first in range(0, len(order), CHUNK):
        rows = order[first : first + CHUNK]
        out[rows] = _hashed_chunk(data, starts[rows], lengths[rows], key, halves)
    return out


def _hashed_chunk(
    data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64], key: bytes,
    halves: int,
) -> Words:
    """Hash texts that come with the longest first: those with a word left are the first ones."""
    everywhere = np.ndarray(len(data) - WORD + 1, "<u8", data, strides=(1,))  # from each byte on
    n_words = lengths // WORD + 1
    state = initial(key, len(starts), halves)
    for i in range(n_words[0]):
        left, next_left = np.count_nonzero(n_words > i), np.count_nonzero(n_words > i + 1)
        words = everywhere[starts[:left] + WORD * i].astype(np.uint64, copy=False)
        words[next_left:] = last_words(words[next_left:], lengths[next_left:left])
        mix_in(state[:, :left], words)
    return finished(state, halves)


def longest_first(sizes: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the order of falling sizes (n,), as they come where equal."""
    smaller_by = sizes.max(initial=0) - sizes
    narrow = smaller_by.astype(np.min_scalar_type(smaller_by.max(initial=0)))
    return np.argsort(narrow, kind="stable")  # of small numbers: by counting, without comparisons


def last_words(words: Words, lengths: NDArray[np.int64]) -> Words:
    """Return the last word of each text: what is left of it, zeros, and its length (n,)."""
    return (words & KEPT[lengths % WORD]) | (lengths.astype(np.uint64) << np.uint64(56))  # Eq. 2


def initial(key: bytes, n: int, halves: int = 1) -> Words:
    """Return the state before the first word: (4, n)."""
    k = np.frombuffer(key, "<u8").astype(np.uint64)
    v = np.array(CONSTANTS, dtype=np.uint64) ^ k[[0, 1, 0, 1]]  # Eq. 1
    v[1] ^= np.uint64(0xEE if halves == 2 else 0)
    return np.repeat(v[:, None], n, axis=1)


def mix_in(state: Words, words: Words) -> None:
    """Mix one word into the state of each text, in place."""
    state[3] ^= words  # Eq. 5
    rounds(state, 2)
    state[0] ^= words


def finished(state: Words, halves: int = 1) -> Words:
    """Return the hashes (n, halves) of texts whose words are all mixed in."""
    out = np.empty((state.shape[1], halves), dtype=np.uint64)
    state[2] ^= 0xEE if halves == 2 else 0xFF
    for half in range(halves):
        state[1] ^= 0xDD if half else 0
        rounds(state, 4)
        out[:, half] = state[0] ^ state[1] ^ state[2] ^ state[3]  # Eq. 6
    return out


def rounds(state: Words, number: int) -> None:
    """Turn the four numbers of each text over, in place."""
    v0, v1, v2, v3 = state
    for _ in range(number):
        add_and_turn(v0, v1, 13)  # Eq. 4
        rotate_left(v0, 32)
        add_and_turn(v2, v3, 16)
        add_and_turn(v2, v1, 17)
        rotate_left(v2, 32)
        add_and_turn(v0, v3, 21)


def add_and_turn(a: Words, b: Words, bits: int) -> None:
    """Add ``b`` to ``a`` (modulo 2^64), rotate ``b``, and mix ``a`` into it."""
    a += b
    rotate_left(b, bits)
    b ^= a  # Eq. 3


def rotate_left(v: Words, bits: int) -> None:
    """Rotate the 64 bits of each number, in place."""
    out_on_the_left = v >> (64 - bits)
    v <<= bits
    v |= out_on_the_left
