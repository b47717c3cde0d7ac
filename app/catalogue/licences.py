"""What a model's licence allows, in plain words.

Not legal advice but what the licences' own texts say. A licence that is not in the list
is never guessed: it reads "ask".

Sources: spdx.org/licenses and the makers' own licence pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.i18n import N_

YES, NO, LIMITED, ASK = "yes", "no", "limited", "ask"
ANSWERS = {
    YES: N_("allowed"),
    NO: N_("not allowed"),
    LIMITED: N_("allowed with limits"),
    ASK: N_("ask the maker"),
}


@dataclass(frozen=True, slots=True)
class Licence:
    """Each use is "yes", "no", "limited" or "ask"; sentences are gettext templates.

    `school`: lessons and school offices; `commercial`: any business; `sharing`: passing
    it on; `changing`: retraining or adapting it.
    """

    name: str
    school: str = ASK
    commercial: str = ASK
    sharing: str = ASK
    sentence: str = N_(
        "This licence is not known to Allmende. Ask whoever made the model what you may"
        " do with it."
    )
    condition: str = ""
    changing: str = ASK

    @property
    def uses(self) -> tuple[tuple[str, str], ...]:
        """What one may do, as pairs of gettext templates: the use, and the answer."""
        return (
            (N_("Use in school"), ANSWERS[self.school]),
            (N_("Use in business"), ANSWERS[self.commercial]),
            (N_("Change it"), ANSWERS[self.changing]),
            (N_("Pass it on"), ANSWERS[self.sharing]),
        )


_FREE = N_("Free for school and business; may be changed and passed on.")
_NAMED = N_("Who passes it on keeps the licence text and the names with it.")
_NOT_SOLD = N_("Free for school and private use; not for business.")
_LIMITS = N_("Free for school and most businesses; the licence forbids certain uses.")
_RESEARCH = N_("For research only; lessons and business need the maker's permission.")


def _free(name: str, condition: str = _NAMED) -> Licence:
    return Licence(name, YES, YES, YES, _FREE, condition, YES)


def _limited(name: str, condition: str) -> Licence:
    return Licence(name, YES, LIMITED, LIMITED, _LIMITS, condition, LIMITED)


def _unsold(name: str, condition: str) -> Licence:
    return Licence(name, YES, NO, LIMITED, _NOT_SOLD, condition, LIMITED)


def _research(name: str, condition: str) -> Licence:
    return Licence(name, ASK, NO, LIMITED, _RESEARCH, condition, LIMITED)


_LLAMA = N_(
    "Businesses with more than 700 million users need permission; who passes it on says"
    " “Built with Llama”."
)
_ALIKE = N_("What is made from it must be passed on under the same licence.")
_LICENCES = {
    "apache-2.0": _free("Apache 2.0"),
    "mit": _free("MIT"),
    "bsd-3-clause": _free("BSD (3-Clause)"),
    "bsd-2-clause": _free("BSD (2-Clause)"),
    "isc": _free("ISC"),
    "cc-by-4.0": _free("Creative Commons BY 4.0"),
    "cc0-1.0": _free("Creative Commons Zero", ""),
    "unlicense": _free("Unlicense", ""),
    "eupl-1.2": _free("EUPL 1.2", _ALIKE),
    "gpl-3.0": _free("GPL 3", _ALIKE),
    "agpl-3.0": _free("AGPL 3", _ALIKE),
    "cc-by-sa-4.0": _free("Creative Commons BY-SA 4.0", _ALIKE),
    "cc-by-nc-4.0": _unsold("Creative Commons BY-NC 4.0", _NAMED),
    "cc-by-nc-sa-4.0": _unsold("Creative Commons BY-NC-SA 4.0", _ALIKE),
    "open-aleph": _unsold(
        "Open Aleph License",
        N_("Only personal, non-profit, research and educational use is allowed."),
    ),
    "llama": _limited("Llama Community License", _LLAMA),
    "gemma": _limited(
        "Gemma Terms of Use",
        N_("Who uses it accepts the maker's list of forbidden uses and passes it on."),
    ),
    "openrail": _limited(
        "OpenRAIL", N_("The list of forbidden uses must be passed on with it.")
    ),
    "lfm": _limited(
        "LFM Open License",
        N_("Businesses above 10 million US dollars a year need permission."),
    ),
    "deepseek": _limited(
        "DeepSeek License", N_("The list of forbidden uses must be passed on with it.")
    ),
    "health-ai": _limited(
        "Health AI Developer Foundations Terms of Use",
        N_("Who uses it accepts the maker's list of forbidden uses and passes it on."),
    ),
    "qwen-research": _research("Qwen Research License", _NAMED),
    "mrl": _research("Mistral Research License", _NAMED),
    "llammlein-rail-m": _research(
        "LLäMmlein RAIL-M",
        N_("The limit to research also binds whatever is made from the model."),
    ),
}
# Makers write their licences in many ways; each of these means one of the above.
_SPELLINGS = (
    (r"llama-?\d.*|llama.*community.*", "llama"),
    (r"gemma.*", "gemma"),
    (r"(bigscience-|creativeml-|bigcode-)?openrail.*", "openrail"),
    (r"lfm.*", "lfm"),
    (r"qwen.*research.*", "qwen-research"),
    (r"mrl.*|mistral.*research.*", "mrl"),
    (r"open-aleph.*|open aleph.*", "open-aleph"),
    (r"health-ai.*", "health-ai"),
    (r"deepseek.*", "deepseek"),
    (r"(a?gpl-3\.0)-(only|or-later)", r"\1"),
    (r"apache( |-)?(license)?,?( |-)?(version)?( |-)?2(\.0)?", "apache-2.0"),
)


def licence(id_: str) -> Licence:
    """Return what a licence allows; `id_` is its SPDX id or the name its maker uses."""
    key = id_.strip().lower().removeprefix("licenseref-").replace("_", "-")
    for pattern, meant in _SPELLINGS:
        if match := re.fullmatch(pattern, key):
            key = match.expand(meant)
            break
    return _LICENCES.get(key, Licence(id_.strip()[:80]))
