#!/usr/bin/env python3
"""A bot that answers new chats until it gives up, fails or is sent away; and the
greeting. The bot is a real HTTP server that speaks Rasa's REST channel.
"""

import re
import struct
import subprocess
import time
import unittest
from pathlib import Path

import database
from botserver import GIVES_UP, Bot, texts
from endpoint import ADAM, JOHN, MARY, ROLES, Endpoint
from kratt import PATIENCE, UUID, now

BOT = "buerokratt"
HANDED = "Teie vestlus antakse üle nõustajale."
TIMEOUT_MS = 5000


class WithBot(Endpoint):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.bot = Bot()
        cls.addClassCleanup(cls.bot.stop)
        cls.environment = {"KRATT_BOT_URL": cls.bot.url, "KRATT_BOT_TIMEOUT_MS": str(TIMEOUT_MS),
                           **cls.settings}
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.switch(True)

    @classmethod
    def switch(cls, on):
        return cls.administrator.ok("/cs-set-is-bot-active", {"isActive": on})

    def messages(self, chat_id):
        return self.mary.ok("/cs-get-messages-by-chat-id", {"chatId": chat_id})

    def texts(self, chat_id):
        return [(row["authorRole"], row["event"], row["content"]) for row in self.messages(chat_id)]

    def active(self):
        return {row["id"]: row for row in self.mary.ok("/cs-get-all-active-chats")}

    def watch(self, chat_id):
        stream = self.mary.stream("/events/cs-get-messages-by-chat-id", chatId=chat_id)
        self.addCleanup(stream.close)
        return stream

    def metric(self, name):
        return self.instance.metric(name, "chat-state")

    def rows(self, chat_id):
        """What still waits."""
        return database.rows(self.instance, "SELECT kind FROM deadline"
                                            f" WHERE subject = '{chat_id}' ORDER BY id")

    def handed_over(self, chat_id):
        """Waits until agents see the chat; returns its row."""
        with self.mary.stream("/events/cs-get-all-active-chats") as stream:
            return stream.wait_item(lambda row: row.get("id") == chat_id, "the chat")

    def versions(self, chat_id):
        return [row[0] for row in database.rows(
            self.instance, "SELECT customer_support_id FROM chat"
                           f" WHERE base_id = '{chat_id}' ORDER BY id")]


