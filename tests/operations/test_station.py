"""A party's own Prefect server, with its database on a real PostgreSQL: the station of ``trilink up`` starts and deploys on it."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows._station import POOL, Station, deployments_file
from linkage.lab.parties import make_parties
from linkage.protocol.party_profile import PartyProfile
from tests.conftest import free_port
from tests.postgresql import PASSWORD, postgresql

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.e2e
def test_a_station_on_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_parties(tmp_path, ROOT / "configs" / "agreement.toml", ["mx", "us"], seed=None)
    keys = {"private": "private.json", "passphrase_variable": "TRILINK_MX_PASSPHRASE"}
    profile = PartyProfile.model_validate(
        {"format": "trilink/desk-profile/v1", "party": "mx", "agreement": "a.toml", "home": tmp_path / "home", "keys": keys}
    )
    monkeypatch.setenv("TRILINK_MX_PASSPHRASE", "not for the server")
    with postgresql() as url:
        there = sa.engine.make_url(url).set(password=PASSWORD)
        address = there.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
        monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", address)
        station = Station(tmp_path / "profile.toml", profile, free_port())
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", station.settings["PREFECT_API_AUTH_STRING"])  # `up` has it in its environment
        try:
            station.start_server()
            station.deploy(deployments_file(), "desk")
        finally:
            station.end()
        assert not list(station.home.glob("prefect.db*")), "nothing went into a file"
        engine = sa.create_engine(there)
        with engine.connect() as connection:
            deployed = connection.execute(sa.text("SELECT name, tags, paused, parameters, concurrency_limit FROM deployment")).all()
            pools = list(connection.scalars(sa.text("SELECT name FROM work_pool WHERE type = 'process'")))
            triggers = list(connection.scalars(sa.text("SELECT trigger FROM automation WHERE enabled")))
            schedules = connection.scalar(sa.text("SELECT count(*) FROM deployment_schedule WHERE active"))
        engine.dispose()
    assert pools == [POOL] and schedules == 1
    assert len(triggers) == 1 and "prefect.flow-run.Crashed" in str(triggers), "a failed run starts desk-tell"
    assert sorted(one.name for one in deployed) == ["desk-exchange", "desk-tell"]
    (_, tags, paused, parameters, limit) = min(deployed)
    assert (list(tags), paused) == (["trilink", "desk"], False)
    assert parameters == {"profile": str((tmp_path / "profile.toml").resolve())} and limit == 1
    assert os.environ["TRILINK_MX_PASSPHRASE"] not in (station.home / "server.log").read_text(encoding="utf-8")
