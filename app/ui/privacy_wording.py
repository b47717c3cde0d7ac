"""What the privacy page says of facts: of what is kept, what was sent and where it goes."""

from __future__ import annotations

from app.i18n import N_, translate, translate_plural
from app.netlog import HostRecord, NetSummary
from app.privacy import CHATS, KNOWLEDGE, Holding
from app.ui.chat_wording import one_line
from app.ui.regional import date_text, size_text
from app.ui.wording import documents_text

# RFC 1035: a host's name has at most 253 characters.
_LONGEST_HOST = 253


def count_text(holding: Holding) -> str:
    """Return how many things a part holds, "" where nothing is counted."""
    if holding.count is None:
        return ""
    if holding.key == CHATS:
        return translate_plural(
            "{count} conversation", "{count} conversations", holding.count
        )
    if holding.key == KNOWLEDGE:
        return documents_text(holding.count)
    return translate_plural("{count} model", "{count} models", holding.count)


def sent_text(summary: NetSummary) -> str:
    """Return in one sentence what was sent."""
    if not summary.connections:
        if not summary.since:
            return translate(N_("Nothing was sent."))
        since = date_text(summary.since)
        return translate(N_("Nothing was sent since {date}."), date=since)
    everything = translate_plural(
        "{count} connection was opened since {date}.",
        "{count} connections were opened since {date}.",
        summary.connections,
        date=date_text(summary.since),
    )
    now = translate_plural(
        "{count} of them since Allmende was started.",
        "{count} of them since Allmende was started.",
        summary.session,
    )
    return f"{everything} {now}"


def server_text(server: str, locked_by: str) -> str:
    """Return what goes to the Chroma server at an address, and who decided so."""
    text = translate(
        N_(
            "The vectors of your large collections, and of your questions to them, go to"
            " the Chroma server {server}: they leave this computer and stay in your"
            " network. Texts and questions themselves are not sent, only check sums of"
            " the texts."
        ),
        server=one_line(server)[:_LONGEST_HOST],
    )
    if locked_by:
        who = translate(N_("Set by {who}"), who=translate(locked_by))
        text = f"{text} {who}."
    return text


def host_text(host: HostRecord) -> str:
    """Return what went to one host, and when last.

    A name that no host can have (a damaged record) is cut, and never widens the page.
    """
    return translate(
        N_("{host}: {sent} sent, {received} received, last on {date}"),
        host=one_line(host.host)[:_LONGEST_HOST],
        sent=size_text(host.sent_bytes),
        received=size_text(host.received_bytes),
        date=date_text(host.last_at),
    )