class Answers(WithBot):
    def test_a_new_chat_is_the_bots_and_agents_do_not_see_it(self):
        """A-13, P-01: its owner is the bot, and what it says are messages."""
        with self.mary.stream("/events/cs-get-all-active-chats") as native, \
                self.mary.stream("/sse/cs-get-all-active-chats") as compatible, \
                self.mary.stream("/sse/notifications/chat-list") as hints:
            native.wait(lambda frame: frame.event == "snapshot-end", "the list")
            compatible.first()
            user = self.instance.client()
            chat = user.open_chat("Kas on õunu? 🍎")
            self.assertEqual((chat["customerSupportId"], chat["customerSupportDisplayName"],
                              chat["status"]), (BOT, "Bürokratt", "OPEN"))
            with user.stream("/events/get-new-messages", chatId=chat["id"]) as stream:
                said = stream.wait_said("Vastus: Kas on õunu? 🍎")
            self.assertEqual((said["authorRole"], said["event"], said["authorId"]),
                             ("buerokratt", "", ""))
            self.assertTrue(UUID.fullmatch(said["id"]))
            self.assertEqual(self.texts(chat["id"]),
                             [("end-user", "", "Kas on õunu? 🍎"),
                              ("buerokratt", "", "Vastus: Kas on õunu? 🍎")])
            self.assertNotIn(chat["id"], self.active())
            self.switch(False)  # and now it is there
            for stream in (native, compatible):
                stream.wait_item(lambda row: row.get("id") == chat["id"], "the chat")
            hints.wait(lambda frame: frame.json["chatId"] == chat["id"], "a hint")
            self.switch(True)
            # Of what was before, nothing was told.
            rows = [row for frame in native.frames for row in frame.items
                    if isinstance(row, dict) and row.get("id") == chat["id"]]
            self.assertEqual([row["customerSupportId"] for row in rows], [""])
            self.assertEqual(self.rows(chat["id"]), [])

    def test_all_that_the_bot_says_is_written_in_its_order(self):
        """P-15: a message each; what has no text is none."""
        self.bot.answers["mitu"] = (b'[{"recipient_id":"x","text":"\xc3\xbcks"},'
                                    b'{"image":"https://example.ee/a.png"},{"text":" "},'
                                    b'{"text":"kaks","buttons":[]},{"text":"\\"kolm\\""}]')
        user = self.visitor("mitu")
        self.watch(user.chat_id).wait_said('"kolm"')
        self.assertEqual(self.texts(user.chat_id)[1:],
                         [("buerokratt", "", "üks"), ("buerokratt", "", "kaks"),
                          ("buerokratt", "", '"kolm"')])
        created = [row["created"] for row in self.messages(user.chat_id)]
        self.assertEqual(created, sorted(created))
        self.assertNotIn(user.chat_id, self.active())

    def test_too_much_and_too_long_is_cut_off(self):
        """Ten messages of 3000 characters."""
        cut = self.metric("kratt_bot_answers_cut_total")
        self.bot.answers["palju"] = texts(*[f"{i} " + "õ" * 4000 for i in range(12)])
        user = self.visitor("palju")
        said = self.watch(user.chat_id).wait_item(
            lambda row: row["content"].startswith("9 "), "the tenth")
        self.assertEqual(len(said["content"]), 3000)
        self.assertEqual(len(self.messages(user.chat_id)), 11)
        self.assertEqual(self.metric("kratt_bot_answers_cut_total"), cut + 1)

    def test_the_questions_of_a_chat_are_asked_one_after_the_other(self):
        """P-05: while the bot thinks its end user goes on writing, another chat is answered."""
        user, other = self.visitor("esimene"), self.visitor("teine")
        stream = self.watch(user.chat_id)
        stream.wait_said("Vastus: esimene")
        self.bot.hold("mõtle")
        user.say(user.chat_id, "mõtle")
        self.bot.wait_asked(user.chat_id, "mõtle")
        said = [f"sõnum {i}" for i in range(5)]
        for text in said:
            user.say(user.chat_id, text)
        other.say(other.chat_id, "vahele")
        self.watch(other.chat_id).wait_said("Vastus: vahele")
        self.assertEqual(self.bot.questions(user.chat_id), ["esimene", "mõtle"])
        self.bot.release()
        stream.wait_said("Vastus: sõnum 4")
        self.assertEqual(self.bot.questions(user.chat_id), ["esimene", "mõtle"] + said)
        self.assertEqual([text for role, _, text in self.texts(user.chat_id)
                          if role == "buerokratt"],
                         [f"Vastus: {text}" for text in ["esimene", "mõtle"] + said])
        self.assertEqual(self.bot.at_once, 1)

    def test_what_is_no_text_is_not_given_to_the_bot(self):
        """A-15: a read mark; nor is what an agent says."""
        user = self.visitor("märk")
        stream = self.watch(user.chat_id)
        stream.wait_said("Vastus: märk")
        user.say(user.chat_id, "", event="message-read")
        self.mary.answer(user.chat_id, "tere ka minult")
        user.say(user.chat_id, "edasi")
        stream.wait_said("Vastus: edasi")
        self.assertEqual(self.bot.questions(user.chat_id), ["märk", "edasi"])

    def test_something_can_be_put_to_the_bot_without_a_message(self):
        """P-15: of the own chat, while the bot has it."""
        user = self.visitor("P-15")
        stream = self.watch(user.chat_id)
        stream.wait_said("Vastus: P-15")
        body = {"chatId": user.chat_id, "content": "/restart", "authorId": ""}
        self.assertIsNone(self.data(user, "/post-message-to-bot", body, "post_message_to_bot"))
        stream.wait_said("Vastus: /restart")
        self.assertEqual([role for role, _, _ in self.texts(user.chat_id)],
                         ["end-user", "buerokratt", "buerokratt"])
        self.refused(user, "/post-message-to-bot", {}, (400, "missing_field"))
        self.refused(user, "/post-message-to-bot", {"content": "x" * 3001},
                     (422, "value_out_of_limits"))
        self.refused(self.instance.client(), "/post-message-to-bot", body,
                     (401, "not_authenticated"))
        other = self.visitor("P-15 teine")
        self.watch(other.chat_id).wait_said("Vastus: P-15 teine")  # nothing is written after it
        self.refused(other, "/post-message-to-bot", body, (403, "not_your_chat"))
        self.mary.ok("/cs-redirect-chat", {
            "id": user.chat_id, "customerSupportId": MARY, "customerSupportDisplayName": "Mary"})
        self.refused(user, "/post-message-to-bot", body, (409, "no_bot"))

    def test_a_question_that_is_sent_twice_is_asked_once(self):
        """init-chat and post-message under one Idempotency-Key."""
        user = self.instance.client()
        body = {"message": {"content": "kaks korda", "authorTimestamp": now()},
                "endUserTechnicalData": {"endUserOs": "Linux", "endUserUrl": "https://a.ee/"}}
        chats = [user.request("POST", "/init-chat", body, {"Idempotency-Key": "bot-1"}).value["id"]
                 for _ in range(2)]
        self.assertEqual(chats[0], chats[1])
        stream = self.watch(chats[0])
        stream.wait_said("Vastus: kaks korda")
        body = {"chatId": chats[0], "content": "veel", "authorTimestamp": now()}
        for _ in range(2):
            self.assertEqual(user.request("POST", "/post-message", body,
                                          {"Idempotency-Key": "bot-2"}).status, 200)
        user.say(chats[0], "lõpp")
        stream.wait_said("Vastus: lõpp")
        self.assertEqual(self.bot.questions(chats[0]), ["kaks korda", "veel", "lõpp"])


