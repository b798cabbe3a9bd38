"""The ledger as auditors read it: entries, one entry with its proof, the signed head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from shopward.console import entries
from shopward.console.asking import Asked, ask
from shopward.errors import IntegrityError
from shopward.ledger.receipt import parse_receipt, verify_receipt
from shopward.signing import Verifier
from shopward_client import Client, NotFoundError, ReceiptDocument

PAGE: Final = 40


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first, and where older and newer ones begin."""

    rows: list[entries.Shown]
    size: int
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class One:
    """An entry with its receipt; `verified` says what came of checking it, None before."""

    entry: entries.Shown
    receipt: ReceiptDocument
    key: str
    hashes: list[str]
    verified: bool | None = None


def show(request: HttpRequest) -> HttpResponse:
    """A page of entries; `?from=` is the newest one on it."""
    last = request.GET.get("from", "")
    asked = ask(request, lambda client: _page(client, int(last) if last.isdecimal() else None))
    context = {"asked": asked, "page": asked.value, "is_away": asked.is_away}
    return render(request, "console/ledger.html", context)


def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry with details and proof; by POST its proof is checked here and now."""
    asked = ask(request, lambda client: _one(client, index, is_checked=request.method == "POST"))
    if isinstance(asked.problem, NotFoundError):
        raise Http404
    context = {"asked": asked, "one": asked.value, "index": index, "is_away": asked.is_away}
    return render(request, "console/entry.html", context)


def receipt(request: HttpRequest, index: int) -> HttpResponse:
    """The receipt as the file that `verify_receipt.py` reads."""
    asked = ask(request, lambda client: client.receipt(index).to_json())
    return _file(request, asked, f"receipt-{index}.json", "application/json")


def checkpoint(request: HttpRequest) -> HttpResponse:
    """The signed head, to be kept elsewhere."""
    asked = ask(request, lambda client: client.checkpoint())
    return _file(request, asked, "checkpoint.txt", "text/plain; charset=utf-8")


def _file(request: HttpRequest, asked: Asked[str], name: str, kind: str) -> HttpResponse:
    if isinstance(asked.problem, NotFoundError):
        raise Http404
    if asked.value is None:
        said = {"what": "broken", "is_away": asked.is_away}
        return render(request, "console/refusal.html", said, status=503)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(asked.value, content_type=kind, headers=headers)


def _page(client: Client, last: int | None) -> Page:
    size = entries.size_of(client.checkpoint())
    end = size if last is None else max(1, min(last + 1, size))
    start = max(0, end - PAGE)
    rows = [entries.shown(row) for row in client.entries(start, end - start).entries]
    older = start - 1 if start else None
    newer = min(end - 1 + PAGE, size - 1) if end < size else None
    return Page(rows[::-1], size, older, newer)


def _one(client: Client, index: int, *, is_checked: bool) -> One:
    document, key = client.receipt(index), client.log_key()
    rows = client.entries(index, 1).entries
    if not rows:
        raise NotFoundError("There is no such entry.")
    proof = parse_receipt(document.to_json()).proof
    hashes = [one.hex() for one in proof.hashes]
    verdict = _verdict(document, key) if is_checked else None
    return One(entries.shown(rows[0]), document, key, hashes, verdict)


def _verdict(document: ReceiptDocument, key: str) -> bool:
    try:
        verify_receipt(document.to_json(), Verifier.parse(key))
    except IntegrityError:
        return False
    return True
