"""The mathematics of masking: FF1, keyed hashes, formats, Mondrian, against outside references."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.errors import DamagedFileError, DataError, ParameterError
from synthkit.techniques.masking import FF1, MaskingKey, Vault, formats, mondrian, pseudonyms
from synthkit.techniques.masking.mondrian import homogeneous_share
from synthkit.techniques.masking.risk import uniqueness

pytest.importorskip("cryptography", reason="the extra 'masking' is not installed")

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
KEY = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94"
TWEAK_10, TWEAK_11 = "39383736353433323130", "3737373770717273373737"
# NIST, "FF1 samples": (bytes of the key, radix, tweak, plain, encrypted).
NIST = [
    (16, 10, "", "0123456789", "2433477484"),
    (16, 10, TWEAK_10, "0123456789", "6124200773"),
    (16, 36, TWEAK_11, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (24, 10, "", "0123456789", "2830668132"),
    (24, 10, TWEAK_10, "0123456789", "2496655549"),
    (24, 36, TWEAK_11, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (32, 10, "", "0123456789", "6657667009"),
    (32, 10, TWEAK_10, "0123456789", "1001623463"),
    (32, 36, TWEAK_11, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
]


def numerals(text):
    return np.array([[ALPHABET.index(c) for c in text]])


def written(row):
    return "".join(ALPHABET[i] for i in row)


@pytest.mark.parametrize(("size", "radix", "tweak", "plain", "secret"), NIST)
def test_ff1_gives_nists_nine_samples(size, radix, tweak, plain, secret):
    cipher = FF1(bytes.fromhex(KEY)[:size], radix, bytes.fromhex(tweak))
    made = cipher.encrypt(numerals(plain))
    assert written(made[0]) == secret
    assert written(cipher.decrypt(made)[0]) == plain


@pytest.mark.parametrize(
    ("radix", "n"), [(r, n) for r in (2, 10, 26, 36) for n in (7, 20, 25, 40) if r**n >= 10**6]
)
def test_ff1_agrees_with_an_independent_implementation(radix, n):
    ffx = pytest.importorskip("ffx", reason="libffx, the oracle, is not installed")
    rng = np.random.default_rng([radix, n])
    for tweak in (b"", b"abc", bytes(range(40))):
        x = rng.integers(0, radix, (5, n))
        made = FF1(bytes.fromhex(KEY), radix, tweak).encrypt(x)
        oracle = ffx.FF1(bytes.fromhex(KEY), radix=radix)
        assert [written(r) for r in made] == [oracle.encrypt(written(r), tweak=tweak) for r in x]


def test_ff1_is_a_permutation_and_many_rows_are_each_row():
    cipher = FF1(bytes(16), 10)
    x = np.stack(np.unravel_index(np.arange(10**6), (10,) * 6), axis=1)
    made = cipher.encrypt(x)
    number = made.astype(np.int64) @ 10 ** np.arange(5, -1, -1)
    assert len(np.unique(number)) == 10**6
    assert (made[4711] == cipher.encrypt(x[4711:4712])[0]).all()


@pytest.mark.parametrize(("radix", "n"), [(10, 5), (2, 19), (36, 3)])
def test_ff1_refuses_small_domains(radix, n):
    with pytest.raises(DataError, match=r"at least 10\^6 possible strings"):
        FF1(bytes(16), radix).encrypt(np.zeros((1, n), dtype=int))


def test_ff1_refuses_bad_keys_numerals_and_hides_the_key():
    with pytest.raises(ParameterError, match="16, 24 or 32 bytes; got 15 bytes"):
        FF1(bytes(15))
    with pytest.raises(ParameterError, match="radix must be from 2"):
        FF1(bytes(16), 1)
    with pytest.raises(DataError, match="numerals must be from 0 to 9"):
        FF1(bytes(16)).encrypt(np.full((1, 8), 10))
    assert "hidden" in repr(FF1(b"sixteen bytes ok"))
    assert "sixteen" not in repr(FF1(b"sixteen bytes ok"))


# --- keys and pseudonyms --------------------------------------------------------------------------


def test_a_key_hides_itself_and_separates_domains(tmp_path):
    key = MaskingKey(bytes(range(32)))
    assert "hidden" in repr(key)
    assert key.for_domain("a") != key.for_domain("b")
    key.save(tmp_path / "k.key")
    assert MaskingKey.load(tmp_path / "k.key") == key
    assert (tmp_path / "k.key").stat().st_mode & 0o077 == 0
    with pytest.raises(ParameterError, match="must be new"):
        key.save(tmp_path / "k.key")


def test_a_short_missing_or_damaged_key_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="at least 16 bytes; got 8 bytes"):
        MaskingKey(bytes(8))
    with pytest.raises(ParameterError, match="must exist"):
        MaskingKey.load(tmp_path / "none")
    (tmp_path / "bad").write_text("not hexadecimal")
    with pytest.raises(ParameterError, match="hexadecimal") as caught:
        MaskingKey.load(tmp_path / "bad")
    assert "not hexadecimal" not in str(caught.value)


def test_no_token_collides_where_32_bits_would():
    values = np.array([str(i) for i in range(300_000)], dtype=object)
    bits = pseudonyms.hashed(values, bytes(32))
    assert len(np.unique(bits)) == len(values)
    # The partner: 32 bits of the same hashes. Expected n²/2^33 = 10.5 collisions; none has
    # chance e^-10.5.
    assert len(np.unique(bits.astype(np.uint32))) < len(values)


def test_the_vault_takes_back_with_the_key_only(tmp_path):
    key = MaskingKey(bytes(32))
    vault = Vault(key)
    originals = np.array(["Anna", "Bo"], dtype=object)
    made = pseudonyms.tokens(originals, key.for_domain("d"))
    vault.put(made, originals)
    vault.save(tmp_path / "v.json")
    assert b"Anna" not in (tmp_path / "v.json").read_bytes()
    again = Vault.load(tmp_path / "v.json", key)
    assert list(again.take_back([*made, None])) == ["Anna", "Bo", None]
    with pytest.raises(DamagedFileError, match="wrong key"):
        Vault.load(tmp_path / "v.json", MaskingKey(bytes(31))).take_back(made)
    with pytest.raises(DataError, match="row 0: the token must be in this vault"):
        vault.take_back(["t0"])
    (tmp_path / "v.json").write_text("{}")
    with pytest.raises(DamagedFileError, match="not a vault"):
        Vault.load(tmp_path / "v.json", key)


# --- formats --------------------------------------------------------------------------------------


def luhn(text):
    """Luhn's check as the textbook has it."""
    digits = [int(c) for c in text if c.isdigit()][::-1]
    return (sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])) % 10 == 0


