r"""FF1: format-preserving encryption (NIST SP 800-38G), for many numbers at once.

**The idea.**  A card number must become another string of 16 digits, reversibly, with a key.  Cut
the digits into halves A and B.  Ten times: let AES turn (round, B) into a huge number y, replace A
by A + y in the same number of digits, and swap the halves.  Adding can be undone by subtracting,
so the whole is a permutation of the strings of that length: no two inputs share an output.

.. math::
    P &= [1][2][1] \,[radix]^3 [10] [u \bmod 256] [n]^4 [t]^4              &(1) \\
    Q &= T \,\|\, 0^{(-t-b-1) \bmod 16} \,\|\, [i] \,\|\, [NUM(B)]^b         &(2) \\
    R &= \mathrm{CBC\text{-}MAC}_K(P \,\|\, Q)                             &(3) \\
    S &= \text{first } d \text{ bytes of } R \,\|\, E_K(R \oplus [1]) \,\|\, \cdots   &(4) \\
    C &= (NUM(A) + NUM(S)) \bmod radix^m; \quad A, B \leftarrow B, C       &(5)

=============  ====================================================================
symbol         name in the code
=============  ====================================================================
radix, n       ``radix``, ``n``: size of the alphabet, length of the strings
u, v           ``u = n // 2``, ``v = n - u``: lengths of the halves; m is u or v
T, t           ``tweak`` and its length in bytes: public, one per domain
b, d           bytes that hold radix^v; bytes of S (d = 4 ceil(b/4) + 4)
K              the AES key of 16, 24 or 32 bytes
=============  ====================================================================

**Where this differs from the standard.**  Nothing in the numbers: NIST's nine samples come out.
All rows go through a round together, so AES is called on one long buffer (ECB over the blocks of
all rows is what CBC-MAC does for each).  Domains below 10^6 are refused, as the second draft of
Revision 1 (2025) demands.  This is not a validated module (that needs CMVP).

**When it fails.**  Equal inputs give equal outputs under one key and tweak, so frequencies
survive; a domain of few strings can be tried out; whoever has the key has the originals.

References: NIST SP 800-38G (2016), and Revision 1, second public draft (2025).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthkit.errors import DataError, MissingExtraError, ParameterError

ROUNDS = 10
MIN_DOMAIN = 10**6  # SP 800-38G Rev. 1: fewer strings than this can be tried out one by one
WORD = 2**64
CHUNK_ROWS = 16_384  # rows that go through the rounds together: their numbers fit the cache
Words = NDArray[np.uint64]  # bytes, eight to a word, as they lie in memory


class FF1:
    """A permutation of the strings of each length over an alphabet, chosen by a key.

    Parameters
    ----------
    key : bytes
        16, 24 or 32 bytes.
    radix : int, default 10
        Size of the alphabet, 2 … 65,536.
    tweak : bytes, default b""
        Public text that makes one key give many permutations: one per domain.

    Raises
    ------
    ParameterError
        For a key of another length or a radix out of range.
    MissingExtraError
        Without the package ``cryptography``.

    Examples
    --------
    >>> cipher = FF1(bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C"))
    >>> digits = np.array([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]])
    >>> cipher.encrypt(digits)
    array([[2, 4, 3, 3, 4, 7, 7, 4, 8, 4]], dtype=uint16)
    """

    def __init__(self, key: Any, radix: int = 10, tweak: bytes = b"") -> None:
        if not isinstance(key, bytes) or len(key) not in (16, 24, 32):
            got = f"{len(key)} bytes" if isinstance(key, bytes) else type(key).__name__
            raise ParameterError(
                f"key must be 16, 24 or 32 bytes; got {got}. "
                "Make one with MaskingKey.new(), or secrets.token_bytes(32)."
            )
        if not 2 <= radix <= 2**16:
            raise ParameterError(
                f"radix must be from 2 to 65,536; got {radix}. Digits have radix 10."
            )
        self._aes = _aes_ecb(key)
        self.radix = int(radix)
        self.tweak = bytes(tweak)

    def __repr__(self) -> str:
        return f"FF1(key=<hidden>, radix={self.radix})"

    def encrypt(self, numerals: NDArray[Any]) -> NDArray[np.uint16]:
        """Return the encrypted numerals; both of shape (rows, n), each numeral < radix.

        Raises
        ------
        DataError
            If radix^n < 10^6, or a numeral is not in 0 … radix - 1.
        """
        return self._all_rows(numerals, range(ROUNDS), decrypting=False)

    def decrypt(self, numerals: NDArray[Any]) -> NDArray[np.uint16]:
        """Undo :meth:`encrypt`."""
        return self._all_rows(numerals, range(ROUNDS - 1, -1, -1), decrypting=True)

    def _all_rows(
        self, numerals: NDArray[Any], rounds: range, decrypting: bool
    ) -> NDArray[np.uint16]:
        numerals = _checked_numerals(numerals, self.radix)
        done = np.empty(numerals.shape, dtype=np.uint16)
        for start in range(0, len(numerals), CHUNK_ROWS):
            chunk = slice(start, start + CHUNK_ROWS)
            done[chunk] = self._feistel(numerals[chunk], rounds, decrypting)
        return done

    def _feistel(
        self, numerals: NDArray[Any], rounds: range, decrypting: bool
    ) -> NDArray[np.uint16]:
        n = numerals.shape[1]
        u, v = n // 2, n - n // 2
        a, b = to_numbers(numerals[:, :u], self.radix), to_numbers(numerals[:, u:], self.radix)
        n_bytes = -(-(self.radix**v - 1).bit_length() // 8)
        d = 4 * -(-n_bytes // 4) + 4
        start = self._aes_blocks(_first_block(self.radix, u, n, len(self.tweak)))
        for i in rounds:
            modulus = self.radix ** (u if i % 2 == 0 else v)
            known, changed = (b, a) if not decrypting else (a, b)
            y = reduced(self._stream(start, i, known, n_bytes, d), d, modulus)  # (rows,) NUM(S)
            c = _add(changed, y, modulus) if not decrypting else _subtract(changed, y, modulus)
            a, b = (b, c) if not decrypting else (c, a)  # Eq. 5
        return np.hstack([to_numerals(a, u, self.radix), to_numerals(b, v, self.radix)])

    def _aes_blocks(self, blocks: Words) -> Words:
        """E_K of each block; (rows, 2) -> (rows, 2)."""
        made = np.empty((len(blocks) + 1, 2), dtype=np.uint64)  # one more, as AES asks for room
        self._aes.update_into(blocks.data.cast("B"), made.data.cast("B"))
        return made[:-1]

    def _stream(
        self, start: Words, i: int, number: NDArray[Any], n_bytes: int, d: int
    ) -> Words:
        """S of each row in round ``i``, from the MAC of its blocks; (rows, words), d bytes used."""
        head = self.tweak + bytes((-len(self.tweak) - n_bytes - 1) % 16) + bytes([i])
        mac = start  # (1, 2): the same for all rows, up to the first block that holds a number
        for q in _second_blocks(head, number, n_bytes):
            mac = self._aes_blocks(_xor(mac, q))  # Eq. 3
        pieces = [mac]
        for j in range(1, -(-d // 16)):
            pieces.append(self._aes_blocks(_xor(mac, _words(j.to_bytes(16, "big")))))  # Eq. 4
        return np.hstack(pieces) if len(pieces) > 1 else mac


def check_domain(radix: int, n: int) -> None:
    """Refuse strings of which there are fewer than 10^6."""
    if radix**n < MIN_DOMAIN:
        raise DataError(
            f"format-preserving encryption must have at least 10^6 possible strings; got "
            f"{radix}^{n} = {radix**n:,}. Use action 'pseudonymise' or 'redact' for short codes."
        )


# --- blocks ------------------------------------------------------------------------------------


def _words(block: bytes) -> Words:
    """Return bytes as (blocks, 2) words of eight bytes: XOR of words is eight times as fast."""
    return np.frombuffer(block, dtype=np.uint64).reshape(-1, 2)


def _xor(a: Words, b: Words) -> Words:
    """XOR blocks (1 or rows, 2) word by word: NumPy is four times as slow on rows of two."""
    made = np.empty((max(len(a), len(b)), 2), dtype=np.uint64)
    for word in range(2):
        np.bitwise_xor(a[:, word], b[:, word], out=made[:, word])
    return made


def _big_endian(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers to the words in which they lie highest byte first, or back."""
    return x.astype(">u8").view(np.uint64)


