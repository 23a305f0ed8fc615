"""A real S3 server for tests: moto's, over HTTP on loopback; skipped where moto is not installed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KEY, SECRET = "test-only", "Plugh-Xyzzy-7"


class S3Server:
    """Where it is reached, and a bucket in it."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint, self.folder = endpoint, folder

    def address(self, box: str) -> str:
        return f"s3://exchange/{box}"

    def access(self, **changes: str) -> Path:
        said = {"endpoint": self.endpoint, "region": "us-east-1", "access_key_id": KEY, "secret_access_key": SECRET} | changes
        path = Path(tempfile.mkstemp(suffix=".toml", dir=self.folder)[1])
        lines = [f'{key} = "{value}"' for key, value in said.items()]
        path.write_text("\n".join(['format = "trilink/mailboxes/v1"', '[mailboxes."s3://exchange"]', *lines]), encoding="utf-8")
        return path


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A running server with an empty bucket ``exchange``."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed; it comes with the dev dependencies")
    pytest.importorskip("s3fs", reason="s3fs is not installed; pip install trilink[s3]")
    from linkage.protocol.mailbox_access import read_accesses
    from linkage.protocol.mailbox_s3 import open_s3

    before = dict(os.environ)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="s3-") as folder:
            host, port = server.get_host_and_port()
            running = S3Server(f"http://{host}:{port}", Path(folder))
            open_s3(read_accesses(running.access()).s3("s3://exchange")).call_s3("create_bucket", Bucket="exchange")
            yield running
    finally:
        server.stop()
        os.environ.clear()
        os.environ.update(before)