@settings(max_examples=50, deadline=None)
@given(st.integers(13, 19), st.integers(0, 2**32))
def test_masked_cards_pass_luhn_keep_issuer_and_marks(n, seed):
    rng = np.random.default_rng(seed)
    body = "".join(map(str, rng.integers(0, 10, n - 1)))
    card = next(body + str(c) for c in range(10) if luhn(body + str(c)))
    card = " ".join(card[i : i + 4] for i in range(0, n, 4))
    masked, valid = formats.mask_cards(np.array([card], dtype=object), bytes(32))
    assert valid[0]
    assert luhn(masked[0])
    assert masked[0].replace(" ", "")[:6] == card.replace(" ", "")[:6]
    assert [c == " " for c in masked[0]] == [c == " " for c in card]
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert not formats.mask_cards(np.array([wrong], dtype=object), bytes(32))[1][0]


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("+44 20 7946 0958", "+44"),
        ("+1 (212) 555-0123", "+1"),
        ("+351 912 345 678", "+351"),
        ("(555) 010-1234", "(5"),
        ("0049-30-901820", "0049"),
        ("020 7946 0958x12", "0"),
    ],
)
def test_masked_phones_keep_country_and_form(phone, kept):
    masked, valid = formats.mask_phones(np.array([phone], dtype=object), bytes(32))
    assert valid[0]
    assert masked[0] != phone
    assert masked[0].startswith(kept)
    assert [c.isdigit() for c in masked[0]] == [c.isdigit() for c in phone]


@pytest.mark.parametrize("text", ["12", "call me", "+44 20 79x4z", "", "1" * 60, "\x00", "٣٤٥٦٧٨٩"])
def test_what_is_no_phone_is_said_to_be_none(text):
    assert not formats.mask_phones(np.array([text], dtype=object), bytes(32))[1][0]


