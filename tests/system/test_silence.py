#!/usr/bin/env python3
"""A chat in which nobody writes ends by itself. A minute is the least that can
be set, so this is by itself too: all that it does is wait."""

import time
import unittest

from endpoint import MARY, Endpoint
from kratt import PATIENCE


class Silence(Endpoint):
    environment = {"KRATT_INACTIVE_CHAT_MINUTES": "1"}

    def test_a_chat_in_which_nobody_writes_ends_by_itself(self):
        """contract §8.1, inactive-chat-ended."""
        mary = self.instance.agent(MARY, "Mary")
        user = self.visitor()
        began = time.monotonic()
        with mary.stream("/events/cs-get-messages-by-chat-id", chatId=user.chat_id) as stream:
            end = stream.wait_item(lambda row: row["event"] == "inactive-chat-ended", "the end",
                                   60 + PATIENCE)
        self.assertGreater(time.monotonic() - began, 59)
        self.assertEqual(end["authorRole"], "buerokratt")
        self.assertTrue(end["content"])
        self.assertEqual(mary.ok("/cs-get-all-active-chats"), [])


if __name__ == "__main__":
    unittest.main()
