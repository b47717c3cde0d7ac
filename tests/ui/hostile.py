"""Strings that try to make a window open a file, reach a host, hang or lie."""

from __future__ import annotations

TARGETS = (
    "//host/share/canary.png",
    "\\\\host\\share\\canary.png",
    "file:///etc/passwd",
    "file://host/share/canary.png",
    "/etc/hostname",
    "C:\\Windows\\win.ini",
    "http://canary.example/x.png?q=secret",
    "https://canary.example/x.png",
    "data:image/svg+xml;base64,PHN2Zy8+",
    "javascript:alert(1)",
    "qrc:/canary.png",
    ":/canary.png",
    "ftp://host/canary.png",
    "smb://host/share/canary.png",
)
FORMS = (
    "![a]({t})",
    "![a](<{t}>)",
    "![a]({t} 'title')",
    "![a][1]\n\n[1]: {t}",
    "![a][]\n\n[a]: <{t}>",
    "[a]({t})",
    "[![a]({t})]({t})",
    "<{t}>",
    "{t}",
    "<img src='{t}'>",
    "<img src={t} onerror=alert(1)>",
    "<body background='{t}'>x</body>",
    "<table background='{t}'><tr><td background='{t}'>x</td></tr></table>",
    "<link rel=stylesheet href='{t}'>",
    "<style>body {{ background: url('{t}') }}</style>",
    "<p style=\"background-image:url('{t}')\">x</p>",
    "<iframe src='{t}'></iframe>",
    "<object data='{t}'></object>",
    "| a |\n|---|\n| ![a]({t}) |",
    "- ![a]({t})\n  > <img src='{t}'>",
    "$\\includegraphics{{{t}}}$",
    "$$\\href{{{t}}}{{x}} \\color{{url({t})}}{{x}}$$",
)
CHARACTERS = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://canary.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b2J",
    "\x07\x08\x0c\x7f",
    "a\x00b",
    "\u202egnp.exe",
    "\u2066\u2067\u2068\u2069",
    "\u200e\u200f\u061c",
    "\ud800",
    "\udfff x \ud83d",
    "\ufdd0\ufdd1",
    "\uffff\ufffe",
    "\ufffc" * 50,
    "\u2028\u2029",
    "\u200b" * 1000 + "x",
    "Z" + "\u0300" * 3000,
    "\ufeffx",
    "".join(chr(0xE0000 + ord(c)) for c in "open file"),
    "👨‍👩‍👧‍👦" * 200,
    "﷽" * 500,
    "&lt;img src=//host/share/canary.png&gt;",
    "&#60;img src='//host/x.png'&#62; &#0; &#x110000; &bogus;",
    "%s%n%x {0} {name} {{}}",
    "\r\rx\r\ny\x85z",
)
UNITS = (
    "[", "]", "(", "*", "**a ", "_a*", "~~", "`", "> ", "- ", "1. ", "#", "|a", "$",
    "$$", "\\(", "\\[", "![", "[a](", "<", "&", "\\", "\n", "\t", "a|", "=", "+ ",
    "<!--", "]]>", "```\n", "~~~\n", "\n>", "\n-", "\n\n\n1. ", "[1]", "x\n===\n",
)  # fmt: skip
TEX = (
    "\\frac{", "\\sqrt{", "\\left(", "{", "x^{", "x_{", "\\text{", "\\binom{",
    "\\begin{matrix}", "\\overline{", "\\mathrm{", "\\color{red}{", "\\sqrt", "\\sum",
    "\\rule{9999em}{9999em}", "\\hspace{1e9em}", "^", "'", "&", "\\\\", "\\def\\x{\\x}",
    "\\input{/etc/passwd}", "\\text{</mtext><image href='file:///etc/passwd'/>}",
)  # fmt: skip


def hostile_strings() -> list[str]:
    """Return at least 300 different strings, the longest of a megabyte."""
    result = [form.format(t=target) for target in TARGETS for form in FORMS]
    result += CHARACTERS
    result += [unit * 3_000 for unit in UNITS]
    for part in TEX:
        closing = "}" * 15 if part.endswith("{") else ""
        result += [f"${part * 15}1{closing}$", f"$${part * 400}$$", f"\\[{part}\n\\]"]
    result += [
        "x" * 1_000_000,
        "[" * 100_000,
        ">" * 100_000,
        "![a](//host/share/canary.png)" * 30_000,
        "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + ("|" + "b|" * 300 + "\n") * 30,
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 2_000,
        "".join(" " * depth + "- a\n" for depth in range(200)),
        "**bold *both `code** [link](",
        "```python\n" + "x = 1\n" * 3_000,
        "```" + "x" * 5_000 + "\n<img src='//host/share/canary.png'>\n```",
        "https://user:pass@canary.example@evil.example/",
        "[pay](https://xn--pypal-4ve.com/)",
        "[pay](https://pаypal.com/)",
        "",
        " ",
        "\n",
    ]
    return list(dict.fromkeys(result))
