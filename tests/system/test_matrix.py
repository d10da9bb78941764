#!/usr/bin/env python3
"""Which stream sees what: the matrix of contract §7.2, cell by cell, through
both doors at once. A row is an entry of ROWS; a cell says what its stream has
to show, that it shows NOTHING, or None: that nobody looks.

That nothing came is known when something later has: after each row the end
user says a word that all four streams show.
"""

import unittest

from endpoint import JOHN, MARY, Endpoint
from kratt import now

STREAMS = ("S-01", "S-02", "S-03", "S-04")
DOORS = ("sse", "events")
NOTHING = "—"


def shows(**fields):
    """A message, the chat, or the chat's row, that has these."""
    def matches(rows):
        return any(all(row.get(name) == value for name, value in fields.items()) for row in rows)
    matches.text = str(fields)
    return matches


def vanishes(rows):
    """The list has the chat no more; natively its row has ended."""
    return not rows or all(row["ended"] for row in rows)


vanishes.text = "that the chat is gone"


class Scene:
    """An end user and the streams that look at the chat."""

    def __init__(self, test):
        self.mary, self.john, self.administrator = test.mary, test.john, test.administrator
        self.visitor = test.visitor()
        self.chat_id = self.visitor.chat_id
        self.words = 0

    def open(self):
        paths = {"S-01": (self.visitor, "get-new-messages", {"timeRangeBegin": now()}),
                 "S-02": (self.visitor, "get-chat-by-id", {"id": self.chat_id}),
                 "S-03": (self.mary, "cs-get-all-active-chats", {}),
                 "S-04": (self.mary, "cs-get-new-messages",
                          {"chatId": self.chat_id, "lastRead": now()})}
        self.streams = {(name, door): client.stream(f"/{door}/{path}", **query)
                        for name, (client, path, query) in paths.items() for door in DOORS}

    def close(self):
        for stream in self.streams.values():
            stream.close()

    def rows(self, name, frame):
        """What a frame says of this chat."""
        if frame.event != "message":
            return []
        own = "id" if name in ("S-02", "S-03") else "chatId"
        return [row for row in frame.items if row and row.get(own) == self.chat_id]

    def say_a_word(self):
        """Returns the number of the frame after the one that shows it, of each stream."""
        self.words += 1
        word = f"sõna {self.words}"
        self.visitor.say(self.chat_id, word)
        after = {}
        for (name, door), stream in self.streams.items():
            field = "lastMessage" if name in ("S-02", "S-03") else "content"
            frame = stream.wait(lambda it, n=name, f=field: shows(**{f: word})(self.rows(n, it)),
                                f"{word!r} ({name}, /{door}/)")
            after[name, door] = stream.frames.index(frame) + 1
        return after

    # ---- what happens ----

    def end_user_posts(self):
        self.visitor.say(self.chat_id, "kasutaja ütleb")

    def agent_posts(self):
        self.mary.answer(self.chat_id, "nõustaja ütleb")

    def claim(self):
        self.mary.ok("/cs-claim-chat", {"id": self.chat_id, "customerSupportId": MARY,
                                        "customerSupportDisplayName": "Mary", "csaTitle": "Ekspert"})

    def redirect(self):
        self.mary.ok("/cs-redirect-chat", {
            "id": self.chat_id, "customerSupportId": JOHN, "customerSupportDisplayName": "John",
            "forwardedByUser": MARY, "forwardedFromCsa": MARY, "forwardedToCsa": JOHN})

    def receipt(self):
        self.visitor.say(self.chat_id, "", event="message-read")

    def ask(self):
        self.mary.ok("/cs-post-event-message", {"chatId": self.chat_id, "event": "ask-permission",
                                                "authorTimestamp": now()})

    def newest(self):
        return self.visitor.ok("/get-messages-by-chat-id")[-1]

    def ask_before(self):
        self.ask()
        self.question = self.newest()

    def answer(self):
        self.visitor.ok("/post-message-with-new-event",
                        {"id": self.question["id"], "event": "ask-permission-accepted",
                         "authorTimestamp": now()})

    def post_before(self):
        self.agent_posts()
        self.question = self.newest()

    def rate(self):
        self.visitor.ok("/post-message-with-rating",
                        {"id": self.question["id"], "rating": "liked"})

    def preview(self):
        self.visitor.ok("/post-message-preview", {"chatId": None, "content": "ma kirjut"})

    def leave(self):
        self.visitor.ok("/end-chat", {"chatId": self.chat_id, "event": "client-left",
                                      "authorTimestamp": now()})

    def end(self):
        self.mary.ok("/cs-end-chat", {"chatId": self.chat_id, "event": "answered",
                                      "authorTimestamp": now()})

    def show_titles(self, are_visible):
        answer = self.administrator.post("/cs-set-csa-title-visibility",
                                         {"isVisible": are_visible})
        if answer.status != 200:
            raise AssertionError(answer)


class Row:
    """before: what has to have happened; is_last: no word can be said after it.
    A cell is for both doors, or a pair: /sse/ and /events/."""

    def __init__(self, name, act, cells, before=None, is_last=False):
        self.name, self.act, self.before, self.is_last = name, act, before, is_last
        self.cells = {(stream, door): cell[i] if isinstance(cell, tuple) else cell
                      for stream, cell in zip(STREAMS, cells) for i, door in enumerate(DOORS)}


