"""Domain values to JSON and back, and their JSON Schema: one mechanism for outputs, caches and tests.

Field names and order are those of `domain`; tuples become arrays. On the way out numbers are rounded to three
decimals (times to the millisecond) and coordinates of vectors to six, so writing twice gives the same bytes.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """The (costly to make) adapter of `kind`, made once."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [round(item, 6) if isinstance(item, float) else _rounded(item) for item in value]
    return value


def to_dict(value: object) -> dict[str, Any]:
    """`value` as plain JSON types, floats rounded to three decimals, `schema_version` first."""
    plain: dict[str, Any] = _rounded(_adapter(type(value)).dump_python(value, mode="json"))
    version = {"schema_version": plain.pop("schema_version")} if "schema_version" in plain else {}
    return version | plain


def to_json(value: object, indent: int | None = None) -> str:
    """`value` as one JSON document."""
    import json

    return json.dumps(to_dict(value), ensure_ascii=False, indent=indent)


def from_json(kind: type[T], text: str | bytes) -> T:
    """The `kind` that `text` holds. Raises pydantic.ValidationError, a ValueError, if it does not."""
    return _adapter(kind).validate_json(text)


def schema(kind: type[T]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `kind` as it is written."""
    return _adapter(kind).json_schema(mode="serialization")


def from_dict(kind: type[T], plain: Any) -> T:
    """The `kind` that `plain`, made of JSON types, describes. Raises pydantic.ValidationError if it does not."""
    return _adapter(kind).validate_python(plain)
