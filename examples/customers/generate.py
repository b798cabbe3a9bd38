# ruff: noqa: INP001 - run from the repository, not installed
"""Write shopify_customers.csv: 1,000 invented customers as Shopify would export them.

    python examples/customers/generate.py            # writes the file beside this script
    python examples/customers/generate.py FILE

Nobody in it exists and nothing in it reaches anybody. Names, streets and towns are made-up words.
Mail addresses are in example.com, example.net, example.org and .test (RFC 2606). Phone numbers are
from ranges kept free for fiction: +1 NPA 555 01xx (NANPA), +44 20 7946 0xxx (Ofcom), +33 1 99 00
(Arcep), +49 30 23125 (Bundesnetzagentur), +46 31 390 06xx (PTS), +61 2 5550 (ACMA). Postcodes are
ones no post office gives out, most of them with leading zeros.

Every choice is a hash of the row number, so the file is the same on every machine.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple, TypeVar

from shopward.sources.shopify import HEADER

ROWS = 1_000
_Choice = TypeVar("_Choice")

LATIN = (
    ("Aldeva", "Brimmon", "Corvelle", "Dorrin", "Elspira", "Fennoch", "Gwillan", "Hestara"),
    ("Ashquill", "Barrowfen", "Coppermere", "Dunwillow", "Eastermoss", "Fairlock", "Greyholm"),
)
NORDIC = (
    ("Åldis", "Björvin", "Eskörd", "Frömunda", "Göldar", "Hävard", "Ölvind", "Ynghöld"),
    ("Älvskog", "Bråtmyr", "Fågelvass", "Höstmark", "Kråknäs", "Sjöberga", "Åkertun"),
)
GERMAN = (
    ("Adelgrün", "Brünwald", "Fröhild", "Gerlüne", "Jörgfried", "Süßmut", "Weißrun"),
    ("Ährenfels", "Bösenbach", "Grünstätter", "Königsmoor", "Müßigbrunn", "Straußloh"),
)
FRENCH = (
    ("Aurélance", "Brévine", "Célandre", "Éloïdre", "Françoal", "Maëlise", "Noëlin"),
    ("Beauclairière", "Châtelombre", "d'Orvallée", "Fontégray", "L'Aubépin", "Saint-Œuvre"),
)
GREEK = (
    (("Αλθένη", "althene"), ("Δωρίμαχος", "dorimachos"), ("Θελύρα", "thelyra")),
    (("Καλοβράχος", "kalovrachos"), ("Μελισσόπετρα", "melissopetra"), ("Ξανθόλιμνος", "xantho")),
)
CYRILLIC = (
    (("Аграфіля", "ahrafilia"), ("Зоревид", "zorevyd"), ("Їлана", "yilana")),
    (("Вербоцвітна", "verbotsvitna"), ("Ґудзолуг", "gudzoluh"), ("Світлобір", "svitlobir")),
)
ARABIC = (
    (("نورلان", "nourlan"), ("سمريل", "samril"), ("ليثان", "lithan")),
    (("بحرزهر", "bahrzahr"), ("غيمستان", "ghaymstan"), ("واديفار", "wadifar")),
)
HEBREW = (
    (("אורליז", "orliz"), ("תמריאל", "tamriel"), ("יהוריף", "yehorif")),
    (("גלברוש", "galbrosh"), ("חרמלון", "harmelon"), ("ענבצור", "inbatzur")),
)
DEVANAGARI = (
    (("आरविल", "aarvil"), ("कुसुमेश्री", "kusumeshri"), ("तारणील", "taraneel")),
    (("चन्दनवाटी", "chandanvati"), ("मेघपुरिया", "meghpuriya"), ("सूर्यखेड़", "suryakhed")),
)
JAPANESE = (
    (("葉瑠奈", "haruna"), ("そらと丸", "soratomaru"), ("ミナホ", "minaho")),
    (("霧ヶ畑", "kirigahata"), ("月見沢木", "tsukimizawagi"), ("雪芽原", "yukimehara")),
)
KOREAN = (
    (("누리별", "nuribyeol"), ("해솔찬", "haesolchan"), ("다온빛", "daonbit")),
    (("가람숲", "garamsup"), ("달무리", "dalmuri"), ("별내음", "byeolnaeum")),
)
THAI = (
    (("ดาราเวฬ", "darawel"), ("พิมพ์ฟ้าริน", "pimfarin"), ("ศศิรุ้ง", "sasirung")),
    (("ทุ่งแก้วกานต์", "thungkaeo"), ("บัวหลวงไพร", "bualuang"), ("หมอกเมืองงาม", "mokmueang")),
)
PLAIN = str.maketrans("åäöéèêëïôâçü", "aaoeeeeioacu", "'- ") | {ord("ß"): "ss", ord("œ"): "oe"}


class Land(NamedTuple):
    """One country's way of writing: names, towns, postcodes and the phone range it uses."""

    code: str
    names: tuple[Sequence[str | tuple[str, str]], Sequence[str | tuple[str, str]]]
    provinces: tuple[str, ...]
    towns: tuple[str, ...]
    street: str
    postcode: str
    phone: str