class HandOver(WithBot):
    settings = {"KRATT_BOT_TIMEOUT_MS": "3000"}

    def test_a_bot_that_gives_up_hands_the_chat_to_people(self):
        """A-13: visible and unassigned; what the bot said is written."""
        handed = self.metric("kratt_bot_handed_over_total")
        self.bot.answers["inimest"] = texts(GIVES_UP.replace(".", " !"), "Kohe.")
        user = self.instance.client()
        chat = user.open_chat("tere")
        with user.stream("/events/get-chat-by-id", id=chat["id"]) as stream:
            stream.wait_item(lambda row: row["customerSupportId"] == BOT, "the bot")
            user.say(chat["id"], "inimest")
            after = stream.wait_item(lambda row: row["customerSupportId"] == "", "nobody")
        self.assertEqual((after["status"], after["customerSupportDisplayName"], after["created"]),
                         ("OPEN", "", chat["created"]))
        row = self.handed_over(chat["id"])
        self.assertEqual((row["customerSupportId"], row["lastMessage"]), ("", "Kohe."))
        self.assertEqual([text for role, _, text in self.texts(chat["id"])
                          if role == "buerokratt"],
                         ["Vastus: tere", GIVES_UP.replace(".", " !"), "Kohe."])
        self.assertEqual(self.metric("kratt_bot_handed_over_total"), handed + 1)
        # It is as any other now.
        user.say(chat["id"], "kas keegi on?")
        self.assertEqual(self.mary.ok("/cs-claim-chat", {"id": chat["id"]})["customerSupportId"],
                         MARY)
        self.assertEqual(self.bot.questions(chat["id"]), ["tere", "inimest"])

    def test_an_answer_that_is_none_hands_the_chat_to_people(self):
        """A-13: empty, malformed, an error; the end user is told once, and nothing waits."""
        cases = {
            "empty": b"[]", "without text": b'[{"image":"a.png"}]', "blank": texts("  "),
            "no JSON": b"<html>", "half JSON": b'[{"text":"a"', "an object": b'{"text":"a"}',
            "a number": b'[{"text":5}]', "a list": b'[[]]', "nothing": b"",
            "a zero": b'[{"text":"a\\u0000b"}]', "no UTF-8": b'[{"text":"\xff"}]',
            "an error": (500, texts("a")), "not found": (404, b""), "elsewhere": (302, b""),
            "too long": texts("a" * 300000),
        }
        failed = self.metric("kratt_bot_failed_total")
        self.bot.answers.update(cases)
        for name in cases:
            with self.subTest(name):
                user = self.visitor(name)
                self.assertEqual(self.handed_over(user.chat_id)["customerSupportId"], "")
                self.assertEqual(self.texts(user.chat_id),
                                 [("end-user", "", name), ("buerokratt", "", GIVES_UP)])
                self.assertEqual(self.versions(user.chat_id), [BOT, ""])
                self.assertEqual(self.rows(user.chat_id), [])
        self.assertEqual(self.metric("kratt_bot_failed_total"), failed + len(cases))

    def test_a_bot_that_is_too_slow_hands_the_chat_to_people_and_is_not_heard_later(self):
        """A-13: whoever waits behind it goes with it."""
        self.bot.hold("aeglane")
        user = self.visitor("aeglane")
        began = time.monotonic()
        user.say(user.chat_id, "halloo")
        self.handed_over(user.chat_id)
        self.assertGreater(time.monotonic() - began, 2)
        self.bot.release()
        other = self.visitor("kiire")
        self.watch(other.chat_id).wait_said("Vastus: kiire")
        self.assertEqual(self.texts(user.chat_id),
                         [("end-user", "", "aeglane"), ("end-user", "", "halloo"),
                          ("buerokratt", "", GIVES_UP)])
        self.assertEqual(self.bot.questions(user.chat_id), ["aeglane"])

    def test_an_end_while_the_bot_thinks_is_the_end(self):
        """A-74: nothing comes after the closing message, and the chat stays ended."""
        self.bot.hold("lõpeta")
        chats = [self.visitor("lõpeta") for _ in range(10)]
        for user in chats:
            self.bot.wait_asked(user.chat_id, "lõpeta")
        self.assertEqual(self.rows(chats[0].chat_id), [["bot"]])
        for user in chats[:9]:
            user.ok("/end-chat", {"chatId": user.chat_id, "authorTimestamp": now()})
        self.bot.release()
        self.watch(chats[9].chat_id).wait_said("Vastus: lõpeta")  # its time is the same
        for user in chats[:9]:
            self.assertEqual(self.texts(user.chat_id),
                             [("end-user", "", "lõpeta"), ("end-user", "client-left", "")])
            self.assertEqual(self.rows(user.chat_id), [])

    def test_ends_and_answers_at_the_same_time_leave_every_chat_whole(self):
        """A-74: either the answer comes first, or it does not come."""
        self.bot.hold("võidu")
        chats = [self.visitor("võidu") for _ in range(12)]
        for user in chats:
            self.bot.wait_asked(user.chat_id, "võidu")
        self.bot.release()
        for user in chats:
            user.ok("/end-chat", {"chatId": user.chat_id, "authorTimestamp": now()})
        end = ("end-user", "client-left", "")
        for user in chats:
            said = self.texts(user.chat_id)
            self.assertEqual(said[-1], end)
            self.assertEqual(said.count(end), 1)
            self.assertIn(len(said), (2, 3))
            self.assertEqual(self.rows(user.chat_id), [])

    def test_chats_that_the_bot_has_do_not_wait_in_the_queue(self):
        """A-51: places are for chats that nobody has; what is handed over gets one."""
        def await_places(*wanted):
            """waiting-time follows the events; 503 until rest-ingress has found a new one."""
            end = time.monotonic() + PATIENCE
            places = None
            while places != list(wanted) and time.monotonic() < end:
                answers = [user.get(f"/estimated-waiting-time?chatId={user.chat_id}")
                           for user in users]
                places = [answer.status == 200 and
                          int(answer.json["response"]["positionInUnassignedChats"])
                          for answer in answers]
            self.assertEqual(places, list(wanted))

        def waiting():
            return self.instance.metric("kratt_waiting_queue_length", "waiting-time")

        for chat_id in self.active():
            self.mary.ok("/cs-end-chat", {"chatId": chat_id, "event": "ACCEPTED",
                                          "authorTimestamp": now()})
        users = [self.visitor("ootan") for _ in range(3)]
        for user in users:
            self.watch(user.chat_id).wait_said("Vastus: ootan")
        await_places(0, 0, 0)
        self.bot.answers["küllalt"] = texts(GIVES_UP)
        for user in (users[2], users[0]):
            user.say(user.chat_id, "küllalt")
            self.handed_over(user.chat_id)
        await_places(1, 0, 2)  # by created
        self.assertEqual(waiting(), 2)
        self.instance.kill("waiting-time")
        self.instance.wait_ready("waiting-time")
        await_places(1, 0, 2)
        gone = users.pop(0)
        gone.ok("/end-chat", {"chatId": gone.chat_id, "authorTimestamp": now()})
        await_places(0, 1)


