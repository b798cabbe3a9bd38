"""The fake vault and both clients as fixtures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clients.python.tests.fake_vault import CREDENTIAL, RECEIPT, Driver, FakeVault, problem


@pytest.fixture
def vault() -> FakeVault:
    return FakeVault()


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def driver(request: pytest.FixtureRequest, vault: FakeVault) -> Driver:
    return Driver(vault, is_async=request.param)


@pytest.fixture
def receipt() -> dict[str, object]:
    return dict(RECEIPT)


@pytest.fixture
def make_problem() -> Callable[..., dict[str, object]]:
    return problem


@pytest.fixture
def credential() -> str:
    return CREDENTIAL
