"""The format that a party's own notes at home state, for homes outlive releases."""

from collections.abc import Mapping

from linkage.protocol.errors import TrilinkError


def require_format(document: Mapping[str, object], expected: str, name: str) -> None:
    """Refuse a note of another format. Notes from before formats were stated state none, and are of the first version.

    >>> require_format({"run": "ab"}, "trilink/run/v1", "run.json")
    """
    found = document.get("format", expected)
    if found != expected:
        raise TrilinkError(
            f"{name}: is of format {found}, this release reads {expected}; "
            "go on with the release that wrote it, or restore the home from before the upgrade"
        )