class Killed(WithBot):
    def test_what_the_bot_was_thinking_about_is_asked_again_after_a_kill(self):
        """A-13, A-73: kill -9 of chat-state; each answer is written once, in its order."""
        self.bot.hold("mõtlen")
        users = [self.visitor("mõtlen") for _ in range(5)]
        for user in users:
            self.bot.wait_asked(user.chat_id, "mõtlen")
            user.say(user.chat_id, "ja veel")
        self.instance.kill("chat-state")
        for user in users:
            self.bot.wait_asked(user.chat_id, "mõtlen", 2)
        self.bot.release()
        for user in users:
            self.watch(user.chat_id).wait_said("Vastus: ja veel")
            self.assertEqual(self.texts(user.chat_id),
                             [("end-user", "", "mõtlen"), ("end-user", "", "ja veel"),
                              ("buerokratt", "", "Vastus: mõtlen"),
                              ("buerokratt", "", "Vastus: ja veel")])
            self.assertEqual(self.rows(user.chat_id), [])
            self.assertEqual(self.versions(user.chat_id), [BOT])


class Dead(Endpoint):
    """The bot's machine is there, and nobody listens."""

    environment = {"KRATT_BOT_URL": "http://127.0.0.1:9"}

    def test_a_bot_that_is_not_there_costs_an_end_user_nothing(self):
        """A-13: the chat is with people at once; the log says so once."""
        mary = self.instance.agent(MARY, "Mary")
        self.administrator.ok("/cs-set-is-bot-active", {"isActive": True})
        users = [self.visitor() for _ in range(3)]
        for user in users:
            with mary.stream("/events/cs-get-all-active-chats") as stream:
                stream.wait_item(lambda row: row.get("id") == user.chat_id, "the chat")
            self.assertEqual(
                [row["content"] for row in mary.ok("/cs-get-messages-by-chat-id",
                                                   {"chatId": user.chat_id})],
                ["Tere!", GIVES_UP])
        log = (self.instance.dir / "log/chat-state.log").read_text()
        self.assertEqual(log.count("the bot does not answer"), 1)


