"""SipHash-2-4 of many texts at once, against the authors' vectors and a scalar version."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.techniques.masking import pseudonyms, siphash

KEY = bytes(range(16))
# So many bytes 00, 01, 02 … -> hash, lowest byte first.  The 15 are the example in the paper's
# appendix A; the others, and those of 128 bits, are what OpenSSL 3.0 prints, for instance
# openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:16 -in FILE SIPHASH
VECTORS = {
    0: ("310E0EDD47DB6F72", "A3817F04BA25A8E66DF67214C7550293"),
    1: ("FD67DC93C539F874", "DA87C1D86B99AF44347659119B22FC45"),
    15: ("E545BE4961CA29A1", "5493E99933B0A8117E08EC0F97CFC3D9"),
    40: ("D0A704536BA93E0E", "DF6A301E95C95DAD97AE0CC8C6913BD8"),
    300: ("397811B60D710B4B", "CE005A406D14B36D5386B5F7A7E1B311"),
}


def scalar_siphash(text, key, double=False):
    """Return SipHash-2-4 of one text in whole numbers, written from the paper alone."""
    k0, k1 = (int.from_bytes(key[i : i + 8], "little") for i in (0, 8))
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D,
         k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]  # fmt: skip
    v[1] ^= 0xEE if double else 0

    def turned(x, bits):
        return ((x << bits) | (x >> (64 - bits))) & (2**64 - 1)

    def rounds(number):
        for _ in range(number):
            for a, b, bits, whole in ((0, 1, 13, True), (2, 3, 16, False),
                                      (0, 3, 21, False), (2, 1, 17, True)):  # fmt: skip
                v[a] = (v[a] + v[b]) % 2**64
                v[b] = turned(v[b], bits) ^ v[a]
                if whole:
                    v[a] = turned(v[a], 32)

    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) % 256])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i : i + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xEE if double else 0xFF
    rounds(4)
    first = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    rounds(4)
    return (first, v[0] ^ v[1] ^ v[2] ^ v[3]) if double else first


def run_of(texts):
    """Texts as the module takes them."""
    starts = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    return np.frombuffer(b"".join(texts), np.uint8), starts


def written(words):
    """Bytes of 64-bit numbers, the lowest first."""
    return np.array(words, dtype="<u8").tobytes().hex().upper()


@pytest.mark.parametrize("length", VECTORS)
def test_the_vectors(length):
    text = bytes(i % 256 for i in range(length))
    short, long = VECTORS[length]
    assert written(siphash.siphash(*run_of([text]), KEY)) == short
    assert written(siphash.siphash_128(*run_of([text]), KEY)) == long
    assert written([scalar_siphash(text, KEY)]) == short
    assert written([scalar_siphash(text, KEY, double=True)]) == long


def test_the_number_in_the_paper():
    assert siphash.siphash(*run_of([bytes(range(15))]), KEY).tolist() == [0xA129CA6149BE45E5]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=12), st.binary(min_size=16, max_size=16),
       st.integers(1, 5))  # fmt: skip
def test_many_texts_at_once_are_each_text_alone(texts, key, chunk):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(siphash, "CHUNK", chunk)
        one = siphash.siphash(*run_of(texts), key)
        two = siphash.siphash_128(*run_of(texts), key)
    assert one.tolist() == [scalar_siphash(text, key) for text in texts]
    assert [tuple(pair) for pair in two.tolist()] == [
        scalar_siphash(text, key, double=True) for text in texts
    ]


def test_texts_of_every_length_up_to_600_bytes_in_any_order():
    rng = np.random.default_rng(0)
    texts = [rng.bytes(n) for n in rng.permutation(600)]  # the length is written modulo 256
    made = siphash.siphash(*run_of(texts), KEY)
    assert made.tolist() == [scalar_siphash(text, KEY) for text in texts]


def test_what_stands_around_the_texts_changes_nothing():
    data, starts = run_of([b"left out", b"ann", b"", b"bo@example.org", b"left out too"])
    inner = siphash.siphash(data, starts[1:-1], KEY)
    assert inner.tolist() == [scalar_siphash(t, KEY) for t in (b"ann", b"", b"bo@example.org")]


def test_a_token_is_the_first_half_of_the_128_bits():
    """The key is the first 128 bits of the domain's; any bit of those makes another token."""
    key = pseudonyms.MaskingKey(bytes(32)).for_domain("d")
    texts = np.array(["anna@example.org", "ü", ""], dtype=object)
    halves = [scalar_siphash(text.encode(), key[:16], double=True)[0] for text in texts]
    assert pseudonyms.tokens(texts, key).tolist() == [f"t{half:016x}" for half in halves]
    other = bytes([key[0] ^ 1]) + key[1:]
    assert not set(pseudonyms.tokens(texts, other)) & set(pseudonyms.tokens(texts, key))


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_key_of_another_size_is_refused(size):
    with pytest.raises(ValueError, match=f"key must be 16 bytes; got {size}"):
        siphash.siphash(*run_of([b"ann"]), bytes(size))
