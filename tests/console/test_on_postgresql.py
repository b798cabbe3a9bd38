"""The control plane's process on a PostgreSQL database of its own."""

from __future__ import annotations

import pytest
from psycopg.sql import SQL, Identifier

from tests.cli import shop as shops
from tests.console.test_server import READY, ask
from tests.postgres.engine import END_OTHERS, Postgres

ALLOW = "ALTER DATABASE {} ALLOW_CONNECTIONS {}"


@pytest.fixture
def shop(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, console_database: str
) -> shops.Shop:
    made = shops.make(tmp_path_factory.mktemp("console"))
    return shops.Shop(
        made.folder, {**made.environment, "SHOPWARD_CONSOLE_URL": postgres.url(console_database)}
    )


def status(shop: shops.Shop) -> int:
    return ask(shop, "staff", "console.shopward.localhost", "/sign-in/").status


def test_it_migrates_and_serves_and_leaves_no_file(shop: shops.Shop) -> None:
    for _ in range(2):
        with shop.started("console") as process:
            shops.wait_for(process, READY)
            assert status(shop) == 200

    assert not (shop.home / "console" / "console.db").exists()


def test_while_the_database_is_away_it_says_so_and_goes_on_by_itself(
    shop: shops.Shop, postgres: Postgres, console_database: str
) -> None:
    with shop.started("console") as process, postgres.connect() as connection:
        shops.wait_for(process, READY)
        connection.execute(SQL(ALLOW).format(Identifier(console_database), SQL("false")))
        connection.execute(END_OTHERS.replace("current_database()", "%s"), (console_database,))
        assert status(shop) == 503

        connection.execute(SQL(ALLOW).format(Identifier(console_database), SQL("true")))
        assert status(shop) == 200


def test_a_database_that_is_not_there_is_told_with_what_to_do(shop: shops.Shop) -> None:
    url = shop.environment["SHOPWARD_CONSOLE_URL"].replace("/console_", "/nothing_")
    wrong = shops.Shop(shop.folder, {**shop.environment, "SHOPWARD_CONSOLE_URL": url})
    said = wrong.type("console")

    assert said.returncode != 0
    assert "See that PostgreSQL runs and takes our role" in said.stderr
    assert "Traceback" not in said.stderr