class Leaves(WithBot):
    def test_switched_off_it_leaves_its_chats_to_people(self):
        """C-39, C-40: each is told once; new chats are nobody's."""
        self.bot.hold("kaua")
        users = [self.visitor(text) for text in ("a", "b", "kaua")]
        self.bot.wait_asked(users[2].chat_id, "kaua")
        for user in users[:2]:
            self.watch(user.chat_id).wait_item(lambda row: row["authorRole"] == "buerokratt",
                                               "an answer")
        value = self.data(self.administrator, "/cs-set-is-bot-active", {"isActive": False},
                          "get_is_bot_active")
        self.assertEqual((value["key"], value["value"], value["deleted"]),
                         ("is_bot_active", "false", "false"))
        for user in users:
            self.watch(user.chat_id).wait_said(HANDED)
        self.bot.release()
        self.assertLessEqual({user.chat_id for user in users}, set(self.active()))
        for user in users:
            self.assertEqual(self.active()[user.chat_id]["customerSupportId"], "")
            said = self.texts(user.chat_id)
            self.assertEqual(said[-1], ("buerokratt", "", HANDED))
            self.assertEqual(len([text for _, _, text in said if text == HANDED]), 1)
        newcomer = self.instance.client()
        self.assertEqual(newcomer.open_chat("c")["customerSupportId"], "")
        self.assertEqual(self.bot.asked.count((users[2].chat_id, "kaua")), 1)
        self.switch(True)
        self.assertEqual(self.instance.client().open_chat("d")["customerSupportId"], BOT)
        self.administrator.ok("/cs-insert-chat-and-message-when-bot-not-active")

    def test_a_bot_that_is_on_can_be_relieved_of_its_chats(self):
        """C-40: by whoever answers chats; and by nobody else, and nothing is written."""
        path = "/cs-insert-chat-and-message-when-bot-not-active"
        key = "insert_chat_customer_support"
        user = self.visitor("tere")
        self.watch(user.chat_id).wait_said("Vastus: tere")
        analyst = self.instance.agent(ADAM, "Adam", (ROLES[4],))
        self.refused_all(path, {}, ((self.instance.client(), (401, "not_authenticated")),
                                    (user, (401, "not_authenticated")),
                                    (analyst, (403, "role_not_allowed"))))
        self.assertEqual(self.data(self.mary, path, None, key), [])
        self.assertEqual(self.texts(user.chat_id)[2:], [("buerokratt", "", HANDED)])
        self.assertIn(user.chat_id, self.active())
        before = database.counts(self.instance)
        self.assertEqual(self.data(self.mary, path, {}, key), [])  # there are none left
        self.assertEqual(database.counts(self.instance), before)

    def test_it_leaves_its_chats_also_when_chat_state_is_killed_at_once(self):
        """C-39: what is left to do is a row."""
        users = [self.visitor(f"kill {i}") for i in range(20)]
        for user in users:
            self.watch(user.chat_id).wait_item(lambda row: row["authorRole"] == "buerokratt",
                                               "an answer")
        self.switch(False)
        self.instance.kill("chat-state")
        for user in users:
            self.watch(user.chat_id).wait_said(HANDED)
            self.assertEqual([text for _, _, text in self.texts(user.chat_id)].count(HANDED), 1)
        self.switch(True)


