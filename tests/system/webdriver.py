"""A headless Chromium, driven by the W3C WebDriver protocol (one session each:
cookies of its own)."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from kratt import PATIENCE

OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def is_possible():
    return bool(shutil.which("chromedriver") and shutil.which("chromium"))


class Driver:
    """The driver's process, which starts browsers."""

    def __init__(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.dir = tempfile.mkdtemp(prefix="kratt-browser-")
        self.process = subprocess.Popen(["chromedriver", f"--port={port}"], cwd=self.dir,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not self._is_ready():
            if time.monotonic() > end:
                raise RuntimeError("chromedriver does not answer")
            time.sleep(0.05)

    def _is_ready(self):
        try:
            return self.call("GET", "/status")["ready"]
        except OSError:
            return False

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.dir, ignore_errors=True)


class Browser:
    """One browser with one page."""

    def __init__(self, driver):
        self.driver = driver
        options = {"goog:chromeOptions": {"args": OPTIONS, "binary": shutil.which("chromium")}}
        session = driver.call("POST", "/session",
                              {"capabilities": {"alwaysMatch": options}})["sessionId"]
        self.path = f"/session/{session}"
        driver.call("POST", self.path + "/timeouts", {"script": int(PATIENCE * 1000)})

    def go(self, url):
        self.driver.call("POST", self.path + "/url", {"url": url})

    def run(self, expression, *arguments):
        """What the promise of a JavaScript expression becomes; its arguments
        are named args. Raises AssertionError with what it was rejected with."""
        script = f"""const args = arguments, done = args[args.length - 1];
            Promise.resolve().then(() => ({expression}))
                .then(value => done({{value}}), error => done({{error: String(error.stack || error)}}));"""
        answer = self.driver.call("POST", self.path + "/execute/async",
                                  {"script": script, "args": list(arguments)})
        if "error" in answer:
            raise AssertionError(f"{expression}: {answer['error']}")
        return answer.get("value")

    def close(self):
        self.driver.call("DELETE", self.path)
