"""How Prefect runs here: no telemetry, a private home, patience with the temporary server, nothing of a value in its log.

Imported before Prefect is, by every entry point. What the operator set stays as it is.
"""

import os
from pathlib import Path

DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",  # the newer pages call a foreign host from the browser
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LOG_PRINTS": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # commands say what failed in one line of their own
}


def settle() -> None:
    """Set what is not set, and make Prefect's home ours alone (its files are created 0644)."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    home = Path(os.environ.setdefault("PREFECT_HOME", str(Path.home() / ".trilink" / "prefect")))
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)


settle()
