from __future__ import annotations

import contextlib
import copy
import pickle
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward import settings
from shopward.errors import ConfigError
from shopward.settings import Secret, Settings, default_toml, load, parse, read_passphrase

HOME = Path("/srv/shop")
CANARY = "canary-passphrase-4711"


def _parse(data: dict[str, Any] | None = None, **environ: str) -> Settings:
    return parse(data or {}, HOME, environ)


def _production(**tables: dict[str, Any]) -> Settings:
    data = tomllib.loads(default_toml("production")) | {"log": "vault.shop.example/1"}
    for name, table in tables.items():
        data[name] = data[name] | table
    return _parse(data)


def test_an_empty_file_is_a_local_installation() -> None:
    found = _parse()

    assert found.profile == "local"
    assert found.home == HOME
    assert found.listen.address == ("127.0.0.1", 8731)
    assert found.limits.body_bytes == 1_048_576


def test_a_relative_path_is_relative_to_the_file() -> None:
    found = _parse({"policy": "p.toml", "store": {"path": "/data/v.db"}})

    assert found.policy == HOME / "p.toml"
    assert found.store.path == Path("/data/v.db")
    assert found.custodian.keystore == HOME / "keystore.json"
    assert found.listen.admin_socket == HOME / "admin.sock"
    assert found.custodian.passphrase_file is None


def test_a_variable_overrides_the_file() -> None:
    found = _parse(
        {"listen": {"tcp": "127.0.0.1:1"}, "limits": {"batch_items": 5}},
        SHOPWARD_LISTEN_TCP="[::1]:2",
        SHOPWARD_LIMITS_BATCH_ITEMS="7",
        SHOPWARD_STORE_PATH="elsewhere.db",
        PATH="/usr/bin",
    )

    assert found.listen.address == ("::1", 2)
    assert found.limits.batch_items == 7
    assert found.store.path == HOME / "elsewhere.db"


@pytest.mark.parametrize("row", list(settings.rows()), ids=lambda row: row.key)
def test_every_default_may_be_written_out(row: settings.Row) -> None:
    if row.default is not None:
        assert _parse(**{row.variable: str(row.default)}) == _parse()


@pytest.mark.parametrize(
    ("data", "environ", "field", "hint"),
    [
        ({"polcy": "p"}, {}, "polcy", "policy"),
        ({"store": {"pth": "p"}}, {}, "store.pth", "store.path"),
        ({"home": "/"}, {}, "home", "docs/settings.md"),
        ({"custodian": {"passphrase": CANARY}}, {}, "custodian.passphrase", "passphrase_file"),
        ({"store": {"path": {"deep": CANARY}}}, {}, "store.path", "docs/settings.md"),
        ({"store": CANARY}, {}, "store", "store.url"),
        ({}, {"SHOPWARD_LISTEN_TPC": CANARY}, "SHOPWARD_LISTEN_TPC", "SHOPWARD_LISTEN_TCP"),
        ({}, {"SHOPWARD_PASPHRASE": CANARY}, "SHOPWARD_PASPHRASE", "SHOPWARD_PASSPHRASE"),
    ],
)
def test_what_is_unknown_is_an_error_that_points_to_the_near_one(
    data: dict[str, Any], environ: dict[str, str], field: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        _parse(data, **environ)

    assert caught.value.field == field
    assert hint in caught.value.hint
    assert CANARY not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"profile": CANARY}, "profile"),
        ({"profile": 7}, "profile"),
        ({"custodian": {"kind": "pkcs11"}}, "custodian.kind"),
        ({"limits": {"batch_items": "many"}}, "limits.batch_items"),
        ({"limits": {"batch_items": 0}}, "limits.batch_items"),
        ({"limits": {"batch_items": True}}, "limits.batch_items"),
        ({"limits": {"connections": 65_536}}, "limits.connections"),
        ({"store": {"path": ""}}, "store.path"),
        ({"store": {"path": 3}}, "store.path"),
        ({"store": {"path": "a\0b"}}, "store.path"),
        ({"region": "de"}, "region"),
        ({"log": "two words"}, "log"),
        ({"log": "a+b"}, "log"),
        ({"log": ""}, "log"),
        ({"listen": {"tcp": "8731"}}, "listen.tcp"),
        ({"listen": {"tcp": "127.0.0.1:65536"}}, "listen.tcp"),
        ({"listen": {"tcp": "unix:/x"}}, "listen.tcp"),
    ],
)
def test_a_wrong_value_names_its_setting_and_not_itself(data: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _parse(data)

    assert caught.value.field == field
    assert field in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_number_in_a_variable_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"limits\.batch_items is not valid: Expected `int`"):
        _parse(SHOPWARD_LIMITS_BATCH_ITEMS="1e3")


