r"""Keys, keyed pseudonyms, and the vault that can take them back.

**The idea.**  A plain hash hides nothing: whoever has a list of all postcodes hashes the list and
looks the answer up.  A *keyed* hash (a message authentication code) can't be computed without the
key, so equal values still get equal pseudonyms (joins survive) and nobody else can make them.

.. math::
    K_d &= \mathrm{BLAKE2b}_K(d) \quad \text{one key per domain } d   &(1) \\
    h(x) &= \mathrm{SipHash}_{K_d}(x) \quad \text{64 bits for the pseudonym, 64 for dates}   &(2)

SipHash-2-4, made for short texts, takes the first 128 bits of :math:`K_d`; ``siphash`` has its
equations.

The domain, not the table, chooses the key: ``customers.id`` and ``orders.customer_id`` share the
domain ``customer_id`` and so agree; ``email`` and ``name`` do not, so nothing links across.

64 bits make 10^6 values collide with chance 2.7e-8, 32 bits would make 116 collisions; a
collision within a table is looked for all the same, and refused.

**When it fails.**  Equal values stay equal, so frequencies survive; the key undoes everything.
Whoever holds the key holds personal data (GDPR Art. 4(5)).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit import files
from synthkit.errors import DamagedFileError, DataError, MissingExtraError, ParameterError
from synthkit.techniques.masking.siphash import KEY_BYTES, siphash, siphash_128
from synthkit.techniques.masking.texts import Texts, run_of_bytes, to_texts

MIN_KEY_BYTES = 16  # 128 bits: below that, keys can be tried out
# The two hexadecimal digits of each byte, as one number of two bytes: (256,)
HEXADECIMAL = np.frombuffer(bytes(range(256)).hex().encode(), dtype=np.uint16)


class MaskingKey:
    """A secret of at least 16 bytes, which never prints itself.

    Examples
    --------
    >>> key = MaskingKey(bytes(range(32)))
    >>> key
    MaskingKey(<hidden>)
    >>> key.for_domain("email") == MaskingKey(bytes(range(32))).for_domain("email")
    True
    """

    def __init__(self, secret: Any) -> None:
        if not isinstance(secret, bytes) or len(secret) < MIN_KEY_BYTES:
            got = f"{len(secret)} bytes" if isinstance(secret, bytes) else type(secret).__name__
            raise ParameterError(
                f"the masking key must be at least {MIN_KEY_BYTES} bytes; got {got}. "
                "Make one with MaskingKey.new(), or 'synthkit mask --new-key FILE'."
            )
        self._secret = secret

    @classmethod
    def new(cls) -> MaskingKey:
        """Return a fresh key of 32 bytes from the operating system."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> MaskingKey:
        """Read a key file: one line of hexadecimal digits."""
        try:
            text = Path(path).read_text(encoding="ascii").strip()
            secret = bytes.fromhex(text)
        except FileNotFoundError as error:
            raise ParameterError(
                f"the key file must exist; got {str(path)!r}. "
                "Make it once: synthkit mask --new-key FILE."
            ) from error
        except (UnicodeDecodeError, ValueError):
            # Not chained: the message of fromhex may quote the file.
            raise ParameterError(
                f"the key file {str(path)!r} must hold one line of hexadecimal digits. "
                "Make it with: synthkit mask --new-key FILE."
            ) from None
        return cls(secret)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the key file, readable by its owner only; an existing file is left alone."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise ParameterError(
                f"the key file must be new; {str(path)!r} exists. A lost key can't be made "
                "again: choose another name."
            ) from error
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(self._secret.hex() + "\n")

    def for_domain(self, domain: str) -> bytes:
        """Return the 32-byte key of a domain."""
        base = hashlib.blake2b(self._secret, digest_size=32, person=b"synthkit-key").digest()
        return hashlib.blake2b(domain.encode(), key=base, digest_size=32).digest()  # Eq. 1

    def __repr__(self) -> str:
        return "MaskingKey(<hidden>)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaskingKey) and secrets.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self.for_domain("hash"))


def hashed(values: Texts, key: bytes) -> NDArray[np.uint64]:
    """Return 64 keyed bits of each text: (n,)."""
    return siphash(*run_of_bytes(values), key[:KEY_BYTES])  # Eq. 2


def hashed_twice(values: Texts, key: bytes) -> NDArray[np.uint64]:
    """Return 128 keyed bits of each text: (n, 2), of which one half tells nothing of the other."""
    return siphash_128(*run_of_bytes(values), key[:KEY_BYTES])


def tokens(values: Texts, key: bytes) -> Texts:
    """Return a token for each distinct text: (n,)."""
    return to_tokens(hashed_twice(values, key)[:, 0], values)


