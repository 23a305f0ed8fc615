"""Telling the operator that something failed: the program that the profile names gets one line of JSON on its input.

What it does with it (a mail, a page, a call) is the party's own affair. The line has names and sentences of ours, never a value.
"""

import json
import subprocess
from pathlib import Path

from flows._parties import profile_and_agreement
from flows._tasks import private_flow, show_counts
from linkage.protocol.errors import TrilinkError
from linkage.protocol.party_profile import PartyProfile

SECONDS = 60


def tell(profile: PartyProfile, what: str, said: str) -> bool:
    """Whether somebody was told; ``TrilinkError`` where the program does not run or does not take it."""
    program = profile.watch.tell
    if program is None:
        return False
    line, problem = json.dumps({"party": profile.party, "event": what, "state": "failed", "said": said}, ensure_ascii=False), ""
    try:
        done = subprocess.run([program], input=f"{line}\n".encode(), capture_output=True, timeout=SECONDS, check=False)
        problem = f"ended with {done.returncode}" if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = type(error).__name__
    if problem:
        raise TrilinkError(f"watch.tell: {program.name} {problem}; nobody was told that {what} failed")
    return True


@private_flow("tell of a failed run")
def tell_flow(profile: str, run: str) -> dict[str, int]:
    """What the deployment ``…-tell`` does when a scheduled run fails or crashes; ``run`` is the run's name in Prefect."""
    told = tell(profile_and_agreement(Path(profile))[0], f"scheduled run {run}", "its log is on the pages of this party's Prefect server")
    counts = {"told": int(told)}
    show_counts("told", counts)
    return counts