@pytest.mark.parametrize("tcp", ["0.0.0.0:1", "[::]:1", "192.0.2.7:1", "shop.example:1"])
def test_no_port_leaves_the_machine_without_tls(tcp: str) -> None:
    with pytest.raises(ConfigError, match="without TLS"):
        _parse({"listen": {"tcp": tcp}})

    with_tls = {"tcp": tcp, "tls_certificate": "c.pem", "tls_key": "k.pem"}
    assert _parse({"listen": with_tls}).listen.address


@pytest.mark.parametrize("tcp", ["127.0.0.1:0", "127.9.9.9:1", "[::1]:1", "localhost:1", ""])
def test_loopback_needs_no_tls(tcp: str) -> None:
    assert _parse({"listen": {"tcp": tcp}}).listen.tcp == tcp


@pytest.mark.parametrize("name", ["tls_certificate", "tls_key"])
def test_a_certificate_and_its_key_belong_together(name: str) -> None:
    with pytest.raises(ConfigError, match="belong together"):
        _parse({"listen": {name: "x.pem"}})


def test_the_operators_commands_have_their_own_socket() -> None:
    with pytest.raises(ConfigError, match=r"listen\.admin_socket is also listen\.socket"):
        _parse({"listen": {"admin_socket": "api.sock"}})


@pytest.mark.parametrize("name", ["socket", "admin_socket"])
def test_a_socket_path_fits_into_the_systems_limit(name: str) -> None:
    fits = "/" + "s" * 102

    assert _parse({"listen": {name: fits}})
    with pytest.raises(ConfigError, match=f"listen.{name} is longer than"):
        _parse({"listen": {name: fits + "s"}})


def test_two_passphrases_are_one_too_many() -> None:
    with pytest.raises(ConfigError, match="are both set") as caught:
        _parse({"custodian": {"passphrase_file": "p"}}, SHOPWARD_PASSPHRASE=CANARY)

    assert CANARY not in str(caught.value)


def test_production_refuses_the_examples_log_name() -> None:
    with pytest.raises(ConfigError, match="log still has the example's name"):
        parse(tomllib.loads(default_toml("production")), HOME, {})


def test_the_production_text_starts_once_the_log_has_a_name() -> None:
    assert _production().profile == "production"


@pytest.mark.parametrize("name", ["keystore", "passphrase_file"])
@pytest.mark.parametrize(
    "path",
    ["/var/lib/shopward/k", "/var/lib/shopward/deep/k", "/etc/../var/lib/shopward/k", "/var/lib/k"],
)
def test_production_keeps_lock_and_key_apart(name: str, path: str) -> None:
    with pytest.raises(ConfigError, match=rf"custodian\.{name} lies beside the store"):
        _production(custodian={name: path})


@pytest.mark.parametrize(
    ("tables", "match"),
    [
        ({"backup": {"journal": "/var/lib/shopward/j"}}, "backup.journal lies beside the store"),
        ({"backup": {"folder": "/etc/shopward"}}, "backup.folder is beside custodian.keystore"),
        ({"backup": {"folder": "/"}}, "backup.folder is beside custodian.keystore"),
        (
            {"backup": {"folder": "/var/backups", "journal": "/var/backups/erasures.journal"}},
            "backup.folder is beside backup.journal",
        ),
    ],
)
def test_production_keeps_backups_from_what_opens_them_and_from_the_journal(
    tables: dict[str, Any], match: str
) -> None:
    with pytest.raises(ConfigError, match=match):
        _production(**tables)


def test_the_journal_lies_beside_the_keystore_unless_it_is_said() -> None:
    assert _production().journal == Path("/etc/shopward/erasures.journal")
    moved = _production(backup={"journal": "/srv/journal/erasures"})
    assert moved.journal == Path("/srv/journal/erasures")


