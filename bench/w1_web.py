"""W1: how fast the web app opens and reacts, with 500 and with 10,000 videos.

`core dev` serves it to Chromium. On a line of 1.6 Mbit/s and 150 ms with a processor four times
slower: the first visit, without Clerk's scripts, and later visits from the browser's own copy. The
first visit is by HTTP/2 through nginx with the file of deploy/, and by HTTP/1.1 without it.
Without throttling: 10,000 videos opened, scrolled, searched and filtered.

Run: python -m bench.w1_web
"""

import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.limits import Limit, judge
from bench.slow_line import SlowLine
from tests.support.chromium import launch
from tests.support.proxies import run_proxy
from tests.support.servers import run_dev
from tests.support.web.pages import import_library, sign_in_as

ROUNDS = 5
SLOWER = 4
PHONE: Any = {"width": 360, "height": 740}
SOME, MANY = 500, 10_000
PEOPLE = {SOME: "Some Example", MANY: "Many Example"}
WORDS = ["yoga", "legs", "stretch", "kettlebell", "core", "Anfänger", "ランニング", "łódź", "run"]
WAIT_MS = 50
SETTLED_MS = 1_000
SCROLLED_PX, SCROLL_PX_S = 60_000, 8_000
SCRIPT = Path(__file__).with_suffix(".js")

Times = dict[str, list[float]]


def library(size: int) -> list[dict[str, Any]]:
    """Make up videos whose titles end with their number; a part of them is not ASCII."""
    chance = Random(1)
    return [
        {
            "url": f"https://www.youtube.com/watch?v=w{number:010}",
            "title": " ".join([*chance.choices(WORDS, k=6), str(number)]),
            "channel": f"Channel {number % 97}",
            "tags": [f"tag {min(200, int(chance.paretovariate(0.6)))}" for _ in range(3)],
            "created_at": f"20{24 - number * 14 // size:02}-01-01T00:00:00Z",
        }
        for number in range(size)
    ]


def open_page(context: BrowserContext, slower: int) -> tuple[Page, CDPSession]:
    page = context.new_page()
    page.add_init_script(path=SCRIPT)
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    return page, devtools


def opening_s(context: BrowserContext, url: str, what: str, slower: int) -> float:
    """Open the page with its service worker stopped; return seconds until `what` is painted."""
    page, devtools = open_page(context, slower)
    devtools.send("ServiceWorker.enable")
    devtools.send("ServiceWorker.stopAllWorkers")
    page.goto(url, wait_until="commit")
    while not (seen_ms := page.evaluate(f"window.bench?.seen.{what}")):
        page.wait_for_timeout(WAIT_MS)
    page.wait_for_timeout(SETTLED_MS)
    page.close()
    return float(seen_ms) / 1_000


def first_visit_s(browser: Browser, url: str) -> float:
    context = browser.new_context(viewport=PHONE)
    took_s = opening_s(context, url, "welcome", SLOWER)
    context.close()
    return took_s


def settle(browser: Browser, url: str, size: int) -> BrowserContext:
    """Sign a user in, and wait until the browser has stored their library and the page."""
    context = browser.new_context(viewport=PHONE)
    context.grant_permissions(["local-network-access"])
    page = context.new_page()
    page.goto(url)
    page.get_by_role("button", name=PEOPLE[size], exact=True).click()
    page.locator(".count").filter(has_text=f"{size:,} videos").wait_for()
    while not page.evaluate("Boolean(navigator.serviceWorker.controller)"):
        page.wait_for_timeout(WAIT_MS)
    page.wait_for_timeout(SETTLED_MS)
    page.close()
    opening_s(context, url, "videos", 1)  # so that all code is compiled
    return context


def usage_ms(context: BrowserContext, url: str, slower: int) -> Times:
    """Search, filter and scroll 10,000 videos; milliseconds."""
    page, devtools = open_page(context, slower)
    page.goto(url)
    page.locator("#videos .card").first.wait_for()
    page.wait_for_timeout(SETTLED_MS * slower)
    times: Times = {"letter": [], "found": [], "chip": []}
    page.get_by_role("searchbox").focus()
    for key in ("7", "7", "3", "Backspace", "Backspace", "Backspace"):
        page.evaluate("bench.waiting = [bench.answered('keydown'), bench.found()]; null")
        page.keyboard.press(key)
        letter, found = page.evaluate("Promise.all(bench.waiting)")
        times["letter"].append(letter)
        times["found"].append(found)
    for _ in range(2):
        page.evaluate("bench.waiting = bench.answered('click'); null")
        page.locator(".chips .chip").first.click()
        times["chip"].append(page.evaluate("bench.waiting"))
    times["task"] = [longest_task_ms(page, devtools, lambda: scroll(page, devtools))]
    page.close()
    return times


def scroll(page: Page, devtools: CDPSession) -> None:
    """Scroll fast."""
    push = {"x": 180, "y": 500, "yDistance": -SCROLLED_PX, "speed": SCROLL_PX_S}
    devtools.send("Input.synthesizeScrollGesture", {**push, "gestureSourceType": "mouse"})
    if page.evaluate("scrollY") < SCROLLED_PX / 2:
        sys.exit("The page did not scroll")


