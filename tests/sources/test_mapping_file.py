from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import InvalidError, NotFoundError
from shopward.sources import Format, Take, load, parse

EXAMPLE = Path(__file__).parents[2] / "examples/customers/mapping.example.toml"


def test_the_example_mapping_reads_as_it_says() -> None:
    mapping = load(EXAMPLE)
    assert mapping.external == Take(("Customer no",))
    assert (mapping.format, mapping.delimiter, mapping.region) == (Format.CSV, ";", "SE")
    assert mapping.fields["last_name"] == Take(("Surname",), required=True)
    assert mapping.fields["address1"] == Take(("Street", "House no"), joined=True)
    assert mapping.fields["phone"].phone
    assert mapping.fields["country"].default == "SE"
    assert not mapping.fields["note"].strip


def test_external_may_stand_among_the_fields() -> None:
    mapping = parse(b'[fields]\nemail = "m"\nexternal = "id"\n')
    assert mapping.external == Take(("id",))
    assert list(mapping.fields) == ["email"]


def test_a_default_alone_is_a_fixed_value() -> None:
    assert parse(b'[fields]\ntags = { default = "old shop" }').fields["tags"].columns == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "fields: missing or empty"),
        ("fields = 3", "fields: must be a table"),
        ('extrenal = "id"\n[fields]\na = "b"', "extrenal: unknown key; did you mean external?"),
        ("[fields]\na = 1", "fields.a: neither a column name nor a table"),
        ('[fields]\na = ""', "fields.a.column: must be a column name"),
        ("[fields]\na = {}", "needs exactly one of column, join, first"),
        ('[fields]\na = {column="b", join=["c"]}', "needs exactly one of"),
        ("[fields]\na = {join=[]}", "fields.a.join: must be a list of column names"),
        ("[fields]\na = {first=[1]}", "fields.a.first: must be a list"),
        ('[fields]\na = {column="b", stripp=true}', "did you mean strip?"),
        ('[fields]\na = {column="b", strip=1}', "fields.a.strip: must be true or false"),
        ('[fields]\na = {column="b", default=1}', "fields.a.default: must be text"),
        ('[source]\nformat="xml"\n[fields]\na="b"', "source.format: not known; use one of csv"),
        ('[source]\nencoding="latin"\n[fields]\na="b"', "source.encoding: not known"),
        ('[source]\nregion="Sweden"\n[fields]\na="b"', "source.region: not known; use two"),
        ('[source]\ndelimiter=";;"\n[fields]\na="b"', "source.delimiter: not one character"),
        ("[source]\ndelimiter='\"'\n[fields]\na='b'", "source.delimiter: not one character"),
        ('[source]\nformt="csv"\n[fields]\na="b"', "source.formt: unknown key; did you mean"),
        ('external="x"\n[fields]\na="b"\nexternal="y"', "fields.external: given twice"),
        ("[fields", "it is not TOML (at "),
        ("a = " + "[" * 5_000, "it is not TOML"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_mistake_is_named_with_a_remedy(text: str, says: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parse(text.encode())
    assert says in str(caught.value)
    assert caught.value.hint


def test_every_mistake_is_listed() -> None:
    with pytest.raises(InvalidError, match="has 3 mistakes") as caught:
        parse(b'[source]\nformat = "xml"\n[fields]\na = 1\nb = { column = "c", strip = 0 }\n')
    assert all(
        part in str(caught.value) for part in ("source.format", "fields.a", "fields.b.strip")
    )


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="not UTF-8"):
        parse(b"\xff\xfe")
    with pytest.raises(InvalidError, match="256 KiB"):
        parse(b"#" * 262_145)
    with pytest.raises(NotFoundError):
        load(tmp_path / "none.toml")


def test_a_customer_file_given_as_mapping_is_not_quoted() -> None:
    with pytest.raises(InvalidError) as caught:
        parse(b"Quetzalina,canary@example.com\n")
    assert "Quetzalina" not in str(caught.value)
    with pytest.raises(InvalidError) as caught:
        parse(b'"canary@example.com" = 1\n')
    assert "canary@" not in str(caught.value)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mapping_or_our_error(data: bytes) -> None:
    with suppress(InvalidError):
        assert parse(data).fields


SCALARS = st.one_of(
    st.text(st.characters(codec="ascii", exclude_characters="\\'\n\r\x7f", min_codepoint=32)).map(
        lambda text: f"'{text}'"
    ),
    st.sampled_from(["1", "true", "[]", "['a']", "{}", "{column='a'}", "{join=['a','b']}"]),
    st.sampled_from(["{first='a'}", "{default=''}", "{strip=false}", "2020-01-01", "{a={}}"]),
)
KEYS = st.sampled_from(["external", "source", "fields", "format", "region", "email", "delimiter"])
LINES = st.one_of(
    st.tuples(KEYS, SCALARS).map(" = ".join),
    st.sampled_from(["[source]", "[fields]", "[fields.email]", "[[fields]]"]),
)


@given(st.lists(LINES, max_size=8))
def test_any_toml_is_a_mapping_or_our_error(lines: list[str]) -> None:
    try:
        mapping = parse("\n".join(lines).encode())
    except InvalidError:
        return
    assert all(take.columns or take.default is not None for take in mapping.fields.values())
