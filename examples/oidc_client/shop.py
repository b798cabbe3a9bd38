"""A shop whose customers sign in through Shopward, in one file, with Authlib.

    python shop.py ISSUER CLIENT_ID --secret-file secret --ca var/tls/root.pem

`/` shows who is signed in, `/invoice` a field for which the policy asks more, `/security` how safe
the account is, in this shop's own page; `/sign-out` ends it.
The secret is read from a file, so that it stands in no list of processes.

- Code flow with PKCE (S256), `state` and `nonce`; `iss` of the answer is compared (RFC 9207).
- The ID token is verified under the provider's published keys before anything of it is believed.
- When the vault wants a better sign-in, the customer is sent to make one (RFC 9470).
"""

from __future__ import annotations

import argparse
import html
import re
import secrets
import socket
import threading
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

SCOPE = "openid profile email"
INVOICE = f"{SCOPE} field:vat_id"
SECURITY = "openid security"
SCRIPT = "sha384-GIiyGKh4Mj8xuW7yjk/B2GwHEk4WMDjRMEmvoThEXPoNpbs5hwlGpBBlNJiOHAK+"
"""What Shopward's script has to be, as docs/operations/openid.md has it."""
COOKIE = "shop"


class StepUpError(Exception):
    """The vault wants a better sign-in; `args[0]` is what the customer has to be sent with."""