def _first_block(radix: int, u: int, n: int, tweak_length: int) -> Words:
    """P of shape (1, 2)."""
    block = (
        bytes([1, 2, 1])
        + radix.to_bytes(3, "big")
        + bytes([ROUNDS, u % 256])
        + n.to_bytes(4, "big")
        + tweak_length.to_bytes(4, "big")
    )  # Eq. 1
    return _words(block)


def _second_blocks(head: bytes, number: NDArray[Any], n_bytes: int) -> list[Words]:
    """Q, a block (1 or rows, 2) each; ``head`` is what stands before the numbers."""
    if number.dtype == object:
        text = b"".join(head + int(x).to_bytes(n_bytes, "big") for x in number)
        return list(_words(text).reshape(len(number), -1, 2).swapaxes(0, 1))
    fixed = _words(head + bytes(n_bytes))
    # At most seven bytes of number: they lie within the last word of the last block.
    last = np.repeat(fixed[-1:], len(number), axis=0)
    last[:, 1] ^= _big_endian(number)  # Eq. 2
    return [*fixed[:-1, None], last]


# --- whole numbers of any size: uint64 where they fit, Python integers where they don't ---------


def to_numbers(numerals: NDArray[Any], radix: int) -> NDArray[Any]:
    """NUM: the whole number that each row of numerals (rows, m) writes, shape (rows,)."""
    big = radix ** numerals.shape[1] > WORD // 256
    number = np.zeros(len(numerals), dtype=object if big else np.uint64)
    base = radix if big else np.uint64(radix)
    for column in numerals.T:
        number = number * base + column.astype(number.dtype)
    return number


