"""Today's clients at /sse/, with their habits: after each batch the stream is
closed and opened anew, and one that ends by itself is the end, until somebody
loads the page again. (The measured habits of Chat-Widget and
byk-customer-service, 2023.)

What a gateway has handed to such a client is known to that gateway alone, so
a page's streams are all at one; the front door does that, too, while it can.
A gateway that does not know the client yet is quiet for 1.5 s after a batch,
one that does for 15 s. A client that is held up for longer closes a stream that
has brought the next one; that one is overtaken.
"""

import socket
from datetime import datetime, timedelta, timezone

import checker
from actors import BROKEN, PAUSE, REFUSED_PAUSE, Follower, twin
from kratt import PATIENCE, Stream, with_query

TCP_ESTABLISHED = 1  # of tcp_info.tcpi_state
REPEATED = timedelta(seconds=20)  # by a gateway to who comes from another one


def clock():
    """As the browser's. kratt.now(), never twice the same for all who ask, would
    be ahead when many ask at once, and then go back: a gateway may take it from
    that that a batch was not seen yet when the next bound was made."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Page(Follower):
    """visits: of each the rows that were loaded, those that came, and those
    that were overtaken."""

    is_exact = False

    def __init__(self, client, gateway_url, chat_id):
        super().__init__()
        self.client, self.chat_id = client, chat_id
        self.gateway = twin(client, gateway_url)
        self.was_held_up = self.is_broken = False  # while the stream was open
        self.has_moved = False  # from one life of a gateway to another
        self.visits = []
        self.rows = {}
        self.asked_again = 0
        self.contents, self.events = set(), set()
        self.batches = 0
        self.begin()

    def __str__(self):
        return f"page {self.stream_path}"

    def set_attentive(self, attentive):
        self.was_held_up = self.was_held_up or not attentive
        super().set_attentive(attentive)

    def _run(self):
        while not self.stopped:
            try:
                loaded = self._load()
            except BROKEN:
                self.client.close()
                loaded = None
            if loaded is None:
                self.ending.wait(REFUSED_PAUSE)
                continue
            self.visits.append((self._once(loaded), [], []))
            self._keep(loaded)
            self._stay(*self.visits[-1])
            self.ending.wait(PAUSE)
        self.client.close()

    def _load(self):
        """Returns the rows, or None."""
        self.opened_at = clock()
        answer = self.client.post(self.load_path, self.load_body())
        return answer.value if answer.status == 200 else None

    def _stay(self, loaded, streamed, overtaken):
        bound = self.bound(loaded[-1])
        seen = {row["id"] for row in loaded}
        while not self.stopped:
            batch, *others = self._await_batches(bound) or [None]
            if not batch:
                return
            others = sum(others, [])
            streamed += self._once(self.unasked(batch, bound, seen))
            overtaken += self._once(self.unasked(others, bound, seen))
            seen.update(row["id"] for row in batch + others)
            self._keep(batch)
            self.batches += 1
            if self.is_broken:
                return
            self.opened_at = clock()
            bound = self.bound(batch[-1])

    def _await_batches(self, bound):
        """Returns the first batch of a new stream, and those that were there
        when it was closed; nothing when it broke."""
        path = with_query(self.stream_path, {self.bound_name: bound, "chatId": self.chat_id})
        last_stream = self.gateway.cookies.get("lastStream")
        try:
            self.was_held_up = not self.attentive
            self.stream = Stream(self.gateway, path, reading=self.attentive)
        except BROKEN:
            return []
        self.has_moved = last_stream not in (None, self.gateway.cookies.get("lastStream"))
        self._await_batch(self.stream)
        self.is_broken = is_broken(self.stream)
        if self.was_held_up:
            self._read_to_the_end(self.stream)
        self.stream.close()
        return [frame.value for frame in self.stream.frames if frame.value]

    def _read_to_the_end(self, stream):
        """What is on its way yet is overtaken, too."""
        try:
            stream.socket.shutdown(socket.SHUT_WR)
        except OSError:
            return
        with stream.changed:
            stream.changed.wait_for(lambda: stream.ended, PATIENCE)

    def _await_batch(self, stream):
        with stream.changed:
            while not (self.stopped or stream.ended or stream.status != 200 or
                       any(frame.value for frame in stream.frames)):
                stream.changed.wait(0.5)

    def _once(self, rows):
        """The same rows; what comes again is kept once, for a long run loads a
        long chat hundreds of times."""
        return [self.rows.setdefault(tuple(row.values()), row) for row in rows]

    def unasked(self, rows, _bound, _seen):
        """Those that this page did not ask for although it had them."""
        return rows

    def _keep(self, rows):
        with self.changed:
            self.contents.update(row["content"] for row in rows)
            self.events.update(row["event"] for row in rows)
            self.changed.notify_all()


def is_broken(stream):
    """Also one that has a batch yet to be read: what was said since it broke is
    on no stream, and a browser that closes it at that batch does not notice."""
    try:
        state = stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    except OSError:
        return True  # it was read to its end
    return state != TCP_ESTABLISHED


class WidgetPage(Page):
    """The end user's: its streams begin at its own clock."""

    stream_path, bound_name = "/sse/get-new-messages", "timeRangeBegin"
    load_path = "/get-messages-by-chat-id"

    def load_body(self):
        return {"id": self.chat_id}

    def bound(self, _newest):
        return self.opened_at

    def unasked(self, rows, bound, seen):
        rest = checker.without_asked_again(rows, bound, seen,
                                           REPEATED if self.has_moved else timedelta(0))
        self.asked_again += len(rows) - len(rest)
        return rest


class AgentPage(Page):
    """The agents' program: its streams begin after the newest message it has."""

    is_exact = True
    stream_path, bound_name = "/sse/cs-get-new-messages", "lastRead"
    load_path = "/cs-get-messages-by-chat-id"

    def load_body(self):
        return {"chatId": self.chat_id}

    def bound(self, newest):
        return newest["updated"].split("+")[0]
