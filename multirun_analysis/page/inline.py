"""A figure's SVG as a part of the page: without styles of its own, and with its settings told.

What a figure draws of a setting is in an element whose id `figures.marks` gave; on the page it has `data-setting` and
`data-part`, of a trial `data-seed` as well, instead, by which the script links it to the table.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
MARK = re.compile(r"setting(\d+)-([a-z]+)(\d*)")
NUMBER = re.compile(rb"-?\d+\.\d{2,}")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
ROUND = {"stroke-linejoin": "round", "stroke-linecap": "butt"}  # what matplotlib's style sheet says, for all


def inline_svg(name: str, svg: bytes, about: str) -> str:
    """Make a figure's file an element of the page.

    The page's policy allows no style but its own: what an attribute `style` says becomes attributes, which the page's
    style can override. Ids begin with the figure's name, for an id is the whole page's.

    Args:
        name: The figure's.
        svg: As matplotlib wrote it.
        about: What it shows, for who does not see it.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314  # the analysis itself has written it
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in (f"{SVG}metadata", f"{SVG}style")]:
            parent.remove(child)
    for node in root.iter():
        _convert(node, name)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.attrib |= ROUND | {"class": "drawn", "role": "img", "aria-label": about}
    return ElementTree.tostring(root, encoding="unicode")


def _convert(node: ElementTree.Element, name: str) -> None:
    """Make an element's attributes those that the page needs."""
    node.tag = node.tag.removeprefix(SVG)
    own = node.attrib
    for entry in filter(str.strip, own.pop("style", "").split(";")):
        key, _, value = entry.partition(":")
        own[key.strip()] = value.strip()
    marked = MARK.fullmatch(own.get("id", ""))
    if marked:
        del own["id"]
        own["data-setting"], own["data-part"], seed = marked.groups()
        if seed:
            own["data-seed"] = seed
    elif "id" in own:
        own["id"] = f"{name}-{own['id']}"
    link = own.pop(LINK, "")
    if link:
        own["href"] = f"#{name}-{link[1:]}" if link.startswith("#") else link
    for key, value in own.items():
        if "url(#" in value:
            own[key] = REFERENCE.sub(rf"url(#{name}-\1)", value)
    for key in ("d", "points", "x", "y", "transform"):
        if key in own:
            own[key] = _shorten(own[key])
    node.tail = None
    if not (node.text or "").strip():
        node.text = None


def _shorten(numbers: str) -> str:
    """Coordinates with one decimal, a tenth of a point, in half of the bytes."""
    short = NUMBER.sub(lambda found: b"%.1f" % float(found[0]), numbers.encode())
    return " ".join(short.decode().split())
