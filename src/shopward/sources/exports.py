"""Every export that is recognised by its header, and what to say of a header that is none of them.

It opens no file. A header that fits two exports is the first one's.
"""

from __future__ import annotations

from typing import Final, NoReturn

from shopward.errors import InvalidError
from shopward.sources import magento, prestashop, shopify, woocommerce
from shopward.sources.export_form import AddressFile, Export
from shopward.sources.mapping import FieldMap

SHOPIFY: Final = Export(
    "Shopify customer export",
    source="help.shopify.com manual/customers/import-export-customers",
    recognise=shopify.recognise,
)
EXPORTS: Final = (SHOPIFY, *woocommerce.EXPORTS, *magento.EXPORTS, *prestashop.EXPORTS)
_MAPPING: Final = "Write a mapping file; examples/customers/mapping.example.toml shows how."


def find(header: tuple[str, ...]) -> tuple[Export, FieldMap] | None:
    """The export that a header is of, with its mapping."""
    for export in EXPORTS:
        if (known := export.read(header)) is not None:
            return export, known
    return None


def joined(
    name: str, header: tuple[str, ...], other: tuple[str, ...]
) -> tuple[Export, FieldMap, AddressFile]:
    """As `find`, for a file of customers and the header of the file of their addresses.

    Raises:
        InvalidError: The two do not go together.
    """
    found = find(header)
    export = found[0] if found else None
    part = export.addresses if export else None
    if export is None or part is None:
        what = f"a {export.kind}, which has" if export else "no export with"
        detail = f"{name} is {what} no file of addresses beside it"
        raise InvalidError(detail, hint="Leave out --addresses.", reason="mapping")
    if not part.fits(other):
        detail = f"the file of addresses does not have the columns of {part.kind}"
        raise InvalidError(detail, hint=f"Export {part.kind} again, in English.", reason="mapping")
    known = export.read((*header, *(part.prefix + each for each in other)))
    if known is None:
        raise InvalidError(f"{name} and its addresses do not fit", hint=_MAPPING, reason="mapping")
    return export, known, part


def refuse_unknown(name: str, header: tuple[str, ...]) -> NoReturn:
    """Say what a file without a mapping is not, or of which export it is the second half.

    Raises:
        InvalidError: Always.
    """
    for export in EXPORTS:
        part = export.addresses
        if part is not None and part.fits(header):
            detail = f"{name} is a file of {part.kind}, which belong to customers"
            hint = f"Import the {export.kind} with `--addresses {name}`."
            raise InvalidError(detail, hint=hint, reason="mapping")
    shops = "Shopify, WooCommerce, Magento and PrestaShop"
    detail = f"{name} is no customer export of {shops} that is known here, and no mapping was given"
    raise InvalidError(detail, hint=_MAPPING, reason="mapping")
