"""A page in a real browser: headless Chromium, driven over its DevTools protocol on a pair of pipes.

Nothing but Chromium itself is needed. What the page logs and every request it makes are kept.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# As root, without a GPU, and without asking for anything on a network by itself.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--mute-audio", "--remote-debugging-pipe",
]


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp()
        to_read, self.write_end = os.pipe()
        self.read_end, to_write = os.pipe()

        # Chromium reads commands from descriptor 3 and answers on 4; ours may have these numbers themselves.
        def connect():
            one, other = os.dup2(to_read, 60, False), os.dup2(to_write, 61, False)
            os.dup2(one, 3)
            os.dup2(other, 4)

        environment = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "MALLOC_PERTURB_")}
        self.process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=connect, start_new_session=True, close_fds=False, env={**environment, "HOME": self.profile},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number, self.session = b"", 0, None
        self.requests, self.complaints, self.events = [], [], []

    def open(self, path, width=1280, height=900, dark=False, wait=True):
        """Open a file in a fresh page of that size and wait for it to be drawn; what was logged and asked for before is
        forgotten."""
        if self.session:
            self.send("Target.closeTarget", {"targetId": self.target}, session=False)
        self.target = self.send("Target.createTarget", {"url": "about:blank"}, session=False)["targetId"]
        self.session = self.send("Target.attachToTarget", {"targetId": self.target, "flatten": True}, session=False)["sessionId"]
        self.requests, self.complaints = [], []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.size(width, height)
        self.send("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.send("Page.navigate", {"url": path if ":" in path else "file://" + path})
        return not wait or self.until("document.documentElement?.dataset.ready === 'yes'", 60)

    def size(self, width, height, scale=1):
        self.send("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600})

    def send(self, method, params=None, session=True, seconds=60):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = self.session
        data, wanted = json.dumps(message).encode() + b"\0", self.number
        while data:
            data = data[os.write(self.write_end, data):]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.receive(end)
            if answer.get("id") == wanted:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
        raise TimeoutError(method)

    def receive(self, end):
        while b"\0" not in self.buffer:
            if not select.select([self.read_end], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            data = os.read(self.read_end, 1 << 20)
            if not data:
                raise RuntimeError("Chromium ended")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        self.notice(message.get("method"), message.get("params"))
        return message

    def notice(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"])[:2000])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(params["args"])[:500])
        elif method == "Log.entryAdded":
            self.complaints.append(json.dumps(params["entry"])[:500])

    def run(self, expression):
        """The value of an expression in the page, awaited."""
        answer = self.send("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:1000])
        return answer["result"].get("value")

    def until(self, expression, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.run(expression):
                return True
            time.sleep(0.05)
        return False

    def mouse(self, kind, x, y, **more):
        self.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left" if kind != "mouseMoved" else "none", "clickCount": 1, **more})

    def click(self, x, y):
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y)

    def key(self, name, text=""):
        codes = {"ArrowRight": 39, "ArrowLeft": 37, "Enter": 13, "Tab": 9}
        params = {"key": name, "code": name, "windowsVirtualKeyCode": codes.get(name, ord(name[0]) if len(name) == 1 else 0)}
        self.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text or ("\r" if name == "Enter" else ""), **params})
        self.send("Input.dispatchKeyEvent", {"type": "keyUp", **params})

    def screenshot(self, path, whole=True):
        """The page as PNG, all of it or what the window shows."""
        params = {"format": "png"}
        if whole:
            box = self.send("Page.getLayoutMetrics")["cssContentSize"]
            params.update(captureBeyondViewport=True, clip={"x": 0, "y": 0, "width": box["width"], "height": box["height"], "scale": 1})
        data = base64.b64decode(self.send("Page.captureScreenshot", params)["data"])
        with open(path, "wb") as file:
            file.write(data)
        return data

    def close(self):
        """End it and its children, which are a group of their own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for end in (self.read_end, self.write_end):
            os.close(end)
        shutil.rmtree(self.profile, ignore_errors=True)
