"""Numbers that prove themselves: each function tells whether a check digit fits.

All take the number as people write it, with spaces, dots or hyphens in it.
"""

from __future__ import annotations

import re

# Lengths of the IBANs of Europe: https://www.swift.com/resource/iban-registry-pdf
_IBAN_LENGTHS = {
    "AD": 24, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28,
    "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22,
    "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "TR": 26, "UA": 29, "VA": 22,
}  # fmt: skip
_SEPARATORS = re.compile(r"[\s./-]+")


def bare(number: str) -> str:
    """Return a number without what people put between its digits."""
    return _SEPARATORS.sub("", number).upper()


def is_iban(number: str) -> bool:
    """ISO 13616: the remainder of 97 must be 1."""
    text = bare(number)
    if len(text) != _IBAN_LENGTHS.get(text[:2], -1) or not text.isalnum():
        return False
    if not text.isascii():
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def _product_check(digits: str) -> int:
    """Return the check digit of ISO 7064, MOD 11,10."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10


def is_tax_id(number: str) -> bool:
    """German tax identification number (Steuer-ID): 11 digits, § 139b AO.

    Among the first ten, one digit stands two or three times and no zero leads.
    """
    text = bare(number)
    if not re.fullmatch(r"[1-9][0-9]{10}", text):
        return False
    most = max(text[:10].count(digit) for digit in text[:10])
    return most in (2, 3) and _product_check(text[:10]) == int(text[10])


def is_vat_id(number: str) -> bool:
    """German VAT identification number: DE and nine digits."""
    text = bare(number)
    if not re.fullmatch(r"DE[1-9][0-9]{8}", text):
        return False
    return _product_check(text[2:10]) == int(text[10])


def is_card(number: str) -> bool:
    """Payment card: Luhn's sum must end in 0 (ISO/IEC 7812)."""
    text = bare(number)
    if not re.fullmatch(r"[3-6][0-9]{14,15}", text):
        return False
    total = 0
    for place, digit in enumerate(reversed(text)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_pension_number(number: str) -> bool:
    """German pension insurance number: 2 area digits, date of birth, letter, 3 digits.

    Weights of § 4 VKVV; the letter counts as its place in the alphabet, two digits.
    """
    text = bare(number)
    if not re.fullmatch(r"[0-9]{8}[A-Z][0-9]{3}", text):
        return False
    digits = text[:8] + f"{ord(text[8]) - 64:02d}" + text[9:11]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = 0
    for digit, weight in zip(digits, weights, strict=True):
        product = int(digit) * weight
        total += product // 10 + product % 10
    return total % 10 == int(text[11])
