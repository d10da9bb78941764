"""A chat of the fault tests: who writes in it, who reads it, and who tries to
without a right.
"""

import random

import checker
from actors import Poster, Reader, twin
from kratt import now
from many import ManyReader
from page import AgentPage, WidgetPage

CHAT_MESSAGES = 8000  # a chat takes 10,000
CHAT_CHARACTERS = 3_000_000  # a chat takes 4,194,304
MOST_CHARACTERS = 2500  # a message takes 3,000
MOST_A_SECOND = 20  # messages, each writer


class Talk:
    """The end user and an agent write; native streams and pages of today's
    clients read. doors: URLs of the front door and of the cutting proxy;
    gateways: two, for the pages. The stranger is the end user of a chat of its own, in which nobody says
    anything."""

    def __init__(self, number, instance, agent, doors, gateways):
        self.number, self.agent, self.doors, self.gateways = number, agent, doors, gateways
        self.user = instance.client()
        self.chat_id = self.user.open_chat(f"first of {number}")["id"]
        agent.ok("/cs-claim-chat", {"id": self.chat_id})
        self._begin_readers()
        self._begin_strangers(instance.client())

    def _twin(self, client, turn):
        """Half of all go through the proxy: in each chat others."""
        return twin(client, self.doors[(self.number + turn) % 2])

    def _begin_readers(self):
        path = f"/events/cs-get-new-messages?chatId={self.chat_id}"
        self.native = [Reader(self._twin(self.user, 0), "/events/get-new-messages"),
                       Reader(self._twin(self.agent, 1), path)]
        self.many = [
            ManyReader(self._twin(self.user, 1), self.chat_id,
                       ["get-new-messages", "get-chat-by-id", "estimated-waiting-time"]),
            ManyReader(self._twin(self.agent, 0), self.chat_id,
                       [f"cs-get-new-messages?chatId={self.chat_id}", "cs-get-all-active-chats"])]
        self.native += self.many
        self.pages = [WidgetPage(self._twin(self.user, 0), self.gateways[0], self.chat_id),
                      AgentPage(self._twin(self.agent, 1), self.gateways[1], self.chat_id)]

    def _begin_strangers(self, client):
        self.stranger_chat_id = client.open_chat("of a stranger")["id"]
        self.strangers = [
            Reader(twin(client), f"/events/{name}?chatId={self.chat_id}")
            for name in ("get-new-messages", "cs-get-new-messages")]

    def begin_writing(self, seed, seconds):
        """For so many seconds: a chat holds no more than so much."""
        dice = random.Random(f"{seed} {self.number}")
        rate = min(MOST_A_SECOND, CHAT_MESSAGES / 2 / seconds)
        most = min(MOST_CHARACTERS, int(CHAT_CHARACTERS / (2 * rate * seconds)))

        def padding():
            return " " + "õ" * dice.randrange(max(1, most - 40))

        self.posters = [
            Poster(self._twin(self.user, 1), self.chat_id, f"user {self.number}",
                   pause=1 / rate, padding=padding),
            Poster(self._twin(self.agent, 0), self.chat_id, f"agent {self.number}",
                   "/cs-post-message", "backoffice-user", 1 / rate, padding)]

    @property
    def readers(self):
        return self.native + self.pages

    @property
    def written(self):
        return [poster.acknowledged for poster in self.posters]

    def go_on(self, count):
        """Until each writer has said so much more, and it was read. Yields each
        one that has."""
        for poster in self.posters:
            poster.wait_for_more(count)
            yield poster
        newest = {written[-1] for written in self.written}
        for reader in self.native:
            reader.wait_until(lambda r=reader: newest <= r.contents, "what was said last")
            yield reader

    # ---- the end ----

    def stop_writing(self):
        for poster in self.posters:
            poster.stop()

    def catch_up(self, hope):
        """A reader that does not is found by the checker."""
        everything = {content for written in self.written for content in written}
        for reader in self.native:
            hope(reader, lambda r=reader: everything <= r.contents, "all that was acknowledged")

    def end(self, hope):
        self.agent.ok("/cs-end-chat", {"chatId": self.chat_id, "event": "ACCEPTED",
                                       "authorTimestamp": now()})
        for reader in self.readers:
            hope(reader, lambda r=reader: "ACCEPTED" in r.events, "the end")
        for reader in self.many:
            hope(reader, lambda r=reader: r.chat_has_ended, "the ended chat")

    def check(self, verdict):
        """Returns what is wrong besides."""
        stored = self.agent.ok("/cs-get-messages-by-chat-id", {"chatId": self.chat_id})
        checker.check_stored(verdict, self.chat_id, stored, self.written)
        for reader in self.native:
            checker.check_reader(verdict, reader.path, stored, self.written, reader.rows)
        for page in self.pages:
            checker.check_page(verdict, f"{page} {self.chat_id}", stored, page.visits,
                               page.is_exact)
            verdict.asked_again += page.asked_again
        for stranger in self.strangers:
            checker.check_stranger(verdict, stranger.path, self.stranger_chat_id, stranger.rows)
        return [f"{stranger} was never answered" for stranger in self.strangers
                if not stranger.opened + stranger.refusals]

    def stop(self):
        for actor in self.readers + self.strangers + self.posters:
            actor.stop()