@dataclass
class Visit:
    """What the shop remembers of one browser. Everything of it lies in this process's memory."""

    state: str = ""
    nonce: str = ""
    verifier: str = ""
    then: str = "/"
    id_token: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Provider:
    """Shopward, as its description says it is.

    Args:
        issuer: Where it is.
        client_id: What this shop is called there.
        secret: What proves it.
        home: This shop's own origin.
        ca: A certificate to trust besides; None for those of the machine.
    """

    def __init__(self, issuer: str, client_id: str, secret: str, home: str, ca: str | None) -> None:
        self._client = (client_id, secret)
        self._home, self._verify, self.issuer = home, ca or True, issuer
        self._known = self._get(f"{issuer}/.well-known/openid-configuration")
        if self._known["issuer"] != issuer:
            raise SystemExit("The description is of another provider.")

    def sign_in(self, visit: Visit, **more: str) -> str:
        """Where a customer is sent to."""
        visit.state, visit.nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        visit.verifier = secrets.token_urlsafe(48)
        place, _ = self._session().create_authorization_url(
            self._known["authorization_endpoint"],
            state=visit.state,
            nonce=visit.nonce,
            code_verifier=visit.verifier,
            **more,
        )
        return str(place)

    def signed_in(self, visit: Visit, said: dict[str, str]) -> None:
        """Takes the provider's answer; each `state` is good for one.

        Raises:
            OAuthError: The provider refused.
            ValueError: The answer is not one to this browser's request, or not of this provider.
        """
        state, visit.state = visit.state, ""
        if not state or said.get("state") != state or said.get("iss") != self.issuer:
            raise ValueError("this answer is none to a request of this browser")
        if "error" in said:
            raise OAuthError(said["error"])
        tokens = self._session().fetch_token(
            self._known["token_endpoint"],
            grant_type="authorization_code",
            code=said["code"],
            code_verifier=visit.verifier,
            verify=self._verify,
        )
        claims = self._verified(tokens["id_token"], visit.nonce)
        visit.tokens, visit.claims, visit.id_token = tokens, claims, tokens["id_token"]

    def fields(self, visit: Visit, scope: str) -> dict[str, Any]:
        """What the vault shows of the customer, with a token for just this scope.

        Raises:
            OAuthError: The sign-in has ended.
            StepUpError: The vault wants a better one.
        """
        session = self._refreshed(visit, scope)
        answer = session.get(self._known["userinfo_endpoint"], verify=self._verify, timeout=10)
        challenge = dict(re.findall(r'(\w+)="([^"]*)"', answer.headers.get("WWW-Authenticate", "")))
        if challenge.get("error") == "insufficient_user_authentication":
            wanted = ("acr_values", "max_age")
            raise StepUpError({name: challenge[name] for name in wanted if name in challenge})
        if answer.status_code != 200:
            raise OAuthError(challenge.get("error", "unavailable"))
        shown: dict[str, Any] = answer.json()
        if shown.pop("sub") != visit.claims["sub"]:
            raise ValueError("these are fields of somebody else")
        return {**shown, "entry in the ledger": answer.headers.get("Shopward-Entry")}

    def security(self, visit: Visit) -> bytes:
        """How safe the customer's account is, as JSON for the script in our page.

        Raises:
            OAuthError: The sign-in has ended.
        """
        session = self._refreshed(visit, SECURITY)
        answer = session.get(f"{self.issuer}/embed/security/", verify=self._verify, timeout=10)
        if answer.status_code != 200:
            raise OAuthError("unavailable")
        return bytes(answer.content)

    def sign_out(self, visit: Visit) -> str:
        """Where a customer is sent to sign out."""
        said = {
            "id_token_hint": visit.id_token,
            "client_id": self._client[0],
            "post_logout_redirect_uri": f"{self._home}/",
        }
        return f"{self._known['end_session_endpoint']}?{urlencode(said)}"

    def _refreshed(self, visit: Visit, scope: str) -> Any:
        """A session with a new access token for just this scope.

        A refresh token is good once, and one that comes twice ends the sign-in: of two requests of
        one browser the second waits for the first.
        """
        with visit.lock:
            visit.tokens = self._session().refresh_token(
                self._known["token_endpoint"],
                refresh_token=visit.tokens["refresh_token"],
                scope=scope,
                verify=self._verify,
            )
            return OAuth2Session(token=visit.tokens)

    def _session(self) -> Any:
        return OAuth2Session(
            *self._client,
            scope=f"{INVOICE} security",
            redirect_uri=f"{self._home}/signed-in",
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic",
        )

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that the provider signed, for this shop and this request."""
        keys = KeySet.import_key_set(self._get(self._known["jwks_uri"]))
        claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
        wanted = {"iss": self.issuer, "aud": self._client[0], "nonce": nonce}
        rules: dict[str, Any] = {
            name: {"essential": True, "value": said} for name, said in wanted.items()
        }
        JWTClaimsRegistry(
            leeway=60, **rules, exp={"essential": True}, auth_time={"essential": True}
        ).validate(claims)
        return dict(claims)

    def _get(self, place: str) -> Any:
        answer = OAuth2Session().get(place, verify=self._verify, timeout=10, withhold_token=True)
        answer.raise_for_status()
        return answer.json()


class Shop(BaseHTTPRequestHandler):
    """The shop's pages."""

    provider: Provider
    visits: dict[str, Visit]

    def do_GET(self) -> None:
        """One page."""
        parts = urlsplit(self.path)
        visit = self._visit()
        try:
            self._page(parts.path, dict(parse_qsl(parts.query)), visit)
        except StepUpError as wanted:
            visit.then = parts.path
            self._go(self.provider.sign_in(visit, **wanted.args[0]))
        except (OAuthError, ValueError) as error:
            visit.tokens, visit.claims = {}, {}
            said = error.error if isinstance(error, OAuthError) else str(error)
            self._show("You are not signed in", {"why": said})

    def log_message(self, *_: object) -> None:
        """Nothing: addresses hold codes."""

    def _page(self, path: str, said: dict[str, str], visit: Visit) -> None:
        if path == "/sign-in":
            visit.then = "/"
            self._go(self.provider.sign_in(visit))
        elif path == "/signed-in":
            self.provider.signed_in(visit, said)
            self._go(visit.then)
        elif path == "/sign-out":
            place = self.provider.sign_out(visit)
            visit.tokens, visit.claims = {}, {}
            self._go(place)
        elif path not in {"/", "/invoice", "/security", "/security.json"}:
            self._answer(404, b"")
        elif not visit.tokens:
            self._show("You are not signed in", {})
        elif path == "/security":
            self._widget()
        elif path == "/security.json":
            self._answer(200, self.provider.security(visit), kind="application/json")
        elif path == "/invoice":
            self._show("For your invoice", self.provider.fields(visit, INVOICE))
        else:
            known = {name: visit.claims[name] for name in ("sub", "acr", "amr", "auth_time")}
            self._show("Welcome", {**self.provider.fields(visit, SCOPE), **known})

    def _visit(self) -> Visit:
        jar = SimpleCookie(self.headers.get("Cookie", ""))
        self._name = jar[COOKIE].value if COOKIE in jar else secrets.token_urlsafe(24)
        return self.visits.setdefault(self._name, Visit())

    def _go(self, place: str) -> None:
        self._answer(303, b"", Location=place)

    def _widget(self) -> None:
        """Shopward's script in a page of ours: no inline code, and nothing but what is named."""
        script = f"{self.provider.issuer}/embed/security.js"
        page = (
            '<!doctype html><html lang="en"><title>My account</title><main><h1>My account</h1>'
            '<div data-shopward="/security.json"></div><p><a href="/">Back</a></p></main>'
            f'<script type="module" src="{html.escape(script)}" integrity="{SCRIPT}" crossorigin>'
            "</script></html>"
        )
        policy = f"default-src 'none'; script-src {self.provider.issuer}; connect-src 'self'"
        headers = {"Content-Security-Policy": f"{policy}; require-trusted-types-for 'script'"}
        self._answer(200, page.encode(), **headers)

    def _show(self, title: str, known: dict[str, Any]) -> None:
        rows = "".join(
            f"<dt>{html.escape(name)}</dt><dd>{html.escape(str(value))}</dd>"
            for name, value in known.items()
        )
        links = "".join(
            f'<p><a href="/{path}">{words}</a></p>'
            for path, words in (
                ("sign-in", "Sign in"),
                ("invoice", "My invoice"),
                ("security", "My security"),
                ("sign-out", "Sign out"),
            )
        )
        page = f'<!doctype html><html lang="en"><title>{title}</title><main><h1>{title}</h1><dl>'
        self._answer(200, f"{page}{rows}</dl>{links}</main></html>".encode())

    def _answer(
        self, status: int, body: bytes, *, kind: str = "text/html; charset=utf-8", **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Set-Cookie", f"{COOKIE}={self._name}; HttpOnly; SameSite=Lax; Path=/")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def resolve_localhost() -> None:
    """Names under `.localhost` are this machine (RFC 6761 §6.3); not every resolver knows."""
    ask = socket.getaddrinfo

    def answer(host: Any, *more: Any, **options: Any) -> Any:
        is_here = isinstance(host, str) and host.endswith(".localhost")
        return ask("127.0.0.1" if is_here else host, *more, **options)

    socket.getaddrinfo = answer


def main() -> None:
    """Serves until it is stopped."""
    asked = argparse.ArgumentParser(description="A shop with sign-in through Shopward.")
    asked.add_argument("issuer")
    asked.add_argument("client_id")
    asked.add_argument("--secret-file", type=Path, required=True)
    asked.add_argument("--ca", help="trust this certificate, such as var/tls/root.pem")
    asked.add_argument("--port", type=int, default=8000)
    given = asked.parse_args()
    resolve_localhost()
    home = f"http://127.0.0.1:{given.port}"
    secret = given.secret_file.read_text("ascii").strip()
    Shop.provider = Provider(given.issuer, given.client_id, secret, home, given.ca)
    Shop.visits = {}
    with ThreadingHTTPServer(("127.0.0.1", given.port), Shop) as server:
        print(f"the shop is open on {home}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
