"""The pages of the offline medium: its guides, as HTML that any browser shows.

Markdown is what its authors write; whoever opens the medium gets a page to read, to print,
or to fill in with a word processor. No script, nothing from elsewhere.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

_STYLE = """\
:root{color-scheme:light dark;--text:#1f2328;--soft:#59636e;--ground:#fff;--box:#f3f5f7;\
--line:#d5dae0;--link:#0b57d0}
@media(prefers-color-scheme:dark){:root{--text:#e3e6ea;--soft:#a3abb5;--ground:#16181b;\
--box:#22262b;--line:#3b4149;--link:#8ab4f8}}
body{font:1.05rem/1.6 system-ui,sans-serif;max-width:52rem;margin:0 auto;\
padding:2.5rem 1.25rem 4rem;color:var(--text);background:var(--ground);overflow-wrap:break-word}
h1{font-size:1.9rem;line-height:1.25;margin:0 0 1rem}
h2{font-size:1.35rem;line-height:1.3;margin:2.4rem 0 .6rem;padding-bottom:.3rem;\
border-bottom:1px solid var(--line)}
h3{font-size:1.1rem;margin:1.8rem 0 .4rem}
a{color:var(--link)}
code,pre{font:.9em/1.5 ui-monospace,monospace;background:var(--box);\
overflow-wrap:anywhere}
code{padding:.1em .3em;border-radius:4px}
pre{padding:.75rem 1rem;border-radius:6px;white-space:pre-wrap}
pre code{font-size:1em;padding:0}
td code{overflow-wrap:normal}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;line-height:1.45}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;\
border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}
li{margin:.3rem 0}
.box{list-style:none;margin-left:-1.2em}
@media print{body{max-width:none;padding:0;font-size:10.5pt}h2,h3{break-after:avoid}\
pre,tr{break-inside:avoid}}
"""


def page(code: str, title: str, body: str) -> str:
    """Return a whole page in a language; `title` is plain text, `body` HTML."""
    return (
        f'<!doctype html>\n<html lang="{code}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}</body>\n</html>\n"
    )


def render(folder: Path) -> None:
    """Put a page in the place of each Markdown file in a folder."""
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text("utf-8")
        head = re.search(r"^# (.+)$", text, re.MULTILINE)
        title = head[1] if head else path.stem
        path.with_suffix(".html").write_text(
            page(_language(path), title, _body(text)), "utf-8"
        )
        path.unlink()


def _language(path: Path) -> str:
    """Return the language of a guide, which its folder or its name tells."""
    return "de" if path.parent.name == "de" or path.stem.endswith(".de") else "en"


def _body(text: str) -> str:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.use(anchors_plugin, max_level=3)
    tokens = markdown.parse(re.sub(r"\[ \] ?", "☐\N{NO-BREAK SPACE}", text))
    for token in _all(tokens):
        if token.type == "link_open":
            link = str(token.attrGet("href"))
            token.attrSet("href", re.sub(r"\.md(?=#|$)", ".html", link))
    rendered: str = markdown.renderer.render(tokens, markdown.options, {})
    for plain, dressed in (
        # A wide table is moved sideways by itself, not with the whole page.
        ("<table>", '<div class="table"><table>'),
        ("</table>", "</table></div>"),
        ("<li>☐", '<li class="box">☐'),
    ):
        rendered = rendered.replace(plain, dressed)
    return rendered


def _all(tokens: list[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *(token.children or ()))]
