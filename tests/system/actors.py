"""People who go on while things fail: a Poster says one thing after the other
until each is acknowledged, a Reader holds a stream and comes back to it. Each
keeps what it saw, for a test to compare.
"""

import http.client
import threading
import time
import uuid

from kratt import PATIENCE, Client, Stream, now

# What a connection that ends anywhere in an answer may raise.
BROKEN = (OSError, http.client.HTTPException, ValueError)
PAUSE = 0.05  # seconds; the pause of an EventSource, made short
REFUSED_PAUSE = 0.5


def twin(client, url=None):
    """The same browser on a connection for another thread, or through
    another door."""
    other = Client(url or client.url.geturl())
    other.cookies.update(client.cookies)
    return other


class Actor:
    """A thread of its own, from begin() to stop()."""

    def __init__(self):
        self.changed = threading.Condition()
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def begin(self):
        self.thread.start()
        return self

    @property
    def stopped(self):
        return self.ending.is_set()

    def stop(self):
        self.ending.set()
        self.thread.join(PATIENCE)

    def wait_until(self, holds, what, seconds=PATIENCE):
        with self.changed:
            if not self.changed.wait_for(holds, seconds):
                raise AssertionError(f"{self} never showed {what}")


class Follower(Actor):
    """Holds one stream at a time."""

    def __init__(self):
        super().__init__()
        self.stream = None
        self.attentive = True

    def set_attentive(self, attentive):
        """One that is not attentive leaves what comes to it in the socket."""
        self.attentive = attentive
        if self.stream:
            self.stream.set_reading(attentive)

    def stop(self):
        self.set_attentive(True)
        super().stop()


class Reader(Follower):
    """An EventSource: when the stream ends it comes back with what it saw
    last. rows are the messages it was given, in order; contents what they say."""

    def __init__(self, client, path):
        super().__init__()
        self.client, self.path = client, path
        self.rows = []
        self.contents = set()
        self.named = []  # the control frames: their names
        self.refusals = 0
        self.opened = 0
        self.cursor = None
        self.begin()

    def __str__(self):
        return self.path

    @property
    def ids(self):
        return [row["id"] for row in self.rows]

    @property
    def events(self):
        return [row["event"] for row in self.rows]

    def _run(self):
        while not self.stopped:
            try:
                stream = Stream(self.client, self.path, self.cursor, self.attentive)
            except BROKEN:
                self.ending.wait(PAUSE)
                continue
            self.stream = stream
            if stream.status == 200:
                self.opened += 1
                self._follow(stream)
            else:
                self.refusals += 1
                self.ending.wait(REFUSED_PAUSE)
            stream.close()

    def _follow(self, stream):
        taken = 0
        while not self.stopped:
            with stream.changed:
                if not stream.ended and taken == len(stream.frames):
                    stream.changed.wait(0.5)
                frames, taken = stream.frames[taken:], len(stream.frames)
                ended = stream.ended
                self.cursor = stream.last_event_id or self.cursor
            self._keep(frames)
            if ended and not frames:
                return

    def _keep(self, frames):
        with self.changed:
            for frame in frames:
                if frame.event == "message":
                    self._take(frame.json)
                else:
                    self.named.append(frame.event)
            self.changed.notify_all()

    def _take(self, row):
        self.rows.append(row)
        self.contents.add(row["content"])


class Poster(Actor):
    """Posts one message after the other, each until it is acknowledged, as a
    client does that sends its Idempotency-Key again."""

    def __init__(self, client, chat_id, name="message", path="/post-message", role="end-user",
                 pause=0, padding=lambda: ""):
        super().__init__()
        self.client, self.chat_id, self.name, self.path = client, chat_id, name, path
        self.role, self.pause, self.padding = role, pause, padding
        self.acknowledged = []
        self.abandoned = False
        self.repeats = 0
        self.longest = (0, "")  # seconds until an answer, and what it was
        self.refused = None
        self.begin()

    def __str__(self):
        return self.name

    def _run(self):
        while not self.stopped and not self.refused:
            content = f"{self.name} {len(self.acknowledged)}{self.padding()}"
            self._post(content, str(uuid.uuid4()))
            self.ending.wait(self.pause)
        self.client.close()

    def _post(self, content, key):
        """What was begun is also finished when stop() comes meanwhile."""
        body = {"chatId": self.chat_id, "content": content, "authorRole": self.role,
                "authorTimestamp": now()}
        while not self.abandoned:
            answer = self._send(body, key)
            if answer and answer.status < 500:
                self._settle(content, answer)
                return
            self.repeats += 1
            time.sleep(PAUSE)

    def _send(self, body, key):
        """Returns an answer that came whole, or None."""
        began = time.monotonic()
        try:
            answer = self.client.request("POST", self.path, body, {"Idempotency-Key": key})
            came = answer if answer.json else None
            what = str(answer.status)
        except BROKEN as error:
            self.client.close()
            came, what = None, repr(error)
        self.longest = max(self.longest, (time.monotonic() - began, what))
        return came

    def _settle(self, content, answer):
        with self.changed:
            if answer.status == 200:
                self.acknowledged.append(content)
            else:
                self.refused = f"{self.name}: {answer}"
            self.changed.notify_all()

    def stop(self):
        super().stop()
        self.abandoned = True

    def wait_for_more(self, count, seconds=2 * PATIENCE):
        goal = len(self.acknowledged) + count
        self.wait_until(lambda: self.refused or len(self.acknowledged) >= goal,
                        f"{count} more acknowledged", seconds)
        if self.refused:
            raise AssertionError(f"a post was refused: {self.refused}")


class Opener(Actor):
    """Opens one chat after the other, and keeps the ids that it was told."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.opened = []
        self.begin()

    def _run(self):
        while not self.stopped:
            client = Client(self.url)
            try:
                self.opened.append(client.open_chat()["id"])
            except (*BROKEN, AssertionError):
                self.ending.wait(PAUSE)
            client.close()