class Greeting(WithBot):
    """Without a bot at first."""

    words = "Tere! Kuidas saan abiks olla? \u00f5\U0001f44b"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.switch(False)

    def greet(self, words, is_active):
        self.administrator.ok("/cs-set-greeting-message", {"est": words})
        self.administrator.ok("/cs-set-is-greeting-active", {"isActive": is_active})

    def test_without_a_greeting_a_chat_begins_with_its_end_user(self):
        """A-12, contract \u00a76.2: off while nobody sets it, and without words."""
        for key in ("greeting_message_est", "is_greeting_message_active"):
            self.administrator.ok("/cs-delete-configuration", {"key": key})
        self.assertEqual(self.texts(self.visitor().chat_id), [("end-user", "", "Tere!")])
        for words, is_active in ((self.words, False), (" ", True), ("", True)):
            self.greet(words, is_active)
            self.assertEqual(self.texts(self.visitor().chat_id), [("end-user", "", "Tere!")])

    def test_a_greeting_is_the_first_message_of_a_chat(self):
        """A-12, P-01: event greeting, role buerokratt; on every stream and in both lists."""
        self.greet(self.words, True)
        with self.mary.stream("/events/cs-get-all-active-chats") as agents:
            agents.wait(lambda frame: frame.event == "snapshot-end", "the list")
            user = self.instance.client()
            chat = user.open_chat("Kas on õunu?")
            row = agents.wait_item(lambda row: row.get("id") == chat["id"] and
                                   row["lastMessage"] == "Kas on õunu?", "the chat")
        self.assertEqual(row["lastMessageEvent"], "greeting")
        self.assertEqual(chat["lastMessage"], "Kas on õunu?")
        said = self.texts(chat["id"])
        self.assertEqual(said, [("buerokratt", "greeting", self.words),
                                ("end-user", "", "Kas on õunu?")])
        for path in ("/events/get-new-messages", "/sse/get-new-messages"):
            with user.stream(path, chatId=chat["id"],
                             timeRangeBegin="2020-01-01T00:00:00.000Z") as stream:
                stream.wait_said("Kas on õunu?")
                self.assertEqual([row["event"] for frame in stream.frames for row in frame.items],
                                 ["greeting", ""])
        self.assertEqual(self.versions(chat["id"]), [""])
        self.assertEqual(list(self.active()).count(chat["id"]), 1)
        self.assertEqual(self.response(
            user, f"/estimated-waiting-time?chatId={chat['id']}")["positionInUnassignedChats"],
            str(len(self.active())))

    def test_an_init_chat_that_comes_again_is_one_chat_with_one_greeting(self):
        """A-12: one Idempotency-Key, also over a kill of chat-state."""
        self.greet(self.words, True)
        user = self.instance.client()
        body = {"message": {"content": "üks kord", "authorTimestamp": now()},
                "endUserTechnicalData": {"endUserOs": "Linux", "endUserUrl": "https://a.ee/"}}
        headers = {"Idempotency-Key": "greeting-1"}
        answers = [user.request("POST", "/init-chat", body, headers) for _ in range(2)]
        self.instance.kill("chat-state")
        answers.append(user.request("POST", "/init-chat", body, headers))
        self.assertEqual([answer.body for answer in answers], [answers[0].body] * 3)
        chat_id = answers[0].value["id"]
        self.assertEqual([event for _, event, _ in self.texts(chat_id)], ["greeting", ""])
        self.assertEqual(database.rows(self.instance,
                                       "SELECT COUNT(*) FROM message"
                                       f" WHERE chat_base_id = '{chat_id}'"), [[2]])

    def test_a_refused_init_chat_greets_nobody(self):
        """A-11."""
        self.greet(self.words, True)
        self.refused(self.instance.client(), "/init-chat",
                     {"message": {"content": " "},
                      "endUserTechnicalData": {"endUserOs": "Linux", "endUserUrl": "https://a.ee/"}},
                     (422, "value_out_of_limits"))

    def test_a_chat_of_the_bot_is_greeted_too(self):
        """A-12, A-13: the bot is asked what the end user wrote."""
        self.greet(self.words, True)
        self.switch(True)
        user = self.visitor("mis kell on?")
        self.watch(user.chat_id).wait_said("Vastus: mis kell on?")
        self.assertEqual([event for _, event, _ in self.texts(user.chat_id)], ["greeting", "", ""])
        self.assertEqual(self.bot.questions(user.chat_id), ["mis kell on?"])
        self.switch(False)
        self.watch(user.chat_id).wait_said(HANDED)


