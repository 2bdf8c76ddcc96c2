"""Takes the picture of the playground for the README: `python docs/screenshot.py`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "_static" / "playground.png"
SECONDS = 60


def take(url: str) -> None:
    """Save what Chromium shows at *url*, when each row has its result."""
    options = webdriver.ChromeOptions()
    for argument in ("headless=new", "no-sandbox", "hide-scrollbars", "window-size=1100,980"):
        options.add_argument(f"--{argument}")
    # Both are named, or Selenium would look for them on the network.
    options.binary_location = shutil.which("chromium") or "google-chrome"
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options, service) as browser:
        browser.get(url)
        heading = browser.find_element(By.TAG_NAME, "h1")
        WebDriverWait(browser, SECONDS).until_not(lambda _: "Asking" in heading.text)
        browser.save_screenshot(str(PICTURE))


def main() -> None:
    """Start the playground, look at it, and stop it."""
    command = [sys.executable, "examples/playground", "--no-browser", "--port=0"]
    with subprocess.Popen(  # noqa: S603 - the program is the project's own
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as playground:
        lines = map(re.compile("Open (.*?) ").match, playground.stdout or ())
        try:
            take(next(line[1] for line in lines if line))
        finally:
            playground.terminate()
            playground.communicate()


if __name__ == "__main__":
    main()
