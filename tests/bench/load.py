"""People at Kratt's front door, for the soak: each opens a chat, talks with an
agent for a while, and leaves. One process, one thread, asyncio.

Half of the end users are new programs: a native stream, which they lose or
close every few seconds and resume with their cursor. The other half are today's
widgets: a /sse/ stream that they close and open anew after each batch, and one
of the chat. Each chat has an agent's stream, of one sort or the other. What was
acknowledged and not seen, or seen twice on a native stream, is an error.
"""

import asyncio
import json
import math
import random
import time
import urllib.parse
from collections import Counter

from kratt import now

PATIENCE = 20
KEPT = 30  # seconds that a connection without a request is used again
MESSAGES = 8  # in a chat, from each side in turn
BETWEEN = (1, 3)  # seconds between two
HOLD = (2, 8)  # seconds until a native stream is closed
STALL = 0.5  # seconds; a gateway is quiet for 1.5 after a batch
ANSWERS = (200, 400, 401, 404)


class Line(asyncio.Protocol):
    """A connection that is kept, with one request at a time."""

    def connection_made(self, transport):
        self.transport = transport
        self.answer = None

    def is_fresh(self):
        return time.monotonic() - self.asked_at < KEPT

    def ask(self, request):
        self.text = b""
        self.asked_at = time.monotonic()
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer

    def data_received(self, data):
        self.text += data
        head, found, body = self.text.partition(b"\r\n\r\n")
        if not found:
            return
        fields = [line.split(b":", 1) for line in head.split(b"\r\n")[1:]]
        lengths = [int(field[1]) for field in fields if field[0].lower() == b"content-length"]
        if self.answer and not self.answer.done() and len(body) >= lengths[0]:
            cookies = [field[1].split(b";")[0].strip().decode() for field in fields
                       if field[0].lower() == b"set-cookie"]
            self.answer.set_result((int(head.split()[1]), cookies, body))

    def connection_lost(self, error):
        if self.answer and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError())


class Stream(asyncio.Protocol):
    """An event stream. on_frame(name, data) is called for each frame."""

    def __init__(self, request, on_frame, cursor):
        self.request, self.on_frame, self.cursor = request, on_frame, cursor
        self.status, self.text = None, b""
        self.opened = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data):
        self.text += data
        if self.status is None:
            head, found, rest = self.text.partition(b"\r\n\r\n")
            if not found:
                return
            self.status, self.text = int(head.split()[1]), rest
            assert b"chunked" not in head
            if not self.opened.done():  # nobody waits any more
                self.opened.set_result(self.status)
        *blocks, self.text = self.text.split(b"\n\n")
        for block in blocks:
            self._take(block)

    def _take(self, block):
        name, data = "message", None
        for line in block.split(b"\n"):
            field, _, value = line.partition(b":")
            if field == b"id":
                self.cursor = value.strip().decode()
            elif field == b"event":
                name = value.strip().decode()
            elif field == b"data":
                data = value
        if data is not None:
            self.on_frame(name, data)

    def connection_lost(self, error):
        if not self.opened.done():
            self.opened.set_result(None)
        self.ended.set()


class Door:
    """The front door, and what was done there."""

    def __init__(self, url, counts):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.idle = []
        self.counts = counts
        self.agents = []
        self.stalled_at = -math.inf  # when this process last stood still

    async def feel_stalls(self):
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.1)
            late = time.monotonic() - began - 0.1
            self.counts["late ms"] = max(self.counts["late ms"], int(late * 1000))
            if late > STALL:
                self.stalled_at = time.monotonic()

    def error(self, what):
        self.counts["ERROR " + what] += 1

    def head(self, method, path, cookie, more=""):
        return (f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
                f"Cookie: {cookie}\r\n{more}\r\n").encode()

    async def ask(self, path, body, cookie=""):
        """Posts; returns status, cookies and body."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        request = self.head("POST", path, cookie, "Content-Type: application/json\r\n"
                            f"Content-Length: {len(body)}\r\n") + body
        line = await self.free_line()
        answer = await asyncio.wait_for(line.ask(request), PATIENCE)
        self.idle.append(line)
        self.counts["requests"] += 1
        return answer

    async def free_line(self):
        """One that was used not long ago, else a new one: the front door closes
        those that were idle for a minute, maybe while a request is on its way."""
        line = self.idle.pop() if self.idle else None
        if line and not line.transport.is_closing() and line.is_fresh():
            return line
        if line:
            line.transport.close()
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Line, self.host, self.port))[1]

    async def ok(self, path, body, cookie=""):
        status, cookies, text = await self.ask(path, body, cookie)
        if status != 200:
            self.error(f"{path} {status}")
            raise ConnectionError(path)
        return cookies, next(iter(json.loads(text)["data"].values()))

    async def open(self, path, cookie, on_frame, cursor=None):
        """Returns the stream; its status says whether it was opened."""
        more = "Accept: text/event-stream\r\n"
        if cursor:
            more += f"Last-Event-ID: {cursor}\r\n"
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(
            lambda: Stream(self.head("GET", path, cookie, more), on_frame, cursor),
            self.host, self.port)
        await asyncio.wait_for(stream.opened, PATIENCE)
        self.counts["streams opened"] += 1
        self.counts["streams resumed"] += bool(cursor)
        return stream

    def leave(self, stream):
        """As browsers do, or as a lost connection does."""
        if random.random() < 0.3:
            stream.transport.abort()
        else:
            stream.transport.close()


async def until(*events, seconds):
    """Waits until one of these is set, for so long at most."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    _, pending = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