def to_numerals(number: NDArray[Any], m: int, radix: int) -> NDArray[np.uint16]:
    """STR: the m numerals of each number, shape (rows, m)."""
    numerals = np.empty((len(number), m), dtype=np.uint16)
    base = radix if number.dtype == object else np.uint64(radix)
    for j in range(m - 1, -1, -1):
        quotient = number // base
        numerals[:, j] = number - quotient * base
        number = quotient
    return numerals


def reduced(s: Words, d: int, modulus: int) -> NDArray[Any]:
    """NUM(S) mod modulus for the first ``d`` bytes of ``s`` (rows, words), as (rows,).

    Eight bytes are one number.  More go by Horner's rule in pieces so short that the remainder,
    with a piece put behind it, fits 64 bits.
    """
    if modulus > WORD // 256:
        rows = (row.tobytes()[:d] for row in s)
        return np.array([int.from_bytes(row, "big") % modulus for row in rows], dtype=object)
    m = np.uint64(modulus)
    if d == 8:
        return _modulo(_big_endian(s[:, 0]), m)
    width = 4 if modulus <= WORD >> 32 else 2 if modulus <= WORD >> 16 else 1  # d is 4, 8, 12 …
    pieces = np.ascontiguousarray(s).view(f">u{width}")[:, : d // width]
    remainder = np.zeros(len(s), dtype=np.uint64)
    for piece in pieces.T:
        remainder = _modulo(remainder * np.uint64(2 ** (8 * width)) + piece.astype(np.uint64), m)
    return remainder


def _modulo(x: NDArray[np.uint64], m: np.uint64) -> NDArray[np.uint64]:
    return x - x // m * m  # division by one number is vectorised, % is not


def _add(x: NDArray[Any], y: NDArray[Any], modulus: int) -> NDArray[Any]:
    total = _same_type(x, y) + _same_type(y, x)
    return total % modulus if total.dtype == object else _modulo(total, np.uint64(modulus))


def _subtract(x: NDArray[Any], y: NDArray[Any], modulus: int) -> NDArray[Any]:
    x, y = _same_type(x, y), _same_type(y, x)
    m: Any = modulus if x.dtype == object else np.uint64(modulus)
    return (x + (m - y)) % m


def _same_type(x: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    return x.astype(object) if other.dtype == object else x


def _checked_numerals(numerals: NDArray[Any], radix: int) -> NDArray[Any]:
    numerals = np.asarray(numerals)
    if numerals.ndim != 2 or numerals.dtype.kind not in "iu":
        raise DataError(
            f"numerals must be whole numbers of shape (rows, n); got {numerals.dtype} of shape "
            f"{numerals.shape}. Turn '0123' into [[0, 1, 2, 3]]."
        )
    check_domain(radix, numerals.shape[1])
    if numerals.size and (numerals.min() < 0 or numerals.max() >= radix):
        raise DataError(
            f"numerals must be from 0 to {radix - 1}; one is outside. Give the right radix."
        )
    return numerals


def _aes_ecb(key: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError as error:
        raise MissingExtraError(
            "format-preserving encryption needs the package 'cryptography', which is not "
            "installed. Run: pip install 'synthkit-lab[masking]'"
        ) from error
    # ECB on purpose: CBC-MAC of many rows side by side is one independent block a row and step.
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor()
