"""schemathesis asks what shops ask, fitting `oidc.openapi.json` and not: JSON, and never a 5xx."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from django.http import HttpResponse
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from shopward.identity.web.models import Throttle
from tests.identity.shops import Shop
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
RAW = json.loads((Path(__file__).parent / "oidc.openapi.json").read_text("utf-8"))
SCHEMA = schemathesis.openapi.from_dict(RAW)
OPERATIONS = [one.ok() for one in SCHEMA.get_all_operations() if isinstance(one, Ok)]
PAIRS = [
    (one, mode)
    for one in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or "parameters" in one.definition.raw
]
"""Where nothing is said, nothing can be said wrongly."""
HERE = "http://shop.invalid"
NOT_FITTING = {400, 401, 405, 415}
"""What else a request may get that does not fit, beside what its description says."""


@pytest.fixture
def shop() -> Shop:
    return Shop.register()


def asked(case: Case) -> HttpResponse:
    """The answer to a case, sent as bytes."""
    made: Any = requests.Request(**case.as_transport_kwargs(base_url=HERE)).prepare()
    place, body = urlsplit(made.url), made.body or b""
    headers = {name: value for name, value in made.headers.items() if name.lower() != "host"}
    answer: HttpResponse = Visitor("public").generic(
        made.method,
        f"{place.path}?{place.query}",
        body.encode() if isinstance(body, str) else body,
        headers.pop("Content-Type", "application/octet-stream"),
        headers=headers,
    )
    return answer


def test_the_description_names_every_endpoint_of_shops() -> None:
    told = json.loads(Visitor("public").get("/.well-known/openid-configuration").content)
    asked_by_shops = ("token", "userinfo", "revocation", "introspection")
    places = {urlsplit(told[f"{name}_endpoint"]).path for name in asked_by_shops}
    assert places | {urlsplit(told["jwks_uri"]).path} < set(RAW["paths"])


@pytest.mark.parametrize(
    ("operation", "mode"), PAIRS, ids=[f"{one.label} {mode.value}" for one, mode in PAIRS]
)
def test_an_endpoint_of_shops_answers_as_described(
    shop: Shop, operation: Any, mode: GenerationMode
) -> None:
    described = set(map(int, operation.definition.raw["responses"]))
    fits = mode is GenerationMode.POSITIVE

    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def answered(case: Case) -> None:
        Throttle.objects.all().delete()
        answer = asked(case)
        assert answer.status_code in (described if fits else described | NOT_FITTING), case
        if answer.status_code != 405:
            said = json.loads(answer.content)
            assert isinstance(said, dict)
            assert answer.status_code == 200 or "error" in said

    answered()