class Native:
    """A native stream of messages: each is to come once."""

    stood_still = False

    def __init__(self, door, path, cookie):
        self.door, self.path, self.cookie = door, path, cookie
        self.seen = set()
        self.over = asyncio.Event()
        self.is_last = False  # the stream that is open is the last one
        self.task = asyncio.ensure_future(self.run())

    def stop(self):
        self.is_last = True
        self.over.set()

    def on_frame(self, name, data):
        self.door.counts["frames"] += 1
        if name == "reset":
            self.door.error("reset")
        if name != "message":
            return
        row = json.loads(data)
        if row["id"] in self.seen:
            self.door.error("a message came twice")
        self.seen.add(row["id"])

    def is_good(self, stream):
        """When the chat has ended meanwhile, so has the right."""
        if stream.status != 200 and not self.is_last:
            self.door.error(f"{self.path.partition('?')[0]} {stream.status}")
        return stream.status == 200

    async def run(self):
        cursor = None
        while not self.is_last:
            stream = await self.door.open(self.path, self.cookie, self.on_frame, cursor)
            if self.is_good(stream):
                await until(stream.ended, self.over, seconds=random.uniform(*HOLD))
                cursor = stream.cursor
            self.door.leave(stream)
            await until(self.over, seconds=random.uniform(0.05, 0.3))


class Widget(Native):
    """A /sse/ stream of messages: opened anew after each batch, from the time
    of its own clock, so a message may come again. One that stood still between
    a batch and the closing may have been sent another one that it never read:
    what such a one misses is counted apart."""

    def on_frame(self, name, data):
        rows = next(iter(json.loads(data)["body"]["data"].values()), None)
        self.door.counts["frames"] += 1
        if rows:
            self.seen.update(row["id"] for row in rows)
            self.batch.set()

    async def run(self):
        begin = "2020-01-01T00:00:00.000Z"
        while not self.is_last:
            self.batch = asyncio.Event()
            stream = await self.door.open(
                self.path + urllib.parse.quote(begin), self.cookie, self.on_frame)
            if self.is_good(stream):
                await until(stream.ended, self.over, self.batch, seconds=3600)
                if stream.ended.is_set() and not self.batch.is_set():
                    self.door.error("a /sse/ stream was closed")
                begin = now()
                await asyncio.sleep(0)
                self.stood_still |= time.monotonic() - self.door.stalled_at < 2
            self.door.leave(stream)


class Watcher(Native):
    """Any stream, held: what comes is only counted."""

    def on_frame(self, name, data):
        self.door.counts["frames"] += 1


