# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium for the tests of pages, over the DevTools protocol.

The protocol goes through two pipes (--remote-debugging-pipe): JSON, each
message ended by a NUL.  No port is opened, and nothing but Python is needed
beside the browser.

    with Browser() as browser:
        tab = browser.open("file:///…", width=360, dark=True)
        tab.ask("document.title")
        tab.requests, tab.complaints
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

import harness

PATIENCE = 60   # seconds, for anything that the browser does
NAMES = ("chromium", "chromium-browser", "google-chrome")


def need_browser():
    if not any(map(shutil.which, NAMES)):
        harness.skip("chromium is not installed (scripts/install-deps "
                     "browser)")


class Browser:
    def __init__(self, within=()):
        """within: the command that enters a network namespace."""
        self.home = tempfile.mkdtemp(prefix="exflow-browser-")
        ours_out, theirs_in = os.pipe()[::-1]
        theirs_out, ours_in = os.pipe()[::-1]
        program = next(filter(None, map(shutil.which, NAMES)))
        # The pipes are 3 and 4.  Where root or a container runs the tests
        # there is no sandbox; what it opens is ours.
        self.process = subprocess.Popen(
            [*within, "sh", "-c", 'exec "$@" 3<&%d 4>&%d' % (theirs_in, theirs_out),
             "sh", program, "--headless=new", "--no-sandbox",
             "--remote-debugging-pipe", "--user-data-dir=" + self.home,
             "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-proxy-server", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(harness.ENVIRONMENT, HOME=self.home))
        os.close(theirs_in)
        os.close(theirs_out)
        self.out, self.into = ours_out, ours_in
        self.number, self.waiting, self.tabs = 0, b"", {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """It is asked to end, and made to if it does not."""
        try:
            self.call("Browser.close")
        except (OSError, EOFError, RuntimeError, TimeoutError):
            pass
        for fd in (self.out, self.into):
            os.close(fd)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        """The result of a method; events before it go to their tabs."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") != self.number:
                continue
            if "error" in answer:
                raise RuntimeError("%s: %s" % (method, answer["error"]))
            return answer["result"]

    def receive(self, patience=PATIENCE):
        """The next message; an event has been given to its tab."""
        end = time.monotonic() + patience
        while b"\0" not in self.waiting:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.into], [], [], left)[0]:
                raise TimeoutError("the browser says nothing")
            octets = os.read(self.into, 1 << 16)
            if not octets:
                raise EOFError("the browser has ended")
            self.waiting += octets
        text, self.waiting = self.waiting.split(b"\0", 1)
        message = json.loads(text)
        tab = self.tabs.get(message.get("sessionId"))
        if tab and "method" in message:
            tab.event(message["method"], message["params"])
        return message

    def open(self, address, width=1600, height=1000, dark=False, script=True):
        target = self.call("Target.createTarget", url="about:blank")
        session = self.call("Target.attachToTarget", flatten=True,
                            targetId=target["targetId"])["sessionId"]
        tab = self.tabs[session] = Tab(self, session, target["targetId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(domain + ".enable")
        tab.call("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=1, mobile=width < 500)
        tab.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        tab.call("Emulation.setScriptExecutionDisabled", value=not script)
        tab.go(address)
        return tab


class Tab:
    """A page: what it asked for, and what it complained about."""

    def __init__(self, browser, session, target):
        self.browser, self.session, self.target = browser, session, target
        self.requests, self.complaints, self.loads = [], [], 0

    def event(self, method, said):
        if method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(said["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append("console: %s" % said["args"])
        elif method == "Log.entryAdded":
            self.complaints.append("%(level)s: %(text)s" % said["entry"])
        elif method == "Page.loadEventFired":
            self.loads += 1

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def go(self, address):
        """Open an address, and wait until all of it is there."""
        loads = self.loads
        said = self.call("Page.navigate", url=address)
        if "errorText" in said:
            raise RuntimeError("%s: %s" % (address, said["errorText"]))
        self.await_load(loads)

    def await_load(self, loads):
        """Wait until it was loaded more often than so many times."""
        end = time.monotonic() + PATIENCE
        while self.loads <= loads:
            self.browser.receive(max(0, end - time.monotonic()))

    def ask(self, expression):
        """The value of an expression of JavaScript, by way of JSON."""
        said = self.call("Runtime.evaluate", expression=expression,
                         returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise RuntimeError("%s: %s" % (expression,
                                           said["exceptionDetails"]))
        return said["result"].get("value")

    def click(self, selector):
        """With the mouse, at its middle; it is scrolled to before."""
        x, y = self.ask("""(function (e) {
            e.scrollIntoView({block: 'center', inline: 'center'});
            var r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2];
            })(document.querySelector(%s))""" % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y,
                      button="left", clickCount=1)

    def press(self, key, text=None, modifiers=0):
        """A key by its name of the DOM, as Tab or Enter."""
        code = {"Tab": 9, "Enter": 13, " ": 32, "Backspace": 8}.get(key, 0)
        for kind in ("keyDown", "keyUp"):
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key,
                      code="Space" if key == " " else key, modifiers=modifiers,
                      windowsVirtualKeyCode=code, **extra)

    def write(self, text):
        self.call("Input.insertText", text=text)

    def picture(self, path):
        """A PNG of the whole page, for people."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        said = self.call("Page.captureScreenshot", format="png",
                         captureBeyondViewport=True,
                         clip=dict(size, x=0, y=0, scale=1))
        with open(path, "wb") as file:
            file.write(base64.b64decode(said["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.tabs.pop(self.session)
