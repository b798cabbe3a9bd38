from __future__ import annotations

import pytest

from shopward.errors import InvalidError
from shopward.sources import FieldMap, parse, survey, understand
from tests.sources.conftest import CANARIES, FIELDS, Write

PEOPLE = "id,name,note,mail,spare\n1,A,x,a@example.com,\n2,B,,b@example.com,\n3,C,y,,\n"


def test_a_plan_says_what_it_understood(write: Write, simple: FieldMap) -> None:
    plan = understand(write(PEOPLE), simple, FIELDS)
    assert (plan.kind, plan.rows, plan.counted, plan.rejected) == ("CSV", 3, True, 0)
    assert [(each.field, each.columns, each.percent) for each in plan.table] == [
        ("external", ("id",), "100 %"),
        ("first_name", ("name",), "100 %"),
        ("note", ("note",), "66 %"),
        ("email", ("mail",), "66 %"),
    ]
    assert plan.unused == ("spare",)
    assert plan.lines() == [
        'people.csv: CSV, 3 rows, utf-8 (every byte is valid UTF-8), delimiter ","',
        "  100 %  external id  <- id",
        "  100 %  first_name   <- name",
        "   66 %  note         <- note",
        "   66 %  email        <- mail",
        "not taken: spare",
    ]


def test_a_plan_counts_what_it_will_reject(write: Write, simple: FieldMap) -> None:
    data = PEOPLE + "4,D\n5,E,toolong,,\n6,F,\x07,,\n" + '7,"G,,,\nx\n'
    plan = understand(write(data), simple, FIELDS, limits={"note": 5})
    assert (plan.rows, plan.rejected) == (7, 4)
    assert plan.warnings == (
        (
            "4 of 7 rows looked at will be rejected: quotes-do-not-pair 1x, wrong-column-count 1x, "
            "note control-character 1x, note too-long 1x"
        ),
        "rows that cannot be read swallow 1 further lines",
    )


def test_a_guessed_encoding_and_an_empty_column_are_warned_of(write: Write) -> None:
    mapping = parse(b'[fields]\nnote = "note"\ncity = "ort"\n')
    plan = understand(write("note,ort\nsmörgås,\n", encoding="cp1252"), mapping, FIELDS)
    assert [warning.split(":")[0] for warning in plan.warnings] == [
        "the encoding is a guess; name it in the mapping if letters look wrong",
        "no external id",
        "city",
    ]


def test_every_misfit_is_named_with_the_closest_right_name(write: Write) -> None:
    mapping = parse(b'external = "Id"\n[fields]\nemial = "mail"\nnote = "nots"\ncity = "zz"\n')
    with pytest.raises(InvalidError, match="has 4 mistakes") as caught:
        understand(write(PEOPLE), mapping, FIELDS)
    text = str(caught.value)
    assert "fields.emial: the policy has no such field; did you mean email?" in text
    assert "external: the file has no column Id; did you mean id?" in text
    assert "fields.note: the file has no column nots; did you mean note?" in text
    assert "fields.city: the file has no column zz; look at its first line" in text


def test_a_column_that_is_there_twice_is_refused_when_it_is_taken(write: Write) -> None:
    mapping = parse(b'[fields]\nnote = "note"\n')
    with pytest.raises(InvalidError, match="2 columns named note"):
        understand(write("note,note\na,b\n"), mapping, FIELDS)
    assert understand(write("note,x,x\na,b,c\n"), mapping, FIELDS).unused == ("x",)


def test_an_unknown_file_needs_a_mapping(write: Write) -> None:
    with pytest.raises(InvalidError, match="no customer export of Shopify"):
        understand(write(PEOPLE), None, FIELDS)
    with pytest.raises(InvalidError, match="no customer export of Shopify"):
        understand(write('{"email": 1}', "a.jsonl"), None, FIELDS)


