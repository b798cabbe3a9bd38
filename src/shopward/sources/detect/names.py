"""What the names of a column and its table suggest, in the languages shops' schemas are written in.

    suggest("ship_to", "lastName")    -> Suggestion(Kind.LAST_NAME, sure=True)
    suggest("catalogue", "name")      -> Suggestion(Kind.NAME, sure=False)
    suggest("user", "email_verified") -> None

A sure name counts wherever it stands; another only in a table about people. Names prove nothing:
`judge` weighs them against the values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shopward.sources.detect.kinds import Kind

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATOR: Final = re.compile(r"[^0-9a-zßà-öø-ÿ]+")
_ROLE: Final = (
    r"(?:(?:customer|client|user|guest|contact|buyer|billing|bill_to|bill|shipping|shipment|ship_to|"
    r"ship|delivery|recipient|sender|invoice|order|account|primary|secondary|home|work|mobile|"
    r"search|kunde|kunden|rechnung|rechnungs|liefer|lieferung|reply_to|personal|default)_)*"
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a name suggests.

    Attributes:
        kind: The kind of data.
        sure: Whether it means that wherever it stands.
    """

    kind: Kind
    sure: bool


def _rule(kind: Kind, words: str, *, sure: bool = True) -> tuple[re.Pattern[str], Suggestion]:
    return re.compile(rf"_{_ROLE}(?:{words})_"), Suggestion(kind, sure)


