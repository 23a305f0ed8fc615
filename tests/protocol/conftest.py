"""Servers of exchange folders, and what travels to them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.s3_server import S3Server, s3_server
from tests.sealed_files import LARGE, sealed_in
from tests.sftp_server import SftpServer, sftp_server


@pytest.fixture(scope="session")
def sftp() -> Iterator[SftpServer]:
    with sftp_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An outbox with one sealed file of thirteen pieces."""
    return sealed_in(tmp_path_factory.mktemp("large"), "large.sealed", os.urandom(LARGE))
