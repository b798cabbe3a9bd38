"""The customer's own phrase, which stands in each of our mails and which a thief does not know.

It is a customer's value like any other: a field of the policy (`FIELD`), sealed in the vault, and
opened together with the mail address at the moment of sending. A policy without the field has no
phrases.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

FIELD: Final = "mail_phrase"
LEAST, MOST = 4, 60
_LIST: Final = """
    amber anchor apple autumn badger bakery balloon bamboo barley basil beacon beaver berry
    birch biscuit blanket blossom bottle branch breeze bridge bronze bucket butter cabin camel
    candle canyon carpet castle cedar cherry cinema circle clover coffee comet copper coral
    cotton cradle cricket crystal curtain daisy dolphin donkey dragon eagle ember engine falcon
    feather fern fiddle flute forest fountain fox garden garlic ginger glacier goose granite
    grape guitar hammer harbour hazel hedgehog heron honey island ivory jacket jasmine jungle
    kettle kitten ladder lantern lavender lemon lentil lighthouse lilac linen lizard lobster
    maple marble meadow melon mirror mitten monsoon mountain mustard nectar nettle nutmeg oak
    oasis olive onion orchard otter owl oyster paddle palm panda paper parsley peach pebble
    pelican pencil pepper piano pigeon pilot pine planet plum pocket pony poppy puffin pumpkin
    puzzle quilt rabbit radish raven ribbon river robin rocket saddle saffron salmon sandal
    satin saturn scarf seal shadow silver sparrow spinach spoon spruce squirrel stone summer
    sunset swan teapot thistle thunder tiger timber toffee tomato tulip tunnel turtle umbrella
    valley vanilla velvet violet violin waffle walnut walrus willow window winter wolf yarn
    zebra
"""
WORDS: Final = tuple(_LIST.split())
_BLANKS: Final = re.compile(r"\s+")


def proposed() -> str:
    """Three words at random, more than 20 bits. A customer's value: secret."""
    return " ".join(secrets.choice(WORDS) for _ in range(3))


def tidied(typed: str) -> str | None:
    """The phrase as it is kept; None when it is too short, too long or no line of text."""
    said = _BLANKS.sub(" ", typed).strip()
    return said if said.isprintable() and LEAST <= len(said) <= MOST else None
