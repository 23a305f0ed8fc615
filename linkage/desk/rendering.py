"""Pages of the desk: templates with the words of the reader's language, every value escaped, no script."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from linkage.desk.catalogues import catalogue
from linkage.desk.sessions import Session
from linkage.protocol.page import called


def N_(text: str) -> str:  # noqa: N802  (gettext's own name for "to be translated later")
    return text


ROLES_SAID = {
    "investigator": N_("investigator"),
    "supervisor": N_("supervisor"),
    "deconfliction": N_("deconfliction officer"),
    "data_controller": N_("data controller"),
    "auditor": N_("auditor"),
}
EVENTS_SAID = {
    "list_taken_in": N_("list taken in"),
    "recalled": N_("links recalled"),
    "signed_in": N_("signed in"),
    "sign_in_refused": N_("sign-in refused"),
    "signed_out": N_("signed out"),
    "link_read": N_("link read"),
    "links_exported": N_("links exported"),
    "decided": N_("decided"),
    "settled": N_("disagreement settled"),
    "noted": N_("note written"),
    "flagged": N_("flagged for deconfliction"),
    "unflagged": N_("deconfliction flag removed"),
    "asked": N_("disclosure asked for"),
    "answered": N_("disclosure given"),
    "refused": N_("disclosure refused"),
    "countered": N_("counter-question asked"),
    "replied": N_("counter-question answered"),
    "disclosure_read": N_("disclosure read"),
    "account_added": N_("account added"),
    "account_opened": N_("account opened"),
    "account_closed": N_("account closed"),
    "password_set": N_("password set"),
    "case_granted": N_("case granted"),
    "case_revoked": N_("case revoked"),
    "outcomes_sent": N_("outcomes sent"),
    "silenced": N_("link silenced"),
    "silence_lifted": N_("silence lifted"),
    "case_silenced": N_("case silenced"),
    "case_silence_lifted": N_("silence of a case lifted"),
}
STATES_SAID = {
    "asked": N_("waits for an answer"),
    "questioned": N_("waits for a reply"),
    "answered": N_("disclosed"),
    "refused": N_("refused"),
}
KINDS_SAID = {
    "request": N_("Request"),
    "answer": N_("Disclosure"),
    "refusal": N_("Refusal"),
    "question": N_("Counter-question"),
    "reply": N_("Reply"),
}
URGENCIES_SAID = {"routine": N_("routine"), "urgent": N_("urgent"), "emergency": N_("emergency: danger to life")}
REFUSALS_SAID = {
    "legal_hold": N_("a legal hold"),
    "ongoing_operation": N_("an ongoing operation"),
    "no_legal_basis": N_("no sufficient legal basis"),
    "not_ours": N_("the record is not ours to disclose"),
    "other": N_("another reason"),
}
# The agreed caution is translated when it is this standard sentence, and shown as agreed otherwise.
CAUTION = N_(
    "Lead only; not a representative sample; not probable cause; verify with the owning agency before action; a no-hit means nothing."
)
LANGUAGE_NAMES = {"en": "English", "es": "Español", "fr": "Français"}


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("linkage.desk", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters["moment"] = moment
    environment.globals |= {"language_names": LANGUAGE_NAMES, "roles_said": ROLES_SAID, "events_said": EVENTS_SAID, "here": ""}
    environment.globals |= {"states_said": STATES_SAID, "kinds_said": KINDS_SAID}
    environment.globals |= {"urgencies_said": URGENCIES_SAID, "refusals_said": REFUSALS_SAID}
    environment.globals["called"] = lambda section, key: called(language, section, key)
    environment.globals["caution_said"] = lambda agreed: said(language, agreed)
    return environment


def page(name: str, language: str, values: Mapping[str, Any]) -> str:
    """The template ``pages/NAME`` in a language."""
    session: Session | None = values["session"]
    key = Markup('<input type="hidden" name="form_key" value="{}">').format(session.form_key) if session else Markup("")
    return _environment(language).get_template(name).render(language=language, key=lambda: key, **values)


def said(language: str, text: str) -> str:
    """One sentence of the catalogues."""
    return catalogue(language).gettext(text)


def moment(seconds: float) -> str:
    """A time as every reader understands it, in UTC.

    >>> moment(0)
    '1970-01-01 00:00 UTC'
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