LANDS = (
    Land(
        "US",
        LATIN,
        ("WA", "NY", "TX"),
        ("Mapleford", "Quillhaven"),
        "{n} Tanager Way",
        "00{n:03}",
        "US",
    ),
    Land(
        "US",
        LATIN,
        ("OR", "IL", "MA"),
        ("Port Ember", "Larkspur Bend"),
        "{n} W Osprey St",
        "00{n:03}",
        "US",
    ),
    Land(
        "GB",
        LATIN,
        ("ENG", "SCT", "WLS"),
        ("Nether Plover", "Wickmarsh"),
        "{n} Thimble Lane",
        "ZZ99 {d}ZZ",
        "GB",
    ),
    Land("DE", GERMAN, (), ("Bad Nebelau", "Süßhafen"), "Kranichstraße {n}", "00{n:03}", "DE"),
    Land("FR", FRENCH, (), ("Saint-Brumel", "Clairépine"), "{n} rue de la Brème", "00{n:03}", "FR"),
    Land("SE", NORDIC, (), ("Dimfors", "Vråköping"), "Trastgränd {n}", "000 {d}{d}", "SE"),
    Land(
        "AU",
        LATIN,
        ("NSW", "VIC"),
        ("Wattlemere", "Brolga Flat"),
        "{n} Currawong Cres",
        "00{d}{d}",
        "AU",
    ),
    Land("GR", GREEK, (), ("Ανεμόκαστρο", "Χρυσολίμανο"), "Οδός Γλάρων {n}", "000 {d}{d}", ""),
    Land("UA", CYRILLIC, (), ("Журавлеград", "Тихоплес"), "вул. Ластівкова, {n}", "00{n:03}", ""),
    Land("EG", ARABIC, ("C",), ("مدينة الهدهد", "رمالين"), "{n} شارع الكروان", "00{n:03}", ""),
    Land("IL", HEBREW, (), ("נחל־שלדג", "גבעת סנונית"), "רחוב הדוכיפת {n}", "0000{n:03}", "GB"),
    Land(
        "IN", DEVANAGARI, ("MH", "UP"), ("मयूरगाँव", "कोकिलनगर"), "{n}, बुलबुल मार्ग", "000{n:03}", "GB"
    ),
    Land(
        "JP",
        JAPANESE,
        ("JP-13",),
        ("鶴見ヶ丘町", "千鳥ノ里"),
        "ひばり通り{n}番地",
        "000-0{n:03}",
        "",
    ),
    Land("KR", KOREAN, (), ("제비골", "두루미마을"), "종달새로 {n}", "00{n:03}", "GB"),
    Land("TH", THAI, (), ("เมืองนกกระจิบ", "ทุ่งนางแอ่น"), "{n} ถนนนกขุนทอง", "00{n:03}", "GB"),
)
COMPANIES = ("Heron & Loom", "Kelpworks GmbH", "Tally Lantern Ltd", "Ateliers Brumel", "Ugglan AB")
NOTES = (
    "Prefers delivery after five.",
    "Bitte beim Nachbarn abgeben.",
    "Ringer på dörren, hör inte klockan.",
    "Laisser le colis au gardien.",
    "ご不在時は宅配ボックスへ。",
    "Allergic to wool; ask before substituting.",
)
TAGS = ("vip", "newsletter", "wholesale", "returns often", "gift cards", "b2b")
DOMAINS = ("example.com", "example.net", "example.org", "mail.example.com", "post.test")
AREAS = ("202", "206", "303", "312", "415", "512", "617", "702", "808", "907")

ODD: dict[int, dict[str, str]] = {
    3: {"First Name": 'Corvelle "Corry"', "Note": 'Said: "ring twice", then again.'},
    41: {"Note": "First line, with a comma\nsecond line; with a semicolon\n\nfourth line"},
    97: {"Last Name": "Ashquill-Barrowfen-Coppermere-Dunwillow-" * 4 + "Eastermoss"},
    150: {"First Name": "", "Note": "Goes by one name only."},
    222: {"Default Address Address2": 'Flat "B", 2nd floor, c/o O\'Thimble & Sons'},
    303: {"First Name": "毛毛雨", "Last Name": "Ötzelbrück 🦔", "Note": "Emoji in the name."},
    333: {"Email": "first.o'last+orders_2024@mail.example.com"},
    404: {"Email": "a" * 64 + "@example.org"},
    455: {"Last Name": "'t Vogelzand", "Note": "The apostrophe belongs to the name."},
    512: {"Note": "=SUM(1;2) is text here, not a formula", "Tags": "vip, =wholesale"},
    600: {"Default Address Company": "Крамниця, Τέχνη & 工房 GmbH"},
    666: {"Note": "Tab\there and a non-breaking space\u00a0there."},
    707: {"First Name": "Zoë\u0308lla", "Note": "A letter with two combining marks."},
    750: dict.fromkeys(HEADER[5:13], "") | {"Note": "", "Tags": ""},
    808: {"First Name": "  Fennoch  ", "Last Name": " Greyholm"},
    900: {"Note": "Long note. " * 180},
    999: {"Note": 'Last row; ends with a quotation mark"'},
}


