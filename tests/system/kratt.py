"""A client of Kratt for the system tests: plain HTTP as a browser speaks it,
a reader of event streams, and an instance to speak to.

Python's standard library only. Nothing here sleeps to let something happen:
a Stream is waited on until the frame is there, with a time limit.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = float(os.environ.get("KRATT_TEST_PATIENCE", "20"))  # seconds

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")  # contract A-07
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
END_OF_ROWS = "-- end of rows"


_clock = {"lock": threading.Lock(), "last": datetime.min.replace(tzinfo=timezone.utc)}


def now():
    """The browser's clock: new Date().toISOString(). Never twice the same, as
    people do not write two messages in one millisecond."""
    with _clock["lock"]:
        moment = max(datetime.now(timezone.utc), _clock["last"] + timedelta(milliseconds=1))
        _clock["last"] = moment
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text):
    """An ISO time as milliseconds since 1970."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


class Answer:
    def __init__(self, status, headers, content):
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def body(self):
        """The content of all but files."""
        return self.content.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def value(self):
        """What the clients take: the first value in data."""
        return next(iter(self.json["data"].values()))

    def __repr__(self):
        return f"<{self.status} {self.content[:300].decode(errors='replace')!r}>"


class Client:
    """One browser: a base URL and its cookies. Safe for one thread."""

    def __init__(self, url):
        self.url = urllib.parse.urlsplit(url)
        self.cookies = {}
        self.connection = None

    def request(self, method, path, body=None, headers=None):
        """body: bytes as they are, anything else as JSON, None: no body."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
            headers.setdefault("Content-Type", "application/json")
        self._add_cookies(headers)
        answer = self._exchange(method, path, body, headers)
        self._take_cookies(answer.headers)
        return answer

    def _take_cookies(self, headers):
        for line in headers.get_all("Set-Cookie") or []:
            name, value = line.split(";", 1)[0].split("=", 1)
            self.cookies[name] = value

    def _add_cookies(self, headers):
        if self.cookies and "Cookie" not in headers:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items() if v)

    def _exchange(self, method, path, body, headers):
        # A kept connection may have been closed from the other side while
        # nothing was under way; one that never worked is an error.
        for fresh in (self.connection is None, True):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    self.url.hostname, self.url.port or 80, timeout=PATIENCE)
            try:
                self.connection.request(method, path, body, headers)
                raw = self.connection.getresponse()
                return Answer(raw.status, raw.headers, raw.read())
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if fresh:
                    raise
        raise AssertionError("not reached")

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def get(self, path, **query):
        return self.request("GET", with_query(path, query))

    def post(self, path, body=None):
        return self.request("POST", path, body)

    def ok(self, path, body=None):
        """Posts, and returns the value; anything but success is an error."""
        answer = self.post(path, body)
        if answer.status != 200:
            raise AssertionError(f"POST {path}: {answer}")
        return answer.value

    def stream(self, path, last_event_id=None, **query):
        return Stream(self, with_query(path, query), last_event_id)

    # ---- what people do ----

    def log_in(self, login, password):
        return self.ok("/cs-login", {"login": login, "password": password})

    def open_chat(self, content="Tere!"):
        """Returns the chat object."""
        return self.ok("/init-chat", {
            "message": {"chatId": None, "authorRole": "end-user", "authorTimestamp": now(),
                        "content": content},
            "endUserTechnicalData": {"endUserOs": "Linux", "endUserUrl": "https://www.example.ee/"}})

    def say(self, chat_id, content, **more):
        """Says something as the end user; returns its authorTimestamp."""
        moment = now()
        self.ok("/post-message", {"chatId": chat_id, "content": content, "authorRole": "end-user",
                                  "authorTimestamp": moment, **more})
        return moment

    def answer(self, chat_id, content):
        """Says something as an agent; returns its authorTimestamp."""
        moment = now()
        self.ok("/cs-post-message", {"chatId": chat_id, "content": content,
                                     "authorRole": "backoffice-user", "authorTimestamp": moment,
                                     "authorFirstName": "", "authorId": ""})
        return moment


def with_query(path, query):
    query = {k: v for k, v in query.items() if v is not None}
    return path + ("?" + urllib.parse.urlencode(query) if query else "")


class Frame:
    """One event of a stream, as the EventSource algorithm makes it."""

    def __init__(self, event, data, event_id, raw):
        self.event = event or "message"
        self.data = data
        self.id = event_id
        self.raw = raw  # its lines, as they came
        self.at = time.monotonic()

    @property
    def json(self):
        return json.loads(self.data)

    @property
    def value(self):
        """The payload: of a /sse/ frame the first value in body.data."""
        value = self.json
        if isinstance(value, dict) and "statusCodeValue" in value:
            body = value["body"]
            return next(iter(body["data"].values()), None) if "data" in body else body
        return value

    @property
    def items(self):
        """The rows of a list, or the one object of a native frame."""
        return self.value if isinstance(self.value, list) else [self.value]

    def __repr__(self):
        return f"<{self.event} {self.id} {self.data[:300]}>"


class Stream:
    """An open event stream, read by a thread of its own."""

    def __init__(self, client, path, last_event_id=None, reading=True):
        headers = {"Accept": "text/event-stream"}
        client._add_cookies(headers)
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self.path = path
        self.frames = []
        self.comments = 0
        self.last_event_id = last_event_id or ""
        self.ended = False
        self.changed = threading.Condition()
        self.reading = threading.Event()
        self.set_reading(reading)
        self.connection = http.client.HTTPConnection(client.url.hostname, client.url.port or 80,
                                                     timeout=PATIENCE)
        self.connection.request("GET", path, headers=headers)
        self.socket = self.connection.sock  # http.client forgets it when the answer has no length
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.headers = self.response.headers
        client._take_cookies(self.headers)
        self.socket.settimeout(None)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def set_reading(self, reading):
        """Not reading: what comes stays in the socket."""
        if reading:
            self.reading.set()
        else:
            self.reading.clear()

    def close(self):
        self.set_reading(True)
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(PATIENCE)
        self.response.close()
        self.connection.close()

    def _read(self):
        lines = []
        try:
            while self.reading.wait() and (line := self.response.readline(1 << 24)):
                text = line.decode().rstrip("\n").rstrip("\r")
                if text:
                    lines.append(text)
                else:
                    self._dispatch(lines)
                    lines = []
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass  # closed, from here or from there
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def _dispatch(self, lines):
        fields = {"data": [], "event": [""], "id": []}
        comments = 0
        for line in lines:
            name, _, value = line.partition(":")
            comments += name == ""
            if name in fields:
                fields[name].append(value[1:] if value.startswith(" ") else value)
        with self.changed:
            self.comments += comments
            if fields["id"]:
                self.last_event_id = fields["id"][-1]
            if fields["data"]:
                self.frames.append(Frame(fields["event"][-1], "\n".join(fields["data"]),
                                         self.last_event_id, lines))
            self.changed.notify_all()

    def wait(self, matches, what, seconds=PATIENCE, start=0):
        """Returns the first frame from start on that matches."""
        end = time.monotonic() + seconds
        seen = start
        with self.changed:
            while True:
                for frame in self.frames[seen:]:
                    if matches(frame):
                        return frame
                seen = max(seen, len(self.frames))
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    raise AssertionError(
                        f"{self.path} {'ended' if self.ended else 'never'} showed {what}; "
                        f"it had {self.frames[-5:]}")
                self.changed.wait(left)

    def first(self):
        return self.wait(lambda frame: True, "a first frame")

    def wait_item(self, matches, what, seconds=PATIENCE):
        """Returns the first row, in any frame, that matches."""
        def find(frame):
            return next((row for row in frame.items if isinstance(row, dict) and matches(row)),
                        None)
        return find(self.wait(lambda frame: find(frame) is not None, what, seconds))

    def wait_said(self, content):
        return self.wait_item(lambda row: row.get("content") == content, f"content {content!r}")


# ---- an instance ----


def free_port(address="127.0.0.1"):
    with socket.socket() as sock:
        sock.bind((address, 0))
        return sock.getsockname()[1]


class Postgres:
    """A PostgreSQL of its own, by tests/postgres; its data is below parent."""

    def __init__(self, parent=None):
        self.dir = tempfile.mkdtemp(prefix="kratt-postgres-", dir=parent)
        self.url = subprocess.run(
            [ROOT / "tests/postgres", "start", self.dir, str(os.getpid())],
            check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        self.psql = None

    def ask(self, sql):
        """The lines that psql prints. One is kept for all questions, as
        starting it takes a hundred times as long as most answers."""
        if not self.psql:
            self.psql = subprocess.Popen(
                ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.url], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.psql.stdin.write(f"{sql}\n;\n\\echo {END_OF_ROWS}\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line == END_OF_ROWS + "\n":
                return lines
            lines.append(line)
        self.hang_up()
        raise AssertionError(f"no answer from PostgreSQL to: {sql}")

    def hang_up(self):
        if self.psql:
            self.psql.communicate()
        self.psql = None

    def do(self, command):
        """resume, restart or stop, as tests/postgres has them."""
        self.hang_up()
        subprocess.run([ROOT / "tests/postgres", command, self.dir], check=True)

    def pids(self):
        """The server first, then all that it has started."""
        server = (Path(self.dir) / "data/postmaster.pid").read_text().split()[0]
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        return [int(pid) for pid in [server] + children]

    def kill(self):
        """SIGKILL to all of them; returns when they are gone."""
        self.hang_up()
        pids = self.pids()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        end = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
            time.sleep(0.01)

    def stop(self):
        self.do("stop")
        shutil.rmtree(self.dir, ignore_errors=True)


class Instance:
    """A Kratt started by deploy/up in a folder of its own; or, with
    KRATT_TEST_URL, the one that runs there. disk: where the database is."""

    def __init__(self, gateways=1, postgres=False, address="127.0.0.1", disk=None, **environment):
        self.postgres = None
        self.dir = None
        self.clients = []
        self._administrator = None
        running = os.environ.get("KRATT_TEST_URL")
        if running:
            self.url = running.rstrip("/")
            self.login = os.environ.get("KRATT_TEST_ADMIN_LOGIN", "admin")
            self.password = os.environ["KRATT_TEST_ADMIN_PASSWORD"]
            return
        self.dir = Path(tempfile.mkdtemp(prefix="kratt-system-"))
        try:
            if postgres:
                self.postgres = Postgres(disk)
            elif disk:
                environment["KRATT_DATABASE"] = os.path.join(disk, "kratt.db")
            self._start(gateways, address, environment)
        except BaseException:
            self.stop()
            raise

    @classmethod
    def for_test(cls, **options):
        """On the store that KRATT_TEST_STORE names: SQLite, or postgresql."""
        return cls(postgres=os.environ.get("KRATT_TEST_STORE") == "postgresql", **options)

    def _start(self, gateways, address, environment):
        self.login = "admin"
        self.password = os.urandom(12).hex()
        self.environment = {**os.environ, "KRATT_ADMIN_LOGIN": self.login,
                            "KRATT_ADMIN_PASSWORD": self.password, **environment}
        for attempt in range(5):  # another process may take the port first
            port = free_port(address)
            self.url = f"http://{address}:{port}"
            self.command = [ROOT / "deploy/up", "--detach", "--no-install", "--dir", self.dir,
                            "--address", address, "--port", str(port), "--gateways", str(gateways)]
            if self.postgres:
                self.command += ["--database", self.postgres.url]
            result = subprocess.run(self.command, env=self.environment, text=True,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT)
            if result.returncode == 0:
                self.wait_front(1 + gateways)
                return
            if "is taken" not in result.stdout:
                break
        raise RuntimeError(f"deploy/up failed:\n{result.stdout}\n{self.logs()}")

    def stop(self):
        """Fails when a sanitizer had something to say."""
        for client in self.clients:
            client.close()
        complaints = []
        if self.dir:
            subprocess.run([ROOT / "deploy/down", "--dir", self.dir], check=False,
                           stdout=subprocess.DEVNULL)
            complaints = self.complaints()
            shutil.rmtree(self.dir, ignore_errors=True)
        if self.postgres:
            self.postgres.stop()
        if complaints:
            raise AssertionError("\n".join(complaints))

    def complaints(self):
        return [f"{path.name}: {line}" for path in (self.dir / "log").glob("*.log")
                for line in path.read_text(errors="replace").splitlines()
                if "Sanitizer" in line or "runtime error" in line or line.startswith("    #")]

    def logs(self, lines=20):
        """The end of each log, for a message about a failure."""
        return "\n".join(
            f"==> {path.name}\n" + "\n".join(path.read_text().splitlines()[-lines:])
            for path in sorted((self.dir / "log").glob("*.log")))

    def pid(self, name):
        return int((self.dir / "run" / f"{name}.pid").read_text())

    def kill(self, name):
        """SIGKILL to a service; returns when another process has its place."""
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        self.wait_for_another(name, before)

    def wait_for_another(self, name, before):
        """Until a service has another pid than before."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.pid(name) != before:
                    return
            except (FileNotFoundError, ValueError):
                pass
            time.sleep(0.01)
        raise AssertionError(f"{name} was not started again")

    def wait_ready(self, name):
        """Until a service that was started says that it is ready."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://{self.address(name, 'KRATT_MONITOR')}/readyz",
                                            timeout=1):
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"{name} does not get ready")

    def wait_front(self, count):
        """Until the front door has seen for itself that so many servers are
        ready: before, a reader may be sent to another gateway the next time."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if sum("L7OK" in line for line in self.ask_front("show stat")) >= count:
                return
            time.sleep(0.02)
        raise AssertionError("the front door does not find the servers ready")

    def ask_front(self, command):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.dir / "run/front.sock"))
            sock.sendall(command.encode() + b"\n")
            with sock.makefile() as answer:
                return answer.read().splitlines()

    def address(self, service, setting):
        """Where the service listens: KRATT_MONITOR is its own port, KRATT_HTTP
        that of the front door."""
        return re.search(rf'{setting}="?\'?([0-9.:]+)',
                         (self.dir / "run/start" / service).read_text())[1]

    def metric(self, name, service):
        """The sum of a metric over its labels, from the service's own port."""
        monitor = self.address(service, "KRATT_MONITOR")
        with urllib.request.urlopen(f"http://{monitor}/metrics", timeout=PATIENCE) as answer:
            return sum(float(line.split()[-1]) for line in answer.read().decode().splitlines()
                       if re.match(name + r"[{ ]", line))

    def client(self):
        self.clients.append(Client(self.url))
        return self.clients[-1]

    def administrator(self):
        """Logged in once: attempts to log in are limited."""
        if not self._administrator:
            self._administrator = self.client()
            self._administrator.log_in(self.login, self.password)
        return self._administrator

    def agent(self, id_code, display_name, roles=("ROLE_CUSTOMER_SUPPORT_AGENT",)):
        """Adds an account and returns its client, logged in and present."""
        login = "login-" + id_code.lower()
        password = os.urandom(12).hex()
        self.administrator().ok("/cs-add-user", {
            "userIdCode": id_code, "displayName": display_name, "csaTitle": "", "csa_email": "",
            "roles": list(roles), "login": login, "password": password})
        client = self.client()
        client.log_in(login, password)
        if set(roles) & {"ROLE_ADMINISTRATOR", "ROLE_SERVICE_MANAGER",
                         "ROLE_CUSTOMER_SUPPORT_AGENT"}:
            client.ok("/cs-set-customer-support-activity", {
                "customerSupportId": id_code, "customerSupportStatus": "online",
                "customerSupportActive": True})
        return client
