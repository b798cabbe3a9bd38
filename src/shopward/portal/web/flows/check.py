"""Did you send this? One question for whatever was pasted; nothing of it is kept."""

from __future__ import annotations

from shopward.portal import sent_by_us, suspicious_mail, verify_code
from shopward.portal.said import Said, gettext_noop
from shopward.portal.sent_by_us import Answer, Names, Verdict, What
from shopward.portal.web.flows import codes


def check(pasted: str, ours: Names) -> Answer:
    """The verdict on what was pasted."""
    what = sent_by_us.what_is(pasted)
    if what is What.CODE:
        return _code(verify_code.read(pasted) or "")
    if what is What.MAIL:
        return _mail(pasted, ours)
    return sent_by_us.judge(what, pasted, ours)


def _code(letters: str) -> Answer:
    known = codes.look_up(letters)
    if known is None:
        words = gettext_noop("We never sent a mail with this code.")
        return Answer(What.CODE, Verdict.NOT_OURS, (Said(words),))
    words = gettext_noop("We sent a mail with this code on {date}, at {time} UTC: “{title}”.")
    values = {"date": f"{known.sent:%Y-%m-%d}", "time": f"{known.sent:%H:%M}"}
    values["title"] = known.title
    match = gettext_noop("If your mail says something else, it is not ours.")
    if not known.is_copied:
        return Answer(What.CODE, Verdict.OURS, (Said(words, values), Said(match)))
    many = gettext_noop("Many people asked for it: somebody may have copied it into other mails.")
    reasons = (Said(words, values), Said(match), Said(many))
    return Answer(What.CODE, Verdict.COULD_BE, reasons)


def _mail(pasted: str, ours: Names) -> Answer:
    looked_up = (codes.look_up(one) for one in suspicious_mail.codes_of(pasted))
    known = next(filter(None, looked_up), None)
    told = suspicious_mail.Known(known.is_copied) if known else None
    return suspicious_mail.judge(pasted, ours, told)
