#!/usr/bin/env python3
"""The event log as a whole: restored from an older backup, it is noticed by
all who follow it; grown long, it is trimmed, but not past who follows it.
"""

import os
import signal
import sqlite3
import time
import unittest

from kratt import PATIENCE, Instance


def wait_until(holds, what, seconds=3 * PATIENCE):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.05)


class Log(unittest.TestCase):
    def instance(self, **settings):
        instance = Instance(**settings)
        self.addCleanup(instance.stop)
        return instance

    def test_a_log_restored_from_a_backup_is_read_anew(self):
        instance = self.instance()
        user = instance.client()
        chat_id = user.open_chat("first")["id"]
        with user.stream("/events/get-new-messages") as stream:
            stream.wait_said("first")
            self.back_up(instance)
            for number in range(3):
                user.say(chat_id, f"lost {number}")
                stream.wait_said(f"lost {number}")
            self.restore(instance)
            reset = stream.wait(lambda frame: frame.event == "reset", "the reset")
            self.assertEqual(reset.json["reason"], "new-log")
            wait_until(lambda: self.says(user, chat_id, "since"), "a message is taken again")
            stream.wait_said("since")
            contents = [item["content"] for frame in stream.frames if frame.event == "message"
                        for item in frame.items]
            self.assertEqual(contents.count("since"), 1)
        wait_until(lambda: "log read anew" in instance.logs(1000).split("waiting-time.log")[1],
                   "waiting-time reads the log anew")

    def back_up(self, instance):
        running = sqlite3.connect(instance.dir / "kratt.db")
        backup = sqlite3.connect(instance.dir / "backup.db")
        running.backup(backup)
        backup.close()
        running.close()

    def restore(self, instance):
        """While chat-state does nothing, and has then never seen it done."""
        os.kill(instance.pid("chat-state"), signal.SIGSTOP)
        os.rename(instance.dir / "backup.db", instance.dir / "kratt.db")
        for ending in ["wal", "shm"]:
            (instance.dir / f"kratt.db-{ending}").unlink()
        instance.kill("chat-state")

    def says(self, user, chat_id, content):
        answer = user.post("/post-message", {"chatId": chat_id, "content": content,
                                             "authorRole": "end-user",
                                             "authorTimestamp": "2026-01-01T00:00:00.000Z"})
        return answer.status == 200

    def test_a_long_log_is_trimmed_and_followers_are_heard(self):
        instance = self.instance(KRATT_LOG_EVENTS="1000")
        user = instance.client()
        chat_id = user.open_chat("first")["id"]
        first = instance.metric("kratt_log_first_seq", "chat-state")
        self.assertGreater(first, 1.7e15, "a log begins at the clock of its making")
        with user.stream("/events/get-new-messages") as stream:
            stream.wait_said("first")
            for number in range(1200):
                user.say(chat_id, f"message {number}")
            stream.wait_said("message 1199")
            newest = instance.metric("kratt_log_seq", "chat-state")
            wait_until(lambda: instance.metric("kratt_log_first_seq", "chat-state") >= newest - 999,
                       "the log is trimmed")
        self.assertEqual(instance.metric("kratt_log_seq", "chat-state"), newest)
        self.assertEqual(instance.metric("kratt_log_first_seq", "chat-state"), newest - 999)
        self.assertEqual(instance.metric("kratt_followers", "chat-state"), 2)
        self.assertEqual(instance.metric("kratt_followers_given_up_total", "chat-state"), 0)
        with user.stream("/events/get-new-messages") as stream:  # messages are history
            stream.wait_said("message 1199")
            stream.wait_said("first")


if __name__ == "__main__":
    unittest.main(verbosity=2)