def longest_task_ms(page: Page, devtools: CDPSession, act: Callable[[], object]) -> float:
    """Return the processor time of the page's longest task while a user acts."""
    events: list[dict[str, Any]] = []
    done: list[bool] = []
    devtools.on("Tracing.dataCollected", lambda found: events.extend(found["value"]))
    devtools.on("Tracing.tracingComplete", lambda _: done.append(True))
    wanted = {"includedCategories": ["toplevel", "devtools.timeline"]}
    devtools.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": wanted})
    act()
    devtools.send("Tracing.end")
    while not done:
        page.wait_for_timeout(WAIT_MS)
    threads = Counter(e["tid"] for e in events if e["name"] == "Layout")
    main = threads.most_common(1)[0][0]
    tasks = (e for e in events if e["tid"] == main and e["name"].endswith("RunTask"))
    return max(float(task.get("tdur", 0)) for task in tasks) / 1_000


def code_kb(url: str, begins: str) -> float:
    """Request a text file and the files that it names, in German, the longer language.

    Returns: the kilobytes on the wire, without headers
    """
    headers = {"Accept-Encoding": "br", "Accept-Language": "de"}
    total = 0
    found: set[str] = set()
    missing = {"/", begins}
    with httpx.Client(base_url=url, headers=headers) as client:
        while missing:
            name = missing.pop()
            found.add(name)
            answer = client.get(name)
            total += answer.num_bytes_downloaded
            missing |= set(re.findall(r'"(/assets/[^"]+\.(?:js|css))"', answer.text)) - found
    return total / 1_000


def measure(browser: Browser, url: str, line: SlowLine, https_url: str) -> Times:
    line.slow = False
    some, many = settle(browser, url, SOME), settle(browser, url, MANY)
    times: Times = {}
    for _ in range(ROUNDS):
        line.slow = True
        found = {
            "first visit": [first_visit_s(browser, https_url)],
            "first visit by HTTP/1.1": [first_visit_s(browser, url)],
            "kept, 500 videos": [opening_s(some, url, "videos", SLOWER)],
            "kept, 10,000 videos": [opening_s(many, url, "videos", SLOWER)],
        }
        line.slow = False
        found["opened"] = [opening_s(many, url, "videos", 1)]
        found |= usage_ms(many, url, 1)
        found |= {f"{name}, slower": took for name, took in usage_ms(many, url, SLOWER).items()}
        for name, took in found.items():
            times.setdefault(name, []).extend(took)
    return times


def with_spread(name: str, times: Sequence[float]) -> str:
    return f"{name}, {min(times):.2f} to {max(times):.2f}"


def judge_all(times: Times, url: str) -> int:
    limits = [
        ("first visit", "first visit", 1.9, "s"),
        ("kept, 500 videos", "kept, 500 videos", 1.0, "s"),
        ("10,000: opened", "opened", 1.0, "s"),
        ("10,000: a letter typed", "letter", 100, "ms"),
        ("10,000: found after 250", "found", 350, "ms"),
        ("10,000: a tag chosen", "chip", 100, "ms"),
        ("10,000: scrolled, longest task", "task", 50, "ms"),
    ]
    print(f"  load of the machine at the end: {os.getloadavg()[0]:.1f}")
    seconds = ("first visit by HTTP/1.1", "kept, 10,000 videos")
    for name in (*seconds, *(n for n in times if n.endswith("slower"))):
        unit = "s" if name in seconds else "ms"
        print(
            f"  without a limit: {with_spread(name, times[name])},"
            f" median {median(times[name]):.2f} {unit}"
        )
    shown = [
        Limit(with_spread(what, times[name]), median(times[name]), at_most, unit)
        for what, name, at_most, unit in limits
    ]
    title = f"W1  the web app, medians of {ROUNDS} rounds and their spread"
    first, all_of_it = code_kb(url, "/"), code_kb(url, "/sw.js")
    code = [
        Limit("code of a first visit, as sent", first, 54, "KB"),
        Limit("all of its code, as sent", all_of_it, 83, "KB"),
    ]
    return judge(title, [*shown, *code])


def main() -> int:
    with ExitStack() as sandbox:
        folder = Path(sandbox.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        url, _ = sandbox.enter_context(run_dev(folder))
        for size, name in PEOPLE.items():
            with sign_in_as(url, name, folder / "data") as person:
                import_library(person, library(size))
        port = urlsplit(url).port or 0
        https_url = sandbox.enter_context(run_proxy("nginx", port, folder, is_https=True))
        line = sandbox.enter_context(SlowLine(port))
        https_line = sandbox.enter_context(SlowLine(urlsplit(https_url).port or 0))
        lines = {url: line, https_url: https_line}
        mapped = [f"MAP {urlsplit(at).netloc} 127.0.0.1:{to.port}" for at, to in lines.items()]
        rules = ", ".join([*mapped, "MAP *.com ~NOTFOUND"])
        playwright = sandbox.enter_context(sync_playwright())
        browser = launch(
            playwright, f"--host-resolver-rules={rules}", "--ignore-certificate-errors"
        )
        times = measure(browser, url, line, https_url)
        browser.close()
        return judge_all(times, url)


if __name__ == "__main__":
    sys.exit(main())