def choose(row: int, purpose: str, options: Sequence[_Choice]) -> _Choice:
    """One of the options, the same one for the same row and purpose."""
    return options[number(row, purpose, len(options))]


def number(row: int, purpose: str, below: int) -> int:
    """A number from 0 to `below` - 1, the same one for the same row and purpose."""
    digest = hashlib.sha256(f"shopward example/{purpose}/{row}".encode()).digest()
    return int.from_bytes(digest[:8]) % below


class Phones:
    """Hands out each reserved number once, in E.164 form."""

    def __init__(self) -> None:
        self._next = {land: count() for land in ("US", "GB", "DE", "FR", "SE", "AU")}

    def take(self, land: str) -> str:
        """The next number of a country's range; "" for a country without one."""
        if not land:
            return ""
        at = next(self._next[land])
        sweden = f"+4631390{600 + at:04}" if at < 100 else f"+4640628{300 + at:04}"
        return {
            "US": f"+1{AREAS[at // 100]}555{100 + at % 100:04}",
            "GB": f"+4420794{60000 + at:05}",
            "DE": f"+493023125{at:03}",
            "FR": f"+331990{at:05}",
            "SE": sweden,
            "AU": f"+6125550{at:04}",
        }[land]


def person(row: int, phones: Phones) -> dict[str, str]:
    """One customer, by column."""
    land = choose(row, "land", LANDS)
    first, first_plain = _spelled(choose(row, "first", land.names[0]))
    last, last_plain = _spelled(choose(row, "last", land.names[1]))
    house = number(row, "house", 89) + 1
    phone = phones.take(land.phone if number(row, "has phone", 5) else "")
    at_home = bool(phone) and land.phone == "US" and number(row, "phone at home", 6) == 0
    has_mail = not phone or number(row, "has mail", 25) > 0
    mail = f"{first_plain}.{last_plain}.{row:03}@{choose(row, 'domain', DOMAINS)}"
    orders = number(row, "orders", 12)
    return {
        "Customer ID": f"'{7_210_000_000_000 + row * 1_000 + number(row, 'id', 1_000)}",
        "First Name": first,
        "Last Name": last,
        "Email": mail if has_mail else "",
        "Accepts Email Marketing": choose(row, "mail", ("yes", "no")) if has_mail else "no",
        "Default Address Company": _sometimes(row, "company", COMPANIES, 6),
        "Default Address Address1": land.street.format(n=house),
        "Default Address Address2": f"c/o {house}{choose(row, 'c/o', 'ABCD')}" * (house % 7 == 0),
        "Default Address City": choose(row, "town", land.towns),
        "Default Address Province Code": choose(row, "province", land.provinces or ("",)),
        "Default Address Country Code": land.code,
        "Default Address Zip": _zip(land.postcode.format(n=house, d=house % 10)),
        "Default Address Phone": _national(phone) if at_home else _quoted(phone),
        "Phone": "" if at_home else _quoted(phone),
        "Accepts SMS Marketing": choose(row, "sms", ("yes", "no", "no")) if phone else "no",
        "Total Spent": f"{orders * (1_995 + number(row, 'spent', 9_000)) / 100:.2f}",
        "Total Orders": str(orders),
        "Note": _sometimes(row, "note", NOTES, 5),
        "Tax Exempt": choose(row, "tax", ("no",) * 20 + ("yes",)),
        "Tags": ", ".join(sorted({choose(row, f"tag{i}", TAGS) for i in range(orders // 4)})),
    }


def write(path: Path) -> None:
    """Write all rows; UTF-8, line feeds, quotation marks where needed."""
    phones = Phones()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(person(row, phones) | ODD.get(row, {}) for row in range(ROWS))


def _spelled(name: str | tuple[str, str]) -> tuple[str, str]:
    if isinstance(name, tuple):
        return name
    return name, name.lower().translate(PLAIN)


def _sometimes(row: int, purpose: str, options: Sequence[str], one_in: int) -> str:
    return "" if number(row, f"has {purpose}", one_in) else choose(row, purpose, options)


def _quoted(phone: str) -> str:
    return f"'{phone}" if phone else ""


def _national(phone: str) -> str:
    return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"


def _zip(postcode: str) -> str:
    return f"'{postcode}" if postcode[0].isdecimal() else postcode


if __name__ == "__main__":
    beside = Path(__file__).with_name("shopify_customers.csv")
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else beside)