_RULES: Final = (
    _rule(
        Kind.MAIL_HASH,
        r"(?:e_?mail|mail)(?:_address)?_(?:hash|md5|sha1|sha256|sha)|hashed_e?mail|gravatar(?:_hash)?",
    ),
    _rule(
        Kind.PHONE_HASH, r"(?:phone|mobile|tel)(?:_number)?_(?:hash|md5|sha1|sha256)|hashed_phone"
    ),
    _rule(
        Kind.EMAIL,
        r"e_?mail(?:_?(?:address|addr|adresse|id))?\d?|mail(?:_?(?:address|adresse))|courriel|"
        r"correo(?:_electronico)?|e_?post(?:adress)?|mail_to|recipient_e?mail",
    ),
    _rule(
        Kind.PHONE,
        r"(?:tele)?(?:phone|fon|foon)(?:_?(?:number|no|num|nummer|nr))?\d?|tel(?:_?(?:no|nr|number))?|"
        r"mobile?(?:_?(?:phone|number|no|nummer|nr))?|cell(?:_?phone)?|handy(?:nummer)?|msisdn|"
        r"telephone|telefono|fax(?:_?(?:number|no|nummer))?|portable|gsm|whatsapp",
    ),
    _rule(
        Kind.FIRST_NAME,
        r"first_?name|f_?name|given_?names?|fore_?name|vorname|prenom|prénom|nombre|middle_?name|"
        r"fornamn|förnamn|voornaam|imie|nome",
    ),
    _rule(
        Kind.LAST_NAME,
        r"last_?name|l_?name|sur_?name|family_?name|nach_?name|nom_de_famille|apellidos?|efternamn|"
        r"achternaam|nazwisko|cognome|familienname|maiden_?name",
    ),
    _rule(
        Kind.NAME,
        r"full_?name|customer_?name|client_?name|contact_?name|recipient_?name|display_?name|"
        r"card_?holder(?:_?name)?|holder_?name|account_?holder|kontoinhaber|person_?name|"
        r"billing_name|shipping_name|name_on_card|inhaber|real_?name|legal_?name|user_?real_?name",
    ),
    _rule(
        Kind.NAME,
        r"name|name\d|nom|naam|navn|namn|author|attn|attention|recipient|to_name|nick_?name",
        sure=False,
    ),
    _rule(
        Kind.COMPANY,
        r"company(?:_?name)?|firma|firm|organi[sz]ation|organisation|entreprise|empresa|employer",
        sure=False,
    ),
    _rule(
        Kind.STREET,
        r"street(?:_?(?:address|name|no|number|line))?_?\d?|stra(?:ss|ß)e|address_?(?:line)?_?\d|"
        r"addr_?(?:line)?_?\d|adresse_?\d?|hausnummer|house_?(?:no|number)|rue|calle|gata|straat|"
        r"postal_address|mailing_address|home_address|shipping_address|billing_address|"
        r"delivery_address|line_1_street",
    ),
    _rule(
        Kind.STREET,
        r"line_?[1235]|address|addr|address_?line|apartment|suite|direccion|indirizzo|adress|address_text",
        sure=False,
    ),
    _rule(
        Kind.CITY,
        r"city|line_?4|town|ort|stadt|ville|ciudad|comune|citta|woonplaats|postort|locality",
        sure=False,
    ),
    _rule(
        Kind.POSTCODE,
        r"post_?code|postal_?code|zip(?:_?code)?|plz|code_postal|codigo_postal|cap|postnummer|postnr",
    ),
    _rule(
        Kind.PROVINCE,
        r"state|province|region|county|bundesland|provincia|state_?(?:name|province)|prefecture|"
        r"line_?4_city|administrative_area",
        sure=False,
    ),
    _rule(Kind.COUNTRY, r"country(?:_?(?:code|name|iso))?|land|pays|pais|paese", sure=False),
    _rule(
        Kind.LOCATION,
        r"lat(?:itude)?|lng|lon|longitude|geo(?:_?(?:location|point|hash))?|coordinates",
        sure=False,
    ),
    _rule(
        Kind.BIRTH_DATE,
        r"birth_?(?:date|day)|date_?of_?birth|d_?o_?b|geburts(?:tag|datum)|date_naissance|"
        r"fecha_nacimiento|geboortedatum|fodelsedatum",
    ),
    _rule(Kind.GENDER, r"gender|sex|salutation|anrede|civilite|geschlecht|title_of_address"),
    _rule(Kind.GENDER, r"title|prefix", sure=False),
    _rule(
        Kind.WEB_PAGE,
        r"home_?page|web_?(?:site|page)|blog|twitter|facebook|instagram|linkedin|social_?(?:url|media)",
        sure=False,
    ),
    _rule(
        Kind.VAT_ID,
        r"vat(?:_?(?:id|no|number|nr|code))|tax_?vat|tax_?(?:id|no|number)|ust_?id(?:_?nr)?|"
        r"tva(?:_?intra)?|partita_iva|nif|cif|btw_?nummer",
    ),
    _rule(
        Kind.NATIONAL_ID,
        r"ssn|social_security(?:_?(?:no|number))?|national_?id|passport(?:_?(?:no|number))?|"
        r"driver_?s?_?licen[cs]e(?:_?(?:no|number))?|id_?card(?:_?(?:no|number))?|personnummer|"
        r"codice_fiscale|pesel|bsn|dni|curp|aadhaar|identity_?(?:no|number)",
    ),
    _rule(Kind.IBAN, r"iban(?:_?(?:no|number))?"),
    _rule(
        Kind.BANK_ACCOUNT,
        r"bank_?account(?:_?(?:no|number))?|account_?(?:no|number)|kontonummer|sort_?code|bic|"
        r"swift(?:_?code)?|routing_?(?:no|number)|blz",
    ),
    _rule(
        Kind.IP,
        r"ip(?:_?(?:address|addr|v4|v6))?|remote_?(?:ip|addr|address|host)|client_?ip|"
        r"x_?forwarded_?for|last_?ip|x_?real_?ip|host_?ip",
    ),
    _rule(
        Kind.DEVICE,
        r"user_?agent|device_?id|device_?token|fingerprint|advertising_?id|idfa|cookie_?id|agent|"
        r"http_user_agent|browser",
    ),
    _rule(
        Kind.USERNAME,
        r"user_?name|login(?:_?name)?|user_?login|screen_?name|handle|benutzername",
    ),
    _rule(
        Kind.CARD_CODE,
        r"cvv2?|cvc2?|cvn|card_?(?:code|security_?code)|security_?code|ccv|pruefziffer_karte",
    ),
    _rule(
        Kind.CARD_PART,
        r"card_?(?:last_?(?:4|four)|expiry|expires?|exp_?(?:date|month|year)?|bin)|last_?(?:4|four)|"
        r"cc_?(?:last_?4|exp(?:_?(?:month|year))?|bin)|partial_?card_?(?:no|number)?",
    ),
    _rule(
        Kind.CARD,
        r"(?:credit_?)?card_?(?:no|num|number|pan)|pan|cc_?(?:no|num|number)|credit_?card|"
        r"kreditkarte(?:nnummer)?|kartennummer|bankcard_?number|name_number_card",
    ),
    _rule(
        Kind.PASSWORD,
        r"pass_?word|passwd|pwd|user_?pass|pass_?phrase|passwort|kennwort|mot_de_passe|contrasena|"
        r"password_?(?:hash|digest|salt)|rp_token|pin_?code",
    ),
    _rule(
        Kind.SECRET,
        r"secret(?:_?key)?|api_?(?:key|token|secret)|access_?token|refresh_?token|auth_?token|"
        r"private_?key|client_?secret|bearer|oauth_?token|consumer_?secret|totp_?secret|otp_?secret|"
        r"reset_?(?:token|code)|token_?secret|webhook_?secret|recovery_?codes?|session_?token",
    ),
    _rule(
        Kind.SESSION,
        r"session_?(?:data|key|id|value)|sess_?(?:data|id)|php_?sess_?id|sid",
        sure=False,
    ),
    _rule(Kind.SECRET, r"key|token|hash_?key|confirm(?:ation)?_?(?:key|code|token)", sure=False),
    _rule(
        Kind.NOTE,
        r"notes?|comments?|remarks?|message|body|bemerkung(?:en)?|kommentar|anmerkung|memo|feedback|"
        r"delivery_?instructions|special_?instructions|instructions|customer_?notes?|description|"
        r"search_?text|text|content|answer|question|review|reason|gift_?message|body_?(?:text|html)|"
        r"lieferhinweis|query",
        sure=False,
    ),
)
_NUMBER_OR_DATE: Final = re.compile(
    r"_(?:number|no|num|expiry(?:_date)?|expires?|exp_(?:date|month|year)|valid_(?:to|until))_"
)
_NOT_THE_VALUE: Final = re.compile(
    r"_(?:is|has|can|needs|num|count|total|uses|use|show|send|allow|enable|require|wants|accepts?)_"
    r"|_(?:id|ids|at|on|count|verified|confirmed|enabled|required|status|type|template|format|"
    r"valid|validated|sent|changed|updated|created|expires|position|order|color|class|field|code_id|"
    r"option|length|limit|regex|subject_template|body_template|template_\w+|flag|optin|opt_in|"
    r"consent|set|level|rate|price|amount|tax|weight|active|default)_$"
)
_KEPT_DESPITE: Final = re.compile(
    r"_(?:e_?mail_id|vat_id|tax_id|ust_id|national_id|device_id|session_id|cookie_id|advertising_id|"
    r"sid|created_ip|updated_ip|email_default)_$"
)
_PEOPLE: Final = re.compile(
    r"(?:(?:auth)?users?|user[a-z]+|customers?|clients?|persons?|people|members?|guests?|kunden?|"
    r"employees?|staff|subscri(?:ber|ption)s?|shoppers?|visitors?|buyers?|patients?|applicants?|"
    r"recipients?|participants?)"
)
_OF_SOMEBODY: Final = re.compile(
    r"(?:accounts?|[a-z]*address(?:es)?|[a-z]*adressen?|[a-z]*contacts?|newsletter|leads?|"
    r"[a-z]*profiles?|orders?|invoices?|e?mails?|mailing|messages?|notifications?|[a-z]*alerts?|"
    r"[a-z]*reviews?|[a-z]*notes?|[a-z]*comments?|tickets?|sessions?|logs?|[a-z]*logs?|access|"
    r"invitations?|referrals?|commandes?|bestellung(?:en)?|quotes?|carts?|baskets?|checkouts?|"
    r"[a-z]*cards?|shipments?|wishlist[a-z]*emails?|[a-z]*search(?:es)?|shipping|billing)"
)
_FILLERS: Final = re.compile(
    r"entity|entities|data|info|details?|table|tbl|records?|list|meta|export|dump|backup|csv|tsv|"
    r"jsonl?|log|txt|gz|sql|\d+"
)
_THINGS: Final = re.compile(
    r"(?:groups?|permissions?|types?|statuses?|templates?|migrations?|settings?|options?|roles?|"
    r"categor(?:y|ies)|[a-z]+event|[a-z]+type|products?)"
)
_CARDS: Final = re.compile(r"(?:bank|credit|payment|debit)?cards?|kreditkarten?")