class Visit:
    def __init__(self, door):
        self.door = door
        self.agent = random.choice(door.agents)
        self.readers = []

    async def begin(self):
        body = {"message": {"chatId": None, "authorRole": "end-user", "authorTimestamp": now(),
                            "content": "Tere!"},
                "endUserTechnicalData": {"endUserOs": "Linux", "endUserUrl": "https://a.ee/"}}
        cookies, chat = await self.door.ok("/init-chat", body)
        self.cookie, self.chat_id = "; ".join(cookies), chat["id"]
        self.door.counts["chats opened"] += 1
        await self.door.ok("/cs-claim-chat", {"id": self.chat_id}, self.agent)

    def read(self):
        chat = f"chatId={self.chat_id}"
        if random.random() < 0.5:
            self.messages = [Native(self.door, "/events/get-new-messages", self.cookie)]
            self.others = [Watcher(self.door, "/events/get-chat-by-id", self.cookie)]
        else:
            self.messages = [Widget(self.door, f"/sse/get-new-messages?{chat}&timeRangeBegin=",
                                    self.cookie)]
            self.others = [Watcher(self.door, f"/sse/get-chat-by-id?{chat}", self.cookie)]
        if random.random() < 0.5:
            self.messages.append(Native(self.door, f"/events/cs-get-new-messages?{chat}",
                                        self.agent))
        else:
            self.messages.append(Widget(self.door, f"/sse/cs-get-new-messages?{chat}&lastRead=",
                                        self.agent))
        if random.random() < 0.2:
            self.others.append(Watcher(self.door, f"/sse/estimated-waiting-time?{chat}", ""))

    async def say(self, number):
        is_agent = number % 2
        body = {"chatId": self.chat_id, "content": f"message {number} " + "x" * 80,
                "authorRole": "backoffice-user" if is_agent else "end-user",
                "authorTimestamp": now()}
        if is_agent:
            body.update(authorFirstName="", authorId="")
        await self.door.ok("/cs-post-message" if is_agent else "/post-message", body,
                           self.agent if is_agent else self.cookie)
        self.door.counts["messages posted"] += 1

    async def be_rude(self):
        """What is refused, and a stream that nobody waits for."""
        path, body, cookie = random.choice((
            ("/post-message", b"{", self.cookie), ("/post-message", {}, "chatJwt=a.b.c"),
            ("/no-such-route", {}, ""), ("/init-chat", b"[]", "")))
        status, _, _ = await self.door.ask(path, body, cookie)
        self.door.counts["refused"] += status != 200
        if status not in ANSWERS:
            self.door.error(f"rude {path} {status}")
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, self.door.host,
                                                    self.door.port)
        transport.write(self.door.head("GET", "/events/get-new-messages", self.cookie))
        transport.abort()

    async def end(self):
        path, event, cookie = random.choice((
            ("/end-chat", "client-left", self.cookie), ("/cs-end-chat", "ACCEPTED", self.agent)))
        body = {"chatId": self.chat_id, "event": event, "authorTimestamp": now(),
                "authorRole": "end-user" if cookie == self.cookie else "backoffice-user"}
        if cookie == self.agent:
            body.update(authorFirstName="", authorId="")
        await self.door.ok(path, body, cookie)
        self.door.counts["chats ended"] += 1

    async def catch_up(self):
        """All have the first message and the posted ones."""
        end = time.monotonic() + PATIENCE
        for reader in self.messages:
            while len(reader.seen) < MESSAGES + 1:
                if time.monotonic() > end:
                    self.miss(reader)
                    break
                await asyncio.sleep(0.1)

    def miss(self, reader):
        if reader.stood_still:
            self.door.counts["missed while this program stood still"] += 1
        else:
            self.door.error(f"a message missed at {reader.path.partition('?')[0]}")

    async def run(self):
        await self.begin()
        self.read()
        try:
            for number in range(MESSAGES):
                await asyncio.sleep(random.uniform(*BETWEEN))
                await self.say(number)
            if random.random() < 0.1:
                await self.be_rude()
            await self.catch_up()
            for reader in self.messages + self.others:
                reader.is_last = True
            await self.end()
            await asyncio.sleep(0.5)
        finally:
            for reader in self.messages + self.others:
                reader.stop()
            await asyncio.gather(*(reader.task for reader in self.messages + self.others))

    async def go(self):
        try:
            await self.run()
        except (OSError, asyncio.TimeoutError) as error:
            self.door.error(f"{type(error).__name__} {error}")


class Crowd:
    """So many visits a second, until rate is 0. Tells by the pipe what was done so
    far, every second, and at the end "over"."""

    def __init__(self, url, agents, rate, pipe, has_watchers):
        self.counts = Counter()
        self.door = Door(url, self.counts)
        self.door.agents = agents
        self.rate, self.pipe = rate, pipe
        self.has_watchers = has_watchers
        self.visits = set()

    def watchers(self):
        if not self.has_watchers:
            return []
        return ([Watcher(self.door, "/events/cs-get-all-active-chats", agent)
                 for agent in self.door.agents] +
                [Watcher(self.door, "/sse/cs-get-all-active-chats", self.door.agents[0])] +
                [Watcher(self.door, "/events/estimated-waiting-time", "") for _ in range(10)] +
                [Watcher(self.door, "/sse/cs-get-components-healthz-status", "")
                 for _ in range(10)])

    async def start_visits(self):
        next_at = time.monotonic()
        while (rate := self.rate.value) > 0:
            task = asyncio.ensure_future(Visit(self.door).go())
            self.visits.add(task)
            task.add_done_callback(self.visits.discard)
            next_at += random.expovariate(rate)
            while (early := next_at - time.monotonic()) > 0 and self.rate.value > 0:
                await asyncio.sleep(min(early, 0.5))

    async def tell(self):
        while True:
            self.pipe.send(dict(self.counts, visits=len(self.visits)))
            await asyncio.sleep(1)

    async def run(self):
        watchers = self.watchers()
        helpers = [asyncio.ensure_future(self.tell()),
                   asyncio.ensure_future(self.door.feel_stalls())]
        await self.start_visits()
        await asyncio.gather(*self.visits)
        for watcher in watchers:
            watcher.stop()
        await asyncio.gather(*(watcher.task for watcher in watchers))
        for line in self.door.idle:
            line.transport.close()
        for helper in helpers:
            helper.cancel()
        self.pipe.send(dict(self.counts, visits=0, over=1))


def run(url, agents, rate, pipe, has_watchers):
    """The whole life of a process of visitors."""
    crowd = Crowd(url, agents, rate, pipe, has_watchers)
    asyncio.run(crowd.run())