def test_masked_accounts_have_valid_check_digits():
    ibans = np.array(
        ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "DE88370400440532013000"],
        dtype=object,
    )
    masked, valid = formats.mask_ibans(ibans, bytes(32))
    assert valid.tolist() == [True, True, False]
    assert [formats.iban_remainder(t) for t in masked[:2]] == [1, 1]
    assert masked[0] != ibans[0]


def test_whole_numbers_are_permuted_within_their_range():
    x = np.array([0, 1, 2**52 - 1, 2**52, 2**60, 2**63 - 1], dtype=np.int64)
    masked, valid = formats.mask_integers(x, bytes(32))
    assert valid.all()
    assert (masked[:3] < 2**52).all()
    assert (masked[3:] >= 2**52).all()
    assert (masked < 2**63).all()
    top = formats.mask_integers(np.array([2**63, 2**64 - 1], dtype=np.uint64), bytes(32))[0]
    assert (top >= 2**63).all()
    small = formats.mask_integers(np.arange(50_000), bytes(32))[0]
    assert len(np.unique(small)) == 50_000
    assert formats.mask_integers(np.array([-1, 3]), bytes(32))[1].tolist() == [False, True]


def test_addresses_and_uuids_keep_their_form():
    import ipaddress
    import uuid

    ips = np.array(["10.0.0.1", "2001:db8::1", "300.1.1.1"], dtype=object)
    masked, valid = formats.mask_ips(ips, bytes(32))
    assert valid.tolist() == [True, True, False]
    assert ipaddress.ip_address(masked[0]).version == 4
    assert ipaddress.ip_address(masked[1]).is_private
    ids = np.array(["123e4567-e89b-12d3-a456-426614174000"], dtype=object)
    made = formats.mask_uuids(ids, bytes(32))[0][0]
    assert uuid.UUID(made).version == 4
    assert made != ids[0]


# --- Mondrian -------------------------------------------------------------------------------------


def plain_mondrian(x, k, sides=lambda w: np.argsort(-w, kind="stable")):
    """LeFevre's recursion, one box at a time: the reference for the vectorised version."""
    span = x.max(0) - x.min(0)
    boxes = []

    def cut(rows):
        part = x[rows]
        width = (part.max(0) - part.min(0)) / np.where(span > 0, span, 1)
        for j in sides(width):
            if width[j] == 0:
                continue
            middle = np.median(part[:, j])
            for left in (part[:, j] <= middle, part[:, j] < middle):
                if min(left.sum(), (~left).sum()) >= k:
                    cut(rows[left])
                    cut(rows[~left])
                    return
        boxes.append(rows)

    cut(np.arange(len(x)))
    return boxes


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_all_boxes_at_once_are_the_boxes_one_by_one(k):
    rng = np.random.default_rng(k)
    x = np.column_stack([rng.integers(0, 9, 700), rng.integers(0, 2, 700), rng.normal(size=700)])
    made = mondrian(x, k)
    theirs = {frozenset(b.tolist()) for b in plain_mondrian(x, k)}
    ours = {frozenset(np.flatnonzero(made.box == b).tolist()) for b in range(len(made.sizes))}
    assert ours == theirs


@pytest.fixture(scope="module")
def fair():
    sm = pytest.importorskip("statsmodels.datasets.fair", reason="statsmodels is not installed")
    return sm.load_pandas().data


# k: boxes, information loss, share of rows in homogeneous boxes, prosecutor risk.
PUBLISHED = {
    2: (1931, 0.037, 0.364, 0.303),
    5: (811, 0.108, 0.116, 0.127),
    10: (426, 0.172, 0.031, 0.067),
    50: (87, 0.345, 0.0, 0.014),
}


