"""Commands in forks of one process that has imported everything: each as in a process of its own, without four seconds of imports.

``python fork_server.py`` reads one JSON object a line, ``{"argv": [...], "code": TEXT or null, "folder": PATH, "out": PATH, "err": PATH}``,
and answers each with a line that holds the exit code, negative for a signal, as ``subprocess`` has it. A fork runs ``trilink`` with these
words, or the code as ``python -c`` would. Nothing is running in the parent but its one thread, so that a fork is whole.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import threading
import traceback
from types import ModuleType
from typing import Any

ROOMS = ("flows", "linkage")
KILLED_AFTER = 500  # seconds


def main() -> None:
    del sys.path[0]  # the folder of tests: its modules are nobody's but the tests'
    import_everything()
    assert threading.active_count() == 1, "an import has started a thread, which a fork would not have"
    gc.freeze()  # what is here is here to stay: no fork copies it to look for garbage
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            end(run(asked))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def import_everything() -> None:
    importlib.import_module("flows.command_line")  # before all others, as the command does
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(found.name)


def run(asked: dict[str, Any]) -> int:
    """Be that process: its folder, words and output. Returns its exit code."""
    signal.alarm(KILLED_AFTER)
    os.chdir(asked["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    try:
        if asked["code"] is None:
            called(asked["argv"])
        else:
            executed(asked["code"], asked["argv"])
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def called(argv: list[str]) -> None:
    from flows.command_line import app

    sys.argv = ["trilink", *argv]
    app()


def executed(code: str, argv: list[str]) -> None:
    """As ``python -c CODE ARGV``."""
    sys.argv = ["-c", *argv]
    sys.modules["__main__"] = module = ModuleType("__main__")
    exec(compile(code, "<string>", "exec"), module.__dict__)


def end(code: int) -> None:
    """As the interpreter ends: threads, then what is due at exit. All but taking its modules apart, for which a fork would copy them."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
