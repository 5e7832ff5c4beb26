"""Reads the simulator's page as a browser would: phones with their bubbles, and the mailbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "link", "meta", "br"}
Attributes = dict[str, str]


@dataclass
class Element:
    tag: str
    attributes: Attributes
    parts: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def line(self) -> str:
        return " ".join(self.text.split())

    def all(self, tag: str | None = None, **attributes: str) -> list[Element]:
        """Every element below with these attributes; `class_` is one of its classes."""
        found = []
        for part in self.parts:
            if isinstance(part, Element):
                found += [part] if part._is(tag, attributes) else []
                found += part.all(tag, **attributes)
        return found

    def one(self, tag: str | None = None, **attributes: str) -> Element:
        (only,) = self.all(tag, **attributes)
        return only

    def _is(self, tag: str | None, attributes: Attributes) -> bool:
        if tag not in (None, self.tag):
            return False
        wanted = dict(attributes)
        class_ = wanted.pop("class_", None)
        if class_ is not None and class_ not in self.attributes.get("class", "").split():
            return False
        return all(self.attributes.get(name.replace("_", "-")) == value for name, value in wanted.items())


class Page(Element):
    @property
    def csrf_token(self) -> str:
        return self.all("input", name="csrf_token")[0].attributes["value"]

    @property
    def numbers(self) -> list[str]:
        return [phone.attributes["data-phone"] for phone in self.all(class_="phone")]

    def phone(self, number: str) -> Element:
        return self.one(class_="phone", data_phone=number)

    def texts(self, number: str) -> list[tuple[str, str]]:
        """(`us` or `citizen`, text), from the top down."""
        bubbles = self.phone(number).all(class_="bubble")
        return [
            ("us" if "from-us" in bubble.attributes["class"] else "citizen", bubble.one(class_="body").text)
            for bubble in bubbles
        ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[Element] = [Page("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read_page(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    (page,) = reader.open
    assert isinstance(page, Page)
    return page
