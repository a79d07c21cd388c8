"""A real browser without a window: chromium, driven through the pipe of its DevTools protocol."""

import base64
import json
import os
import shutil
import subprocess
import time

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 60  # seconds: a busy machine takes many times what a quiet one does
KEYS = {"Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, "")}


class Browser:
    """One page of a browser that keeps its files in a folder, downloads too."""

    def __init__(self, folder, width=1280, height=900):
        theirs, ours = os.pipe(), os.pipe()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
                   f"--user-data-dir={folder / 'profile'}"]  # fmt: skip
        # The protocol is spoken on descriptors 3 and 4 of the browser, which a shell gives it.
        script = f'exec "$@" 3<&{theirs[0]} 4>&{ours[1]}'
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", BROWSER, *options], pass_fds=(theirs[0], ours[1]), stderr=subprocess.DEVNULL
        )
        os.close(theirs[0]), os.close(ours[1])
        self._out, self._in = os.fdopen(theirs[1], "wb", 0), os.fdopen(ours[0], "rb", 0)
        self._number, self._session, self._left = 0, None, b""
        downloads = {"behavior": "allow", "downloadPath": str(folder)}
        self.ask("Browser.setDownloadBehavior", **downloads)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")
        self.size(width, height)

    def ask(self, method, **parameters):
        """Send a command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            if answer.get("method") == "Page.javascriptDialogOpening":
                raise AssertionError(answer)

    def _message(self):
        while b"\0" not in self._left:
            part = self._in.read(65536)
            assert part, "the browser has ended"
            self._left += part
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)

    def size(self, width, height):
        """Let the page be so large, in pixels."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def open(self, address):
        """Load a page."""
        self.ask("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.protocol !== 'about:'")

    def run(self, script):
        """Return what a script gives."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, condition):
        """Wait until a script gives something true."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.run(f"Boolean({condition})"):
                return
            time.sleep(0.02)
        raise AssertionError(f"{condition} is still false:\n{self.run('document.body.innerText')}")

    def press(self, key, modifiers=0):
        """Press a key as a person does."""
        name, code, text = KEYS[key] if key in KEYS else (key, ord(key.upper()), key)
        common = {"key": name, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text="" if modifiers else text, **common)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        """Type a text where the focus is."""
        self.ask("Input.insertText", text=text)

    def picture(self, path):
        """Write a picture of the page."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=False)["data"]))

    def close(self):
        """End the browser."""
        self._process.terminate()
        self._process.wait(30)
        self._out.close(), self._in.close()
