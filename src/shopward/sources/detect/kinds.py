"""The kinds of data that are looked for, and what each means for a shop's policy.

`ABOUT` joins a kind to its group, its Fideslang category and what is proposed for it. Categories
are names only; the policy package checks them, and a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Group(StrEnum):
    """What a finding is in the first place."""

    PERSONAL = "personal"
    CREDENTIAL = "credential"
    CARD = "card"
    NONE = "none"


class Kind(StrEnum):
    """What a value is."""

    EMAIL = "email"
    PHONE = "phone"
    FIRST_NAME = "first-name"
    LAST_NAME = "last-name"
    NAME = "name"
    COMPANY = "company"
    STREET = "street"
    CITY = "city"
    POSTCODE = "postcode"
    PROVINCE = "province"
    COUNTRY = "country"
    LOCATION = "location"
    BIRTH_DATE = "birth-date"
    GENDER = "gender"
    VAT_ID = "vat-id"
    SSN = "us-ssn"
    NATIONAL_ID = "national-id"
    IBAN = "iban"
    BANK_ACCOUNT = "bank-account"
    IP = "ip"
    DEVICE = "device"
    USERNAME = "username"
    WEB_PAGE = "web-page"
    NOTE = "note"
    CARD = "card"
    CARD_CODE = "card-code"
    CARD_PART = "card-part"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    PASSWORD_HASH = "password-hash"  # noqa: S105 - as above
    SECRET = "secret"  # noqa: S105 - as above
    SESSION = "session"
    MAIL_HASH = "mail-hash"
    PHONE_HASH = "phone-hash"
    URL = "url"

    __hash__ = str.__hash__  # as in `values.Shape`


@dataclass(frozen=True, slots=True)
class About:
    """What a kind means.

    Attributes:
        group: Personal, credential or card data; none for what is context only.
        title: For people, in the singular.
        category: A Fideslang key.
        field: The policy field proposed; empty where the vault is not the answer.
        advice: What to do where `field` is empty.
    """

    group: Group
    title: str
    category: str
    field: str = ""
    advice: str = ""


_NEVER_CARD: Final = "remove it and let the gateway keep it: PCI DSS forbids or burdens keeping it"
_RUN_OUT: Final = "keep it for days, not years, or cut it off before it is written"

ABOUT: Final = MappingProxyType(
    {
        Kind.EMAIL: About(Group.PERSONAL, "e-mail address", "user.contact.email", "email"),
        Kind.PHONE: About(Group.PERSONAL, "phone number", "user.contact.phone_number", "phone"),
        Kind.FIRST_NAME: About(Group.PERSONAL, "first name", "user.name.first", "first_name"),
        Kind.LAST_NAME: About(Group.PERSONAL, "last name", "user.name.last", "last_name"),
        Kind.NAME: About(Group.PERSONAL, "name", "user.name", "name"),
        Kind.COMPANY: About(
            Group.PERSONAL, "company", "user.professional_information.workplace", "company"
        ),
        Kind.STREET: About(
            Group.PERSONAL, "street address", "user.contact.address.street", "address1"
        ),
        Kind.CITY: About(Group.PERSONAL, "city", "user.contact.address.city", "city"),
        Kind.POSTCODE: About(
            Group.PERSONAL, "postcode", "user.contact.address.postal_code", "postcode"
        ),
        Kind.PROVINCE: About(
            Group.PERSONAL, "state or province", "user.contact.address.state", "province"
        ),
        Kind.COUNTRY: About(Group.PERSONAL, "country", "user.contact.address.country", "country"),
        Kind.LOCATION: About(Group.PERSONAL, "place on the map", "user.location.precise", "place"),
        Kind.BIRTH_DATE: About(
            Group.PERSONAL, "date of birth", "user.demographic.date_of_birth", "birth_date"
        ),
        Kind.GENDER: About(Group.PERSONAL, "gender", "user.demographic.gender", "gender"),
        Kind.VAT_ID: About(Group.PERSONAL, "VAT number", "user.government_id", "vat_id"),
        Kind.SSN: About(
            Group.PERSONAL,
            "US social security number",
            "user.government_id.national_identification_number",
            "national_id",
        ),
        Kind.NATIONAL_ID: About(
            Group.PERSONAL,
            "national id",
            "user.government_id.national_identification_number",
            "national_id",
        ),
        Kind.IBAN: About(
            Group.PERSONAL, "bank account (IBAN)", "user.financial.bank_account", "iban"
        ),
        Kind.BANK_ACCOUNT: About(
            Group.PERSONAL, "bank account", "user.financial.bank_account", "bank_account"
        ),
        Kind.IP: About(Group.PERSONAL, "IP address", "user.device.ip_address", advice=_RUN_OUT),
        Kind.DEVICE: About(Group.PERSONAL, "device", "user.device", advice=_RUN_OUT),
        Kind.WEB_PAGE: About(Group.PERSONAL, "web page", "user.contact.social_url", "web_page"),
        Kind.USERNAME: About(Group.PERSONAL, "user name", "user.account.username", "username"),
        Kind.NOTE: About(Group.PERSONAL, "free text", "user.content.private", "note"),
        Kind.CARD: About(
            Group.CARD, "card number", "user.financial.credit_card", advice=_NEVER_CARD
        ),
        Kind.CARD_CODE: About(
            Group.CARD, "card security code", "user.financial.credit_card", advice=_NEVER_CARD
        ),
        Kind.CARD_PART: About(
            Group.CARD,
            "part of a card",
            "user.financial.credit_card",
            advice="keep at most the last four digits, apart from names",
        ),
        Kind.PASSWORD: About(
            Group.CREDENTIAL,
            "password",
            "user.authorization.password",
            advice="a password in clear: replace it by a slow hash, and have customers change it",
        ),
        Kind.PASSWORD_HASH: About(
            Group.CREDENTIAL,
            "password hash",
            "user.authorization.password",
            advice="leave it where it is; keep it out of copies, exports and logs",
        ),
        Kind.SECRET: About(
            Group.CREDENTIAL,
            "key or access token",
            "user.authorization.credentials",
            advice="revoke it and keep its successor in a secret store",
        ),
        Kind.SESSION: About(
            Group.CREDENTIAL,
            "session",
            "user.authorization.credentials",
            advice="let sessions expire, delete them daily, and keep customers' data out of them",
        ),
        Kind.MAIL_HASH: About(
            Group.PERSONAL,
            "unkeyed hash of a mail address",
            "user.contact.email",
            advice="it gives the address away to whoever guesses it; use a keyed index",
        ),
        Kind.PHONE_HASH: About(
            Group.PERSONAL,
            "unkeyed hash of a phone number",
            "user.contact.phone_number",
            advice="it gives the number away to whoever counts; use a keyed index",
        ),
        Kind.URL: About(Group.NONE, "web address", "user"),
    }
)