def words(name: str) -> list[str]:
    """The words of a name, in lower case, however they are put together."""
    split = _CAMEL.sub("_", name).lower()
    return [word for word in _SEPARATOR.split(split) if word]


def suggest(column: str, table: str = "") -> Suggestion | None:
    """What a column's name suggests; None when it suggests nothing or speaks about a value."""
    joined = f"_{'_'.join(words(column.rpartition('.')[2]))}_"
    if _NUMBER_OR_DATE.fullmatch(joined) and any(map(_CARDS.fullmatch, words(table))):
        return Suggestion(Kind.CARD_PART, sure=True)
    if _NOT_THE_VALUE.search(joined) and not _KEPT_DESPITE.search(joined):
        return None
    for pattern, suggestion in _RULES:
        if pattern.fullmatch(joined):
            return suggestion
    return None


def is_about_people(table: str, columns: tuple[str, ...]) -> bool:
    """Whether a table is about people by its name, or by two columns that only people have.

    The last word says what a table is of (`order_shippingaddress`); those before it are often an
    application's name (`shipping_weightband`), so of them only words for people count.
    """
    own = words(table)
    while len(own) > 1 and _FILLERS.fullmatch(own[-1]):
        own.pop()
    if own and _THINGS.fullmatch(own[-1]):
        return False
    if any(_PEOPLE.fullmatch(word) for word in own) or (own and _OF_SOMEBODY.fullmatch(own[-1])):
        return True
    sure = {found.kind for name in columns if (found := suggest(name)) and found.sure}
    return len(sure & _OF_PEOPLE) >= 2


_OF_PEOPLE: Final = frozenset(
    {Kind.EMAIL, Kind.PHONE, Kind.FIRST_NAME, Kind.LAST_NAME, Kind.STREET, Kind.POSTCODE,
     Kind.BIRTH_DATE, Kind.PASSWORD}
)  # fmt: skip