def test_a_file_with_a_header_alone_is_refused(write: Write, simple: FieldMap) -> None:
    with pytest.raises(InvalidError, match="has no rows"):
        understand(write("id,name,note,mail\n"), simple, FIELDS)


def test_fields_the_policy_lacks_are_left_out_of_a_shopify_export(write: Write) -> None:
    path = write(
        "Email,First Name,Last Name,Note,Total Spent,Tags,Tax Exempt\na@example.com,A,B,n,1,t,no\n"
    )
    plan = understand(path, None, ["email", "first_name", "last_name"])
    assert plan.kind == "Shopify customer export"
    assert plan.warnings[0] == "the policy has no field tags, note: left out"
    assert plan.unused == ("Note", "Total Spent", "Tags", "Tax Exempt")
    with pytest.raises(InvalidError, match="none of the fields"):
        understand(path, None, ["vat_id"])


def test_json_lines_show_their_paths(write: Write) -> None:
    mapping = parse(b'external = "id"\n[fields]\nemail = "contact.mail"\ncity = "contact.town"\n')
    lines = '{"id": 1, "contact": {"mail": "a@example.com", "tel": "1"}}\n' * 2
    plan = understand(write(lines, "a.jsonl"), mapping, FIELDS)
    assert plan.kind == "JSON Lines"
    assert plan.unused == ("contact.tel",)
    assert plan.warnings == (
        "fields.city: no row has contact.town; did you mean contact.tel or contact.mail?",
    )
    wrong = parse(b'[fields]\nemail = "contact.mial"\n')
    with pytest.raises(InvalidError, match=r"no row has contact\.mial; did you mean contact\.mail"):
        understand(write(lines, "a.jsonl"), wrong, FIELDS)


def test_data_used_as_json_keys_is_not_shown(write: Write) -> None:
    mapping = parse(b'[fields]\nemail = "mail"\n')
    lines = '{"mail": "a@example.com"}\n{"mail": "b@example.com", "Quetzalina": 1}\n'
    plan = understand(write(lines, "a.jsonl"), mapping, FIELDS)
    assert plan.unused == ()


def test_past_the_survey_the_rows_are_estimated(
    write: Write, simple: FieldMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "SURVEY_ROWS", 100)
    plan = understand(write("id,name,note,mail\n" + "1,A,x,m\n" * 1_000), simple, FIELDS)
    assert not plan.counted
    assert 980 <= plan.rows <= 1_000
    assert ", about " in plan.lines()[0]


def test_the_digest_names_file_and_mapping(write: Write, simple: FieldMap) -> None:
    def digest(data: str, mapping: FieldMap) -> str:
        return understand(write(data), mapping, FIELDS).digest

    other = parse(b'external = "id"\n[fields]\nfirst_name = "name"\n')
    strict = parse(b'external = "id"\n[fields]\nfirst_name = {column = "name", strip = false}\n')
    digests = [
        digest(PEOPLE, simple),
        digest(PEOPLE + "9,Z,,,\n", simple),
        digest(PEOPLE, other),
        digest(PEOPLE, strict),
    ]
    assert len(set(digests)) == 4
    assert digest(PEOPLE, simple) == digests[0]


def test_no_value_is_in_a_plan_or_an_error(write: Write, simple: FieldMap) -> None:
    one = f"1,{CANARIES[0]},{CANARIES[2]},{CANARIES[1]}"
    data = f'id,name,note,mail\n{one}\n{one},more\n1,"{CANARIES[0]}"x,,\n'
    plan = understand(write(data), simple, FIELDS, limits={"note": 3})
    text = "\n".join([*plan.lines(), repr(plan)])
    assert not any(canary in text for canary in CANARIES)
    with pytest.raises(InvalidError) as caught:
        understand(write(f"{CANARIES[0]},{CANARIES[2]},c\n{one}\n"), simple, FIELDS)
    assert not any(canary in str(caught.value) for canary in CANARIES)
