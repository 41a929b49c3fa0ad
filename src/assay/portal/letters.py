"""Letters: what mail and chat say, from one template a text; the same words as plain text and as HTML.

What people wrote stands in one line each, so that no title of theirs makes a header, a paragraph or a second link line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from assay.actions.errands import FIRST, Errand
from assay.base.roles import Person
from assay.base.telling import Letter
from assay.portal.view import count_of, plain
from assay.portal.words import CLASSES

_LONGEST_TITLE = 150
_SHOWN = 3
_LONGEST_LETTER = 12
"""Things; what is beyond them is on the page."""
EFFECTS = {**CLASSES, FIRST: "It is the first version: nothing that people use now changes."}
CLOSING = "Nothing is signed by opening the link: the page asks you to sign in, and you to decide."


@dataclass(frozen=True, slots=True)
class PortalLetters:
    """The `Letters` of a portal.

    Attributes:
        address: under which people reach it, without a slash at the end.
    """

    address: str

    def write(self, person: Person, errands: Sequence[Errand], known: int) -> Letter:
        """Write what is told to a person; ``known`` more things wait that they were told of before."""
        values = {
            "name": person.name,
            "errands": errands[:_LONGEST_LETTER],
            "many": len(errands),
            "beyond": max(len(errands) - _LONGEST_LETTER, 0),
            "headings": list(dict.fromkeys(one_line(errand.heading) for errand in errands)),
            "lead": _lead(errands, known),
            "lines_of": lines_of,
            "due_words": due_words,
            "link": self.address + page_of(errands),
            "closing": CLOSING,
        }
        title, text, html = (
            _templates().get_template(f"mail/{name}.j2").render(values)
            for name in ("title.txt", "letter.txt", "letter.html")
        )
        return Letter(_cut(one_line(title)), text.strip() + "\n", html)


def page_of(errands: Sequence[Errand]) -> str:
    """Return the one page to which a letter leads: where the one thing is done, else the person's own work."""
    pages = {errand.page for errand in errands}
    if len(pages) == 1:
        return pages.pop()
    projects = {errand.project for errand in errands}
    return f"/p/{projects.pop()}/work" if len(projects) == 1 else "/"


def lines_of(errand: Errand) -> Iterator[tuple[str, str]]:
    """Give what a letter says of one thing, each with its label."""
    subjects = [plain(name) for name, _ in errand.matters if name]
    if subjects:
        yield "About", _listed(subjects)
    for change in errand.changes[:_SHOWN]:
        yield "Change", change
    if len(errand.changes) > _SHOWN:
        yield "Change", f"and {len(errand.changes) - _SHOWN} more"
    if errand.effect:
        yield "Effect", EFFECTS.get(errand.effect, errand.effect)
    if errand.checked:
        yield ("By" if errand.is_news else "Checked before you"), _listed(errand.checked)
    if not errand.is_news:
        minutes = f"; about {errand.minutes} minutes" if errand.minutes else ""
        yield "By when", (due_words(errand) or "no day was named") + minutes
        yield "If you do nothing", errand.otherwise


def due_words(errand: Errand) -> str:
    """Say by when something is needed; empty where no day was named."""
    if errand.by is None:
        return ""
    if errand.by == errand.today:
        return "due today"
    day = f"{errand.by:%-d %B %Y}"
    return f"overdue since {day}" if errand.by < errand.today else f"needed by {day}"


def one_line(text: str) -> str:
    """Put a text into one line, without what cannot be shown: control characters, and signs that turn the direction."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _lead(errands: Sequence[Errand], known: int) -> str:
    news = sum(errand.is_news for errand in errands)
    to_do = len(errands) - news
    parts = [f"{count_of(to_do, 'thing')} {'waits' if to_do == 1 else 'wait'} for you" if to_do else ""]
    parts += [f"{count_of(news, 'thing')} happened that you waited for" if news else ""]
    lead = ", and ".join(filter(None, parts)) + "."
    more = f" {count_of(known, 'thing')} of which you were told still {'waits' if known == 1 else 'wait'}."
    return lead + (more if known else "")


def _listed(names: Sequence[str]) -> str:
    """List names, the first ones where they are many."""
    more = f" and {len(names) - 2 * _SHOWN} more" if len(names) > 2 * _SHOWN else ""
    return ", ".join(names[: 2 * _SHOWN]) + more


def _cut(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("assay.portal"), autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["one_line"] = one_line
    environment.globals["count_of"] = count_of
    return environment