POSTED = shows(content="kasutaja ütleb", authorRole="end-user")
ANSWERED = shows(content="nõustaja ütleb", authorRole="backoffice-user")
CLAIMED = shows(customerSupportId=MARY, customerSupportDisplayName="Mary", csaTitle="Ekspert")
UNTITLED = shows(customerSupportId=MARY, csaTitle="")
MOVED = shows(event="redirected", forwardedByUser=MARY, forwardedFromCsa=MARY, forwardedToCsa=JOHN)

ROWS = [
    Row("end user posts", Scene.end_user_posts,
        [POSTED, shows(lastMessage="kasutaja ütleb"), shows(lastMessage="kasutaja ütleb"), POSTED]),
    Row("CSA posts", Scene.agent_posts,
        [ANSWERED, NOTHING, shows(lastMessage="nõustaja ütleb"), ANSWERED]),
    Row("claim", Scene.claim, [NOTHING, CLAIMED, CLAIMED, NOTHING]),
    Row("redirect to colleague", Scene.redirect,
        [shows(event="redirected"), shows(customerSupportId=JOHN),
         shows(customerSupportId=JOHN, lastMessageEvent="redirected", event="redirected",
               status="OPEN"), MOVED],
        before=Scene.claim),
    Row("read receipt", Scene.receipt,
        [shows(event="message-read"), NOTHING, shows(lastMessageEvent="message-read"),
         shows(event="message-read", content="")]),
    Row("event message", Scene.ask,
        [shows(event="ask-permission"), NOTHING, shows(lastMessageEvent="ask-permission"),
         shows(event="ask-permission")]),
    Row("event answer", Scene.answer,
        [shows(event="ask-permission-accepted"), NOTHING,
         shows(lastMessageEvent="ask-permission-accepted"),
         shows(event="ask-permission-accepted", authorRole="end-user")],
        before=Scene.ask_before),
    Row("rating", Scene.rate,
        [shows(event="rating", rating="liked", content="nõustaja ütleb"), NOTHING, NOTHING,
         shows(event="rating", rating="liked", content="nõustaja ütleb")],
        before=Scene.post_before),
    Row("configuration change", lambda scene: scene.show_titles(False),
        [NOTHING, UNTITLED, UNTITLED, NOTHING], before=Scene.claim),
    Row("configuration change, back", lambda scene: scene.show_titles(True),
        [NOTHING, CLAIMED, CLAIMED, NOTHING], before=Scene.claim),
    # On /sse/ it goes along on rows that come (README of sse-gateway).
    Row("preview", Scene.preview,
        [NOTHING, NOTHING, NOTHING,
         (NOTHING, shows(event="message-preview", preview="ma kirjut", content=""))]),
    # The client has left, so nobody looks at its messages.
    Row("end by end user", Scene.leave,
        [None, None, vanishes, shows(event="client-left")], is_last=True),
    Row("end by CSA", Scene.end,
        [shows(event="answered"), shows(status="ENDED"), vanishes, shows(event="answered")],
        is_last=True),
]


class Matrix(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.john = cls.instance.agent(JOHN, "John")

    def test_a_new_chat_is_a_row_of_the_list_and_tells_itself(self):
        """init-chat: the other streams of the chat cannot be open before it."""
        with self.mary.stream("/sse/cs-get-all-active-chats") as today, \
                self.mary.stream("/events/cs-get-all-active-chats") as native:
            today.first()
            native.wait(lambda frame: frame.event == "snapshot-end", "its snapshot")
            scene = Scene(self)
            scene.open()
            try:
                for stream in (today, native):
                    stream.wait(lambda frame: shows(status="OPEN", customerSupportId="",
                                                    lastMessage="Tere!")(scene.rows("S-03", frame)),
                                "the new row")
                for door in DOORS:
                    scene.streams["S-02", door].wait(
                        lambda frame: shows(status="OPEN")(scene.rows("S-02", frame)), "the chat")
            finally:
                scene.close()

    def check(self, scene, row, start):
        for (name, door), cell in row.cells.items():
            if cell is not None and cell != NOTHING:
                scene.streams[name, door].wait(
                    lambda frame, n=name, c=cell: frame.event == "message" and
                    c(scene.rows(n, frame)),
                    f"{cell.text if hasattr(cell, 'text') else cell} ({name}, /{door}/)",
                    start=start[name, door])
        if row.is_last:
            return
        end = scene.say_a_word()
        for (name, door), cell in row.cells.items():
            if cell == NOTHING:
                frames = scene.streams[name, door].frames[start[name, door]:end[name, door] - 1]
                self.assertEqual([scene.rows(name, frame) for frame in frames], [],
                                 f"{name}, /{door}/")

    def test_each_stream_sees_what_is_its_own(self):
        """§7.2"""
        for row in ROWS:
            with self.subTest(row.name):
                scene = Scene(self)
                if row.before:
                    row.before(scene)
                scene.open()
                try:
                    start = scene.say_a_word()
                    row.act(scene)
                    self.check(scene, row, start)
                finally:
                    scene.close()


if __name__ == "__main__":
    unittest.main()