def test_production_sees_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "keys").symlink_to(tmp_path / "data")

    with pytest.raises(ConfigError, match="lies beside the store"):
        _production(
            store={"path": str(tmp_path / "data" / "vault.db")},
            custodian={"keystore": str(tmp_path / "keys" / "keystore.json")},
        )


@pytest.mark.parametrize("profile", ["local", "production"])
def test_the_default_text_says_what_every_setting_is(profile: str) -> None:
    text = default_toml(profile)

    assert tomllib.loads(text)["profile"] == profile
    for row in settings.rows():
        assert f"# {row.text}\n" in text
        assert row.key.rpartition(".")[2] + " = " in text


def test_load_reads_the_file_and_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "shopward.toml"
    path.write_text(default_toml("local"), encoding="utf-8")

    assert load(path) == parse({"custodian": {"passphrase_file": "passphrase"}}, tmp_path, {})


@pytest.mark.parametrize("content", [b"profile = ", b"\xff\xfe", b"[store\n", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "shopward.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"shopward\.toml is not a TOML file"):
        load(path)


def test_a_missing_file_is_named_in_the_hint(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file") as caught:
        load(tmp_path / "none.toml")

    assert "none.toml" in caught.value.hint


def test_the_passphrase_comes_from_the_environment_or_its_file(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(f"{CANARY} with spaces \n", encoding="utf-8")
    (tmp_path / "passphrase").chmod(0o600)
    file = parse({"custodian": {"passphrase_file": "passphrase"}}, tmp_path, {})
    environment = _parse(SHOPWARD_PASSPHRASE=CANARY)

    assert read_passphrase(file.custodian).reveal() == f"{CANARY} with spaces "
    assert read_passphrase(environment.custodian).reveal() == CANARY
    assert CANARY not in repr(environment)


@pytest.mark.parametrize(
    ("content", "what"), [(None, "cannot be read"), (b"\n", "is empty"), (b"\xff", "cannot be")]
)
def test_a_passphrase_file_that_gives_none_is_refused(
    content: bytes | None, what: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "p").write_bytes(content)
        (tmp_path / "p").chmod(0o600)
    found = parse({"custodian": {"passphrase_file": "p"}}, tmp_path, {})

    with pytest.raises(ConfigError, match=what):
        read_passphrase(found.custodian)


def test_a_passphrase_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_text(CANARY, encoding="utf-8")
    (tmp_path / "p").chmod(0o640)
    found = parse({"custodian": {"passphrase_file": "p"}}, tmp_path, {})

    with pytest.raises(ConfigError, match="read by others") as caught:
        read_passphrase(found.custodian)

    assert "600" in caught.value.hint


def test_no_passphrase_at_all_says_where_to_put_it() -> None:
    with pytest.raises(ConfigError, match="is not set") as caught:
        read_passphrase(_parse().custodian)

    assert "SHOPWARD_PASSPHRASE" in caught.value.hint


def test_a_variable_is_read_by_its_known_name_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPWARD_CONFIG", "/etc/shopward.toml")
    monkeypatch.setenv("SHOPWARD_CREDENTIAL", "")

    assert settings.variable("SHOPWARD_CONFIG") == "/etc/shopward.toml"
    assert settings.variable("SHOPWARD_CREDENTIAL") is None
    with pytest.raises(KeyError):
        settings.variable("HOME")


def test_a_secret_hides_itself_everywhere() -> None:
    secret = Secret(CANARY)

    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", "%s" % (secret,)]  # noqa: UP031
    assert all(CANARY not in text for text in shown)
    assert secret.reveal() == CANARY
    for write in (pickle.dumps, copy.deepcopy, hash):
        with pytest.raises(TypeError):
            write(secret)


def test_secrets_compare_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
KEYS = st.sampled_from(["profile", "store", "limits", "listen", "log", "custodian", "region", "x"])
INNER = st.sampled_from(["path", "tcp", "kind", "batch_items", "socket", "passphrase_file", "x"])


@given(st.dictionaries(KEYS, JSON | st.dictionaries(INNER, JSON)))
def test_no_file_makes_the_parser_crash(data: dict[str, Any]) -> None:
    with contextlib.suppress(ConfigError):
        assert _parse(data).store.path.is_absolute()


@pytest.mark.parametrize(
    ("console", "field"),
    [
        ({"staff_host": "shopward.localhost"}, "console.staff_host"),
        ({"staff": "127.0.0.1:8443"}, "console.staff"),
        ({"staff": ""}, "console.staff"),
        ({"public": ""}, "console.public"),
        ({"http": "8480"}, "console.http"),
        ({"tls_key": "k.pem"}, "console.tls_certificate"),
        ({"staff_host": "Console.Example"}, "console.staff_host"),
        ({"public_host": "shop.example:8443"}, "console.public_host"),
    ],
)
def test_the_two_sites_are_kept_apart(console: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as refused:
        _parse({"console": console})

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"postgresql://u:{CANARY}@/shop", "holds a password"),
        (f"postgresql://u@/shop?password={CANARY}", "holds a password"),
        (f"postgresql://u@/shop?options=-c%20{CANARY}", "not known"),
        ("postgresql://u@/shop?host=/a&host=/b", "not known"),
        ("postgresql://u@db.example/shop", "without proof"),
        ("postgresql://u@localhost,db.example/shop", "without proof"),
        ("postgresql://u@localhost/shop?host=db.example", "without proof"),
        ("postgresql://u@db.example/shop?sslmode=require", "without proof"),
        ("mysql://u@localhost/shop", "is not postgresql://"),
        ("postgresql://u@localhost", "is not postgresql://"),
        ("postgresql://u@[/shop", "is no address"),
    ],
)
def test_an_address_of_a_database_that_gives_something_away_is_refused(
    url: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        _parse({"store": {"url": url}})
    assert caught.value.field == "store.url"
    assert words in caught.value.detail
    assert CANARY not in caught.value.detail + caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@/shop?host=/run/postgresql",
        "postgresql://u@127.0.0.1:5433/shop",
        "postgresql://u@[::1]/shop",
        "postgresql://u@db.example/shop?sslmode=verify-full&sslrootcert=/etc/ca.pem",
    ],
)
def test_several_workers_need_a_database(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _parse({"listen": {"workers": 2}})
    assert caught.value.field == "listen.workers"
    assert "store.url" in caught.value.hint
    assert _parse({"store": {"url": url}, "listen": {"workers": 2}}).listen.workers == 2


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ("postgresql://c@/vault?host=/run/postgresql", "the database of store.url"),
        ("postgresql://v@/accounts?host=/run/postgresql", "the role of store.url"),
        ("postgresql://c@db.example/accounts", "without proof"),
        (f"postgresql://c:{CANARY}@localhost/accounts", "holds a password"),
    ],
)
def test_accounts_share_neither_database_nor_role_with_the_store(accounts: str, words: str) -> None:
    store = {"url": "postgresql://v@/vault?host=/run/postgresql"}
    with pytest.raises(ConfigError, match=words) as caught:
        _parse({"store": store, "console": {"url": accounts}})
    assert caught.value.field == "console.url"
    assert CANARY not in caught.value.detail + caught.value.hint


def test_accounts_have_a_database_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(CANARY)
    accounts = {"url": "postgresql://c@/accounts", "password_file": str(file)}
    place = _parse({"store": {"url": "postgresql://v@/vault"}, "console": accounts}).console.place
    assert place.url == accounts["url"]
    password = settings.read_store_password(place)
    assert password is not None
    assert password.reveal() == CANARY
    file.unlink()
    with pytest.raises(ConfigError, match=r"console\.password_file"):
        settings.read_store_password(place)


def test_the_databases_password_has_one_source_and_hides(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(CANARY + "\n")
    store = {"url": "postgresql://u@/shop", "password_file": str(file)}
    found = _parse({"store": store}).store
    password = settings.read_store_password(found)
    assert password is not None
    assert password.reveal() == CANARY
    assert CANARY not in repr(found)
    assert settings.read_store_password(_parse().store) is None
    with pytest.raises(ConfigError):
        _parse({"store": store}, SHOPWARD_STORE_PASSWORD=CANARY)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="read by others"):
        settings.read_store_password(found)