@pytest.mark.parametrize("k", PUBLISHED)
def test_the_fair_table(fair, k):
    x = fair.drop(columns=["affairs", "rate_marriage"]).to_numpy()
    secret = (fair["affairs"] > 0).to_numpy().astype(int)
    if k == 2:
        unique = pd.DataFrame(x).duplicated(keep=False)
        assert round(1 - unique.mean(), 3) == 0.404
    boxes, loss, homogeneous, risk = PUBLISHED[k]
    made = mondrian(x, k)
    # Sides of equal width are tried in the order of the columns here; the published figures used
    # NumPy's unstable order. That moves boxes by up to 4 % and rates by up to .005 (measured over
    # three orders of ties).
    assert math.isclose(len(made.sizes), boxes, rel_tol=0.04)
    assert abs(made.information_loss() - loss) <= 0.003
    assert abs(homogeneous_share(made.box, secret) - homogeneous) <= 0.005
    assert abs(made.prosecutor_risk - risk) <= 0.003
    diverse = mondrian(x, k, sensitive=secret, l=2)
    assert homogeneous_share(diverse.box, secret) == 0
    close = mondrian(x, k, sensitive=secret, t=0.2)
    share = np.bincount(close.box, secret) / np.bincount(close.box)
    assert np.abs(share - secret.mean()).max() <= 0.2 + 1e-12  # EMD of two values
    # The partner: without t, boxes are farther from the whole table than that.
    share = np.bincount(made.box, secret) / np.bincount(made.box)
    assert np.abs(share - secret.mean()).max() > 0.2


def test_t_counts_near_values_as_near_if_they_are_ordered():
    x = np.arange(8.0)[:, None]
    salary = np.array([1, 2, 3, 4, 5, 6, 7, 8])
    # Two halves {1..4} and {5..8}: by Eq. 4 the ordered distance is (1/7) Σ|cumulative gap| =
    # (1/7)(.125+.25+.375+.5+.375+.25+.125) = 2/7; the unordered one is 1/2.
    assert len(mondrian(x, 4, sensitive=salary, t=0.29, ordered=True).sizes) == 2
    assert len(mondrian(x, 4, sensitive=salary, t=0.28, ordered=True).sizes) == 1
    assert len(mondrian(x, 4, sensitive=salary, t=0.49).sizes) == 1
    assert len(mondrian(x, 4, sensitive=salary, t=0.50).sizes) == 2


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(1, 20), st.integers(1, 4), st.integers(0, 2**32))
def test_every_box_has_k_rows_and_finds_its_rows_again(n, k, d, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 6, (n, d)).astype(float)
    if k > n:
        with pytest.raises(ParameterError, match="k must be at most"):
            mondrian(x, k)
        return
    made = mondrian(x, k)
    assert made.sizes.min() >= k
    assert (np.bincount(made.box, minlength=len(made.sizes)) == made.sizes).all()
    assert (made.tree.assign(x) == made.box).all()
    assert ((x >= made.low[made.box]) & (x <= made.high[made.box])).all()


def test_weights_stand_for_repeated_rows():
    rng = np.random.default_rng(5)
    x = rng.integers(0, 8, (500, 3)).astype(float)
    rows, counts = np.unique(x, axis=0, return_counts=True)
    assert sorted(mondrian(rows, 5, weights=counts).sizes) == sorted(mondrian(x, 5).sizes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be a whole number >= 1"),
        ({"k": 2.5}, "k must be a whole number >= 1"),
        ({"k": 5, "l": 3, "sensitive": [0, 1] * 10}, "l must be at most the number of different"),
        ({"k": 5, "l": 2}, "must have a sensitive column"),
        ({"k": 5, "t": 2.0, "sensitive": [0, 1] * 10}, "t must be in"),
        ({"k": 5, "t": math.nan, "sensitive": [0, 1] * 10}, "t must be in"),
    ],
)
def test_impossible_demands_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        mondrian(np.arange(20.0)[:, None], **options)


@pytest.mark.slow
def test_a_million_rows_take_ten_cpu_seconds():
    import time

    rng = np.random.default_rng(0)
    n = 10**6
    x = np.column_stack(
        [rng.integers(0, m, n) for m in (90, 2, 1000, 12, 5)]
        + [rng.normal(size=n), rng.gamma(2, size=n).round(1)]
    )
    start = time.process_time()
    assert mondrian(x, 5).sizes.min() >= 5
    assert time.process_time() - start <= 10


def test_the_teaching_formula_for_uniqueness():
    assert round(uniqueness(10_000, 57_709), 3) == 0.841
    assert round(uniqueness(500, 2 * 79), 3) == 0.042