def to_tokens(bits: NDArray[np.uint64], like: Texts = None, ending: str = "") -> Texts:
    """Write 64 bits as a token: "t", 16 hexadecimal digits, and an ending of the caller's.

    The letter keeps a spreadsheet from reading one as a number.
    """
    octets = bits.astype(">u8").view(np.uint8).reshape(-1, 8)
    chars = np.empty((len(bits), 17 + len(ending)), dtype=np.uint8)
    chars[:, 0] = ord("t")
    chars[:, 1:17] = HEXADECIMAL[octets].view(np.uint8)
    chars[:, 17:] = np.frombuffer(ending.encode("ascii"), np.uint8)
    return to_texts(chars, like)


def refuse_collisions(bits: NDArray[np.uint64], column: str) -> None:
    """Raise if two distinct values got the same 64 bits (2.7e-8 pairs expected among 10^6)."""
    if len(pd.unique(bits)) != len(bits):
        raise DataError(
            f"column {column!r}: two values got the same pseudonym. Use another key."
        )


class Vault:
    """Tokens with their originals, encrypted: what was tokenised can be taken back with the key.

    Parameters
    ----------
    key : MaskingKey

    Notes
    -----
    Each original is sealed with AES-256-GCM under a fresh nonce and bound to its token.  The
    tokens are keyed hashes, so that separate processes and tables agree without sharing a vault.
    """

    def __init__(self, key: MaskingKey) -> None:
        self._aead = _aes_gcm(key.for_domain("vault"))
        self._sealed: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"Vault({len(self)} tokens)"

    def __len__(self) -> int:
        return len(self._sealed)

    def put(self, made: NDArray[Any], originals: NDArray[Any]) -> None:
        """Seal the original of each token that is new."""
        for token, original in zip(made, originals):
            if token not in self._sealed:
                nonce = os.urandom(12)
                plain = original.encode("utf-8", "surrogatepass")
                self._sealed[token] = nonce + self._aead.encrypt(nonce, plain, token.encode())

    def update(self, sealed: Mapping[str, bytes]) -> None:
        """Take over the sealed entries of another vault with the same key."""
        self._sealed.update(sealed)

    @property
    def sealed(self) -> dict[str, bytes]:
        """Token -> encrypted original."""
        return dict(self._sealed)

    def take_back(self, made: Iterable[Any]) -> NDArray[Any]:
        """Return the original of each token; missing cells stay missing.

        Raises
        ------
        DataError
            If a token is not in this vault.
        DamagedFileError
            If the key is another one, or the vault was changed.
        """
        cells = np.array(list(made), dtype=object)
        out = cells.copy()
        for row, token in enumerate(cells):
            if not isinstance(token, str):
                continue
            sealed = self._sealed.get(token)
            if sealed is None:
                raise DataError(
                    f"row {row}: the token must be in this vault; it is not. "
                    "Use the vault that was written when the table was masked."
                )
            out[row] = self._open(token, sealed)
        return out

    def _open(self, token: str, sealed: bytes) -> str:
        from cryptography.exceptions import InvalidTag

        try:
            plain: bytes = self._aead.decrypt(sealed[:12], sealed[12:], token.encode())
        except InvalidTag:
            raise DamagedFileError(
                "the vault can't be opened: wrong key, or the file was changed. "
                "Use the key file with which the table was masked."
            ) from None
        return plain.decode("utf-8", "surrogatepass")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write tokens and sealed originals to a JSON file, readable by its owner only."""
        entries = {token: base64.b64encode(raw).decode() for token, raw in self._sealed.items()}
        text = json.dumps({"synthkit_vault": 1, "tokens": entries})
        with files.replacing(Path(path)) as temporary:
            temporary.chmod(0o600)
            temporary.write_text(text, encoding="ascii")

    @classmethod
    def load(cls, path: str | os.PathLike[str], key: MaskingKey) -> Vault:
        """Read a vault file."""
        vault = cls(key)
        try:
            content = json.loads(Path(path).read_text(encoding="ascii"))
            if content["synthkit_vault"] != 1:
                raise ValueError("version")
            vault._sealed = {
                str(token): base64.b64decode(raw) for token, raw in content["tokens"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DamagedFileError(
                f"{str(path)!r} is not a vault, or it is damaged. Nothing was read from it."
            ) from None
        return vault


def _aes_gcm(key: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise MissingExtraError(
            "tokens that can be taken back need the package 'cryptography', which is not "
            "installed. Run: pip install 'synthkit-lab[masking]'"
        ) from error
    return AESGCM(key)
