"""A pasted mail: a verdict with its reasons. It is read here and kept nowhere.

What speaks against it is told first. Without a code of ours the best that is said is "could be":
everything else in a mail can be copied.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from email.utils import parseaddr
from typing import Final

from shopward.portal import sent_by_us, verify_code
from shopward.portal.said import Said, gettext_noop
from shopward.portal.sent_by_us import WORST, Answer, Names, Verdict, What

MOST_CHARS: Final = 100_000
MOST_LINKS: Final = 50
_LINK: Final = re.compile(r"(?i)\bhttps?://[^\s<>\"')\]]+")
_HEAD: Final = re.compile(r"(?im)\A(?:[A-Za-z][A-Za-z-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\n")
_ANCHOR: Final = re.compile(r"(?is)<a\b[^>]*?href\s*=\s*[\"']?([^\"'>\s]+)[^>]*>(.*?)</a>")
_WANTS: Final = re.compile(
    r"(?i)\b(?:enter|confirm|verify|send|reply with|tell us|update|give)\b[^.!?\n]{0,60}"
    r"\b(?:password|passcode|pin|card number|cvv|cvc|security code|one.time code|iban)\b"
)
_HURRY: Final = re.compile(
    r"(?i)\b(?:within (?:24|12|48) hours|immediately|urgent|last warning|account (?:will be|is|has "
    r"been) (?:closed|suspended|locked|blocked)|final notice)\b"
)


@dataclass(frozen=True, slots=True)
class Known:
    """A code of the mail that we know: `is_copied` once too many people have asked about it."""

    is_copied: bool


def codes_of(pasted: str) -> list[str]:
    """The verify codes that stand in the mail, at most three."""
    return verify_code.found_in(_text(pasted))[:3]


def judge(pasted: str, ours: Names, known: Known | None) -> Answer:
    """The verdict on a mail.

    Args:
        pasted: The mail as it was copied, with or without its head; longer ones are cut.
        ours: By which names the shop is known.
        known: What is known of its code; None when it has none of ours.
    """
    text = _text(pasted)
    against = [*_senders(pasted, ours), *_links(pasted, text, ours), *_wants(text, ours)]
    code, verdict = _code(text, known)
    if against:
        verdict = Verdict.NOT_OURS
    soft = [Said(gettext_noop("It hurries you. Thieves do that."))] if _HURRY.search(text) else []
    return Answer(What.MAIL, verdict, (*against, code, *soft))


def _code(text: str, known: Known | None) -> tuple[Said, Verdict]:
    if known is not None and not known.is_copied:
        return Said(gettext_noop("It has a code of ours.")), Verdict.OURS
    if known is not None:
        words = gettext_noop("Its code is ours, but many people asked for it: it may be copied.")
        return Said(words), Verdict.COULD_BE
    if verify_code.found_in(text):
        return Said(gettext_noop("Its code is none of ours.")), Verdict.NOT_OURS
    words = gettext_noop("It has no code of ours. Each of our mails to customers has one.")
    return Said(words), Verdict.COULD_BE


def _senders(pasted: str, ours: Names) -> list[Said]:
    head = _head(pasted)
    if head is None:
        return []
    found: list[Said] = []
    for name in ("From", "Reply-To"):
        said = head.get(name)
        if said and parseaddr(str(said))[1]:
            answer = sent_by_us.sender(str(said), ours)
            found += answer.reasons if answer.verdict is Verdict.NOT_OURS else ()
    return _once(found)


def _links(pasted: str, text: str, ours: Names) -> list[Said]:
    found: list[Said] = []
    links = list(dict.fromkeys(_LINK.findall(f"{pasted}\n{text}"[: 2 * MOST_CHARS])))[:MOST_LINKS]
    for one in links:
        answer = sent_by_us.link(one.rstrip(".,;"), ours)
        found += answer.reasons if answer.verdict is Verdict.NOT_OURS else ()
    for target, shown in _ANCHOR.findall(pasted[:MOST_CHARS]):
        visible = sent_by_us.host_of(re.sub(r"<[^>]*>|\s", "", shown))
        if visible and "." in visible and visible != sent_by_us.host_of(html.unescape(target)):
            found.append(Said(gettext_noop("A link says one address and leads to another.")))
    return _once(found)


def _wants(text: str, ours: Names) -> list[Said]:
    del ours
    if not _WANTS.search(text):
        return []
    words = gettext_noop("It asks for a password, a code or a card. We never do that by mail.")
    return [Said(words)]


def _once(found: list[Said]) -> list[Said]:
    return list({str(one): one for one in found}.values())


def _head(pasted: str) -> Message | None:
    text = pasted.lstrip()[:MOST_CHARS].replace("\r\n", "\n")
    return message_from_string(text) if _HEAD.match(text) else None


def _text(pasted: str) -> str:
    """The mail's words, out of its parts where it was copied whole."""
    text = pasted[:MOST_CHARS].replace("\r\n", "\n")
    head = _head(text)
    if head is None:
        return html.unescape(re.sub(r"<[^>]*>", " ", text))
    parts = [one for one in head.walk() if one.get_content_maintype() == "text"]
    bodies = [_decoded(one) for one in parts] or [text]
    return html.unescape(re.sub(r"<[^>]*>", " ", "\n".join(bodies)))


def _decoded(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


__all__ = ["MOST_CHARS", "WORST", "Known", "codes_of", "judge"]
