"""A page in a real browser: Debian's Chromium, without a window."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: the page is not tested (apt-get install chromium)")
    with sync_playwright() as playwright:
        alone = ["--no-sandbox", "--disable-dev-shm-usage"]  # root in a container, with little shared memory
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=alone)
        yield browser
        browser.close()


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What pages say on the console, raise and request; a test that expects some takes it away."""
    lines: list[str] = []
    yield lines
    assert lines == []


@pytest.fixture
def show(browser: Browser, tmp_path: Path, said: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a page from its file."""
    path = tmp_path / "report.html"
    contexts = []

    def open_page(content: bytes, **options: Any) -> Page:
        path.write_bytes(content)
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: None if is_own(request.url) else said.append(request.url))
        page.goto(path.as_uri())
        return page

    def is_own(url: str) -> bool:
        return url.startswith("data:image/") or url.partition("#")[0] == path.as_uri()

    yield open_page
    for context in contexts:
        context.close()
