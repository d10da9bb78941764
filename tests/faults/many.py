"""A reader of several topics on one stream, /events?subscribe=…: a chat's
messages and, beside them, the chat or the list of all.
"""

import urllib.parse

from actors import Reader


class ManyReader(Reader):
    """rows are the messages alone; chat is the newest state of the chat."""

    def __init__(self, client, chat_id, topics):
        self.chat_id = chat_id
        self.chat = {}
        super().__init__(client, "/events?" + urllib.parse.urlencode(
            [("subscribe", topic) for topic in topics]))

    def _take(self, row):
        topic, value = row["topic"].split("?")[0], row["data"]
        if topic.endswith("get-new-messages"):
            super()._take(value)
        elif value.get("id") == self.chat_id:
            self.chat = value

    @property
    def chat_has_ended(self):
        return bool(self.chat.get("ended"))
