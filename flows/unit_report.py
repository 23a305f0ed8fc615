"""The joint team's step of the seizure report. No flow: it takes seconds."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from flows._noted import noted
from flows._refusals import tells_senders
from flows.unit import open_unit, read_unit_profile
from linkage.protocol.party_profile import agreement_in_force, unlock
from linkage.protocol.received import Received
from linkage.protocol.report_draws import Draws, report_secret
from linkage.unit.laboratory import laboratory_edges, published_edges, take_laboratory_links
from linkage.unit.outcomes_intake import kept_outcomes
from linkage.unit.owner_tables import Desk
from linkage.unit.seizure_intake import kept, take_aggregates
from linkage.unit.seizure_linkage import linkage_of
from linkage.unit.seizure_report import Linked, Report, write_seizure_report


@tells_senders
def report_year(
    profile_path: Path, sealed: tuple[Iterable[Path], Iterable[Path]], about: tuple[int, str | None], out: Path
) -> tuple[dict[str, int], list[Path]]:
    """Take aggregates and laboratory links in, and write a year's report, with the linkage of an epoch where one is named (year, epoch).

    Returns recoveries (rounded) by owner and year of what was taken in, and the files.
    """
    profile, (year, epoch), (aggregates, laboratory) = read_unit_profile(profile_path), about, sealed
    now = datetime.now(UTC)
    agreement = agreement_in_force(profile, "unit", now.date())
    with noted(profile, agreement, "report") as ledger:
        desk = Desk(profile.home, agreement, unlock(profile), Received(ledger, now), now)
        counts, linked = take_aggregates(desk, aggregates), Linked("", {}, {})
        if epoch:
            state, secret = open_unit(profile_path, epoch, former=True)[2], report_secret(profile.home)
            take_laboratory_links(desk, state, laboratory)
            edges = published_edges(laboratory_edges(state), Draws(secret, epoch), agreement.report)
            linked = Linked(epoch, linkage_of(state, secret, kept_outcomes(profile.home, agreement)), edges)
        return counts, write_seizure_report(Report(agreement, year, kept(desk), linked), out)
