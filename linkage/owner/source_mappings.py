"""Ready-made mappings of well-known tables (``configs/sources/*.toml``), which a profile names and overrides key by key.

The rules of this room:
1. A mapping says nothing about where a table lies or how to get in: only about columns, words and formats.
2. What the profile says wins over the mapping, table by table down to the single key; null words add up.
3. Columns that only the mapping names may be absent from the table; columns that the profile names may not.
"""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from linkage.protocol.errors import InvalidProfile

FORMAT = "trilink/source-mapping/v1"
LOCAL = ("mapping", "path", "url", "query", "password_variable")  # rule 1
HERE = Path(__file__).resolve().parents[2] / "configs" / "sources"

Document = dict[str, Any]


def with_mappings(document: Document) -> Document:
    """The profile's document with each source laid over the mapping that it names. Raises InvalidProfile."""
    sources = document.get("sources")
    if not isinstance(sources, dict):
        return document
    return document | {"sources": {entity: _with_mapping(entity, source) for entity, source in sources.items()}}


def _with_mapping(entity: str, source: Any) -> Any:
    if not isinstance(source, dict) or "mapping" not in source:
        return source
    named = source["mapping"]
    path = named if isinstance(named, Path) else shipped(str(named))
    problem, mapped = _mapped(path, entity)
    if problem:
        raise InvalidProfile(f"sources.{entity}.mapping: {path.name}: {problem}")
    merged = _laid_over(mapped, source)
    own = source["columns"] if isinstance(source.get("columns"), dict) else {}
    merged["optional"] = sorted({*mapped.get("columns", {}), *merged.get("optional", ())} - set(own))
    return merged


def shipped(name: str) -> Path:
    """The file of a ready-made mapping, in a checkout or installed."""
    folder = HERE if HERE.is_dir() else Path(str(files("linkage") / "configs" / "sources"))
    path = folder / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.toml")))
        raise InvalidProfile(f"mapping {name!r}: expected a path that ends in .toml, or one of {known}")
    return path


def _mapped(path: Path, entity: str) -> tuple[str, Document]:
    """What is wrong with the mapping ("" if nothing), and its table for this entity type."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return "no such file", {}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return f"not TOML: {error}", {}
    if document.get("format") != FORMAT:
        return f"format: expected {FORMAT}", {}
    entities = document.get("entities")
    mapped = entities.get(entity) if isinstance(entities, dict) else None
    if not isinstance(entities, dict) or not isinstance(mapped, dict):
        return f"maps no {entity}, only {', '.join(entities) if isinstance(entities, dict) else 'nothing'}", {}
    local = [key for key in LOCAL if key in mapped]
    if local:
        return f"entities.{entity}.{local[0]}: belongs in the profile", {}
    return "", mapped


def _laid_over(below: Document, above: Document) -> Document:
    merged = dict(below)
    for key, value in above.items():
        under = below.get(key)
        if isinstance(under, dict) and isinstance(value, dict) and "columns" not in value:
            merged[key] = _laid_over(under, value)
        elif key == "null_words" and isinstance(under, list) and isinstance(value, list):
            merged[key] = [*under, *value]
        else:
            merged[key] = value
    return merged
