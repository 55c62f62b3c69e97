"""One file for a fitted technique: JSON and plain arrays in a zip, with a checksum.

Nothing is pickled, so that opening a file from a stranger runs no code.  Values that JSON lacks
carry a tag, such as ``{"$date": "2020-01-31"}``; arrays are stored beside the JSON as ``.npy``.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DamagedFileError, DataError
from synthkit.tables import ColumnSpec, Schema, TableEncoder, encoder, storage

FORMAT = "synthkit-technique"
VERSION = 1
_PARTS: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        ColumnSpec, Schema, encoder.RankLine, encoder.LevelLine, encoder.Constant,
        storage.TickScale, storage.Surrogates,
    )
}  # fmt: skip
# Scalars that JSON lacks: type -> (tag, to text, from text).
_SCALARS: dict[type, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = {
    pd.Timestamp: ("$timestamp", lambda x: x.isoformat(), pd.Timestamp),
    pd.Timedelta: ("$timedelta", lambda x: x.isoformat(), pd.Timedelta),
    dt.datetime: ("$datetime", lambda x: x.isoformat(), dt.datetime.fromisoformat),
    dt.date: ("$date", lambda x: x.isoformat(), dt.date.fromisoformat),
    pd.Period: ("$period", lambda x: f"{x.ordinal} {x.freqstr}", lambda text: _period(text)),
    dt.timedelta: (
        "$pytimedelta",
        lambda x: f"{x.days} {x.seconds} {x.microseconds}",
        lambda text: dt.timedelta(*map(int, text.split())),
    ),
    dt.time: ("$time", lambda x: x.isoformat(), dt.time.fromisoformat),
    Decimal: ("$decimal", str, Decimal),
    float: ("$float", lambda x: repr(float(x)), float),  # nan and inf only; others are JSON
}


def save(path: str | Path, name: str, parameters: dict[str, Any], state: dict[str, Any]) -> None:
    """Write a technique; the previous file is replaced only when the new one is complete."""
    arrays: list[np.ndarray] = []
    payload = {"parameters": to_json(parameters, arrays), "state": to_json(state, arrays)}
    files = {"state.json": json.dumps(payload, allow_nan=False).encode()}
    for k, array in enumerate(arrays):
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        files[f"{k}.npy"] = buffer.getvalue()
    header = {
        "format": FORMAT,
        "version": VERSION,
        "technique": name,
        "sha256": {file: hashlib.sha256(content).hexdigest() for file, content in files.items()},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file, content in {"header.json": json.dumps(header).encode(), **files}.items():
            # A fixed date: the same technique is the same bytes.
            archive.writestr(zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0)), content)
    write_atomically(Path(path), buffer.getvalue())


def load(path: str | Path) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return ``(name, parameters, state)``. Raises DamagedFileError; executes nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            header = json.loads(archive.read("header.json"))
            if header["format"] != FORMAT or header["version"] != VERSION:
                raise ValueError(f"format {header['format']!r}, version {header['version']!r}")
            files = {file: archive.read(file) for file in header["sha256"]}
        for file, content in files.items():
            if hashlib.sha256(content).hexdigest() != header["sha256"][file]:
                raise ValueError(f"the checksum of {file} differs")
        payload = json.loads(files["state.json"])
        arrays = [
            np.load(io.BytesIO(files[f"{k}.npy"]), allow_pickle=False)
            for k in range(len(files) - 1)
        ]
        parameters, state = (from_json(payload[key], arrays) for key in ("parameters", "state"))
        return str(header["technique"]), parameters, state
    except FileNotFoundError:
        raise
    except Exception as error:
        raise DamagedFileError(
            f"{Path(path).name} must be a file that save() wrote; it is damaged or foreign "
            f"({error}). Nothing in it was executed. Save the technique again."
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that after a crash either the old or the new one is there, whole."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def to_json(value: Any, arrays: list[np.ndarray]) -> Any:
    """Return ``value`` as JSON; numeric arrays are appended to ``arrays``."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if value is pd.NA or value is pd.NaT:
        return {"$missing": "NA" if value is pd.NA else "NaT"}
    if isinstance(value, (int, np.integer, np.bool_)):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        return float(value)
    for kind, (tag, write, _) in _SCALARS.items():
        if isinstance(value, kind):
            return {tag: write(value)}
    if isinstance(value, np.ndarray) and value.dtype != object:
        arrays.append(value)
        return {"$array": len(arrays) - 1}
    if isinstance(value, np.ndarray):
        return {"$objects": [to_json(cell, arrays) for cell in value.ravel()], "shape": value.shape}
    if isinstance(value, dict):
        return {"$dict": [[to_json(k, arrays), to_json(v, arrays)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        cells = [to_json(cell, arrays) for cell in value]
        return cells if isinstance(value, list) else {"$tuple": cells}
    if isinstance(value, TableEncoder):
        parts = [to_json(part, arrays) for part in (value.schema, value.bins, value.lines)]
        return {"$encoder": parts}
    if type(value).__name__ in _PARTS:
        fields = [to_json(getattr(value, f.name), arrays) for f in dataclasses.fields(value)]
        return {f"${type(value).__name__}": fields}
    if isinstance(value, pd.DataFrame):
        columns = [[to_json(c, arrays), _column(value[c].array, arrays)] for c in value.columns]
        return {"$frame": columns}
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return _column(value, arrays)
    if isinstance(value, (np.dtype, pd.api.extensions.ExtensionDtype)):
        return _dtype_to_json(value, arrays)
    if hasattr(value, "_get_state"):  # a technique within a technique
        parts = [value.name, value.get_params(deep=False), value._get_state()]
        return {"$technique": [to_json(part, arrays) for part in parts]}
    raise DataError(
        f"a saved value must be plain data; got {type(value).__name__}. "
        "Turn the column's cells into text or numbers before fitting."
    )


def from_json(value: Any, arrays: list[np.ndarray]) -> Any:
    """Undo ``to_json``. Raises ValueError or KeyError on anything it doesn't know."""
    if isinstance(value, list):
        return [from_json(cell, arrays) for cell in value]
    if not isinstance(value, dict):
        return value
    tag, content = next(iter(value.items()))
    if tag == "$array":
        return arrays[content]
    if tag == "$objects":
        cells = np.empty(len(content), dtype=object)
        cells[:] = [from_json(cell, arrays) for cell in content]
        return cells.reshape(value["shape"])
    if tag == "$missing":
        return {"NA": pd.NA, "NaT": pd.NaT}[content]
    if tag == "$dict":
        return {from_json(k, arrays): from_json(v, arrays) for k, v in content}
    if tag == "$dtype":
        return _dtype_from_json(content, arrays)
    if tag == "$frame":
        names = [from_json(name, arrays) for name, _ in content]
        columns = [from_json(cells, arrays) for _, cells in content]
        series = [pd.Series(c, dtype=c.dtype) for c in columns]  # else objects become datetimes
        frame = pd.DataFrame(dict(enumerate(series)))
        frame.columns = pd.Index(names)
        return frame
    if tag == "$technique":
        from synthkit.techniques import technique_class

        name, parameters, state = (from_json(part, arrays) for part in content)
        technique = technique_class(name)(**parameters)
        technique._set_state(state)
        return technique
    for read_tag, _, read in _SCALARS.values():
        if tag == read_tag:
            return read(content)
    parts = [from_json(part, arrays) for part in content]
    if tag == "$tuple":
        return tuple(parts)
    if tag == "$column":
        dtype, cells = parts
        if isinstance(cells, list):
            return _nullable(dtype, *cells)
        made = pd.Series(cells, dtype=dtype)
        return made.to_numpy() if isinstance(made.dtype, np.dtype) else made.array
    if tag == "$encoder":
        loaded = TableEncoder(parts[0], parts[1])
        loaded.lines = parts[2]
        loaded._index()
        return loaded
    return _PARTS[tag[1:]](*parts)


def _period(text: str) -> pd.Period:
    ordinal, _, frequency = text.partition(" ")
    return pd.Period(ordinal=int(ordinal), freq=frequency)


def _column(cells: Any, arrays: list[np.ndarray]) -> Any:
    """One pandas array: its dtype and its cells."""
    if type(cells) is pd.arrays.NumpyExtensionArray:  # not a subclass: text has a dtype of its own
        cells = cells.to_numpy()
    dtype = cells.dtype
    plain = isinstance(dtype, np.dtype) and not dtype.hasobject
    within = getattr(dtype, "numpy_dtype", None)  # of nullable numbers, here or in Arrow
    if isinstance(within, np.dtype) and within.kind in "iufb":
        values = cells.to_numpy(dtype=within, na_value=within.type(0).item())
        pair = [to_json(values, arrays), to_json(np.asarray(cells.isna()), arrays)]
        return {"$column": [_dtype_to_json(dtype, arrays), pair]}
    content = np.asarray(cells) if plain else np.array([*cells, None], dtype=object)[:-1]
    return {"$column": [_dtype_to_json(dtype, arrays), to_json(content, arrays)]}


def _nullable(dtype: Any, values: np.ndarray, missing: np.ndarray) -> Any:
    """Put numbers (n,) and where they are missing (n,) together again, as pandas keeps them."""
    kept_as: Any = dtype.construct_array_type()
    if isinstance(dtype, pd.ArrowDtype):
        import pyarrow as pa

        return kept_as(pa.array(values, type=dtype.pyarrow_dtype, mask=missing))
    return kept_as(values, missing)


def _dtype_to_json(dtype: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(dtype, pd.CategoricalDtype):
        return {"$dtype": ["category", _column(dtype.categories.array, arrays), dtype.ordered]}
    if isinstance(dtype, pd.ArrowDtype):
        import pyarrow as pa

        schema = pa.schema([pa.field("", dtype.pyarrow_dtype)]).serialize().to_pybytes()
        return {"$dtype": ["arrow", base64.b64encode(schema).decode()]}
    if isinstance(dtype, pd.StringDtype):
        return {"$dtype": ["string", dtype.storage, "NA" if dtype.na_value is pd.NA else "nan"]}
    return {"$dtype": ["name", str(dtype)]}


def _dtype_from_json(content: list[Any], arrays: list[np.ndarray]) -> Any:
    kind, first, *rest = content
    if kind == "category":
        return pd.CategoricalDtype(pd.Index(from_json(first, arrays)), ordered=rest[0])
    if kind == "arrow":
        import pyarrow as pa

        return pd.ArrowDtype(pa.ipc.read_schema(pa.py_buffer(base64.b64decode(first)))[0].type)
    if kind == "string":
        return pd.StringDtype(first, na_value=pd.NA if rest[0] == "NA" else np.nan)
    return pd.api.types.pandas_dtype(first)
