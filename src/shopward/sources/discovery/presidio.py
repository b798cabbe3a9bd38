"""Names of people in running text by Presidio and a language model, where both are installed.

It downloads nothing: of spaCy's English models, the largest one installed is used.
"""

from __future__ import annotations

from typing import Final

from shopward.errors import InvalidError
from shopward.sources.detect.kinds import Kind
from shopward.sources.detect.plugins import Recogniser

_PREFIX: Final = "en_core_web_"
_LEAST_SCORE: Final = 0.6
_MAX_CHARS: Final = 2_000


def recogniser() -> Recogniser:
    """A function that says whether a text names a person.

    Raises:
        ImportError: Presidio is not installed.
        InvalidError: No language model is.
    """
    from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415 - optional, and seconds to load
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415 - as above
    from spacy.util import get_installed_models  # noqa: PLC0415 - as above

    models = sorted(name for name in get_installed_models() if name.startswith(_PREFIX))
    if not models:
        raise InvalidError(
            "The recogniser presidio needs a language model of spaCy",
            hint=f"Install one that begins with {_PREFIX}; Shopward downloads nothing itself.",
        )
    used = [{"lang_code": "en", "model_name": models[0]}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": used})
    engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])

    def kinds(text: str) -> list[str]:
        found = engine.analyze(
            text[:_MAX_CHARS], language="en", entities=["PERSON"], score_threshold=_LEAST_SCORE
        )
        return [str(Kind.NAME)] if found else []

    return kinds