class Silent(WithBot):
    """Chat-state has a wall clock that the test sets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator.ok("/cs-set-session-length", {"sessionLength": 480})
        cls.john = cls.instance.agent(JOHN, "John")
        cls.clock = cls.instance.dir / "clock-of-chat-state"
        cls.set_clock(0)
        start = cls.instance.dir / "run/start/chat-state"
        *lines, command = start.read_text().splitlines()
        program = Path(command.removeprefix("exec "))
        lines.append(f"exec env LD_PRELOAD={cls.preloaded(program)} KRATT_WALLCLOCK={cls.clock}"
                     f" {program}")
        start.write_text("\n".join(lines) + "\n")
        cls.instance.kill("chat-state")
        cls.instance.wait_ready("chat-state")

    @staticmethod
    def preloaded(program):
        """A sanitizer has to be before all others."""
        libraries = subprocess.run(["ldd", program], check=True, stdout=subprocess.PIPE, text=True)
        sanitizer = re.findall(r"=> (\S*/libasan\.\S*)", libraries.stdout)
        return ":".join(sanitizer + [str(program.parents[1] / "lib/libwallclock.so")])

    @classmethod
    def set_clock(cls, error_ms):
        """Written in place: it is mapped."""
        with open(cls.clock, "r+b" if cls.clock.exists() else "wb") as file:
            file.write(struct.pack("q", error_ms))

    def test_chats_that_are_silent_for_two_hours_end_when_it_leaves(self):
        """C-40: with inactive-chat-ended and a sentence; the others go to people."""
        silent, other = self.visitor("vaikus"), self.visitor("jutt")
        for user, text in ((silent, "vaikus"), (other, "jutt")):
            self.watch(user.chat_id).wait_said("Vastus: " + text)
        self.set_clock(2 * 3600 * 1000 + 60000)
        other.say(other.chat_id, "veel")
        self.watch(other.chat_id).wait_said("Vastus: veel")
        self.john.ok("/cs-insert-chat-and-message-when-bot-not-active")
        role, event, text = self.texts(silent.chat_id)[-1]
        self.assertEqual((role, event), ("buerokratt", "inactive-chat-ended"))
        self.assertTrue(text)
        self.assertEqual(silent.ok("/get-chat-by-id", {})["status"], "ENDED")
        self.assertEqual(self.texts(other.chat_id)[-1], ("buerokratt", "", HANDED))
        self.assertEqual(list(self.active()), [other.chat_id])


if __name__ == "__main__":
    unittest.main()
