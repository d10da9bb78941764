#!/usr/bin/env python3
"""Whoever kills what watches a service has only restarted the service."""

import os
import signal
import unittest
from pathlib import Path

from kratt import Instance


class Keep(unittest.TestCase):
    def setUp(self):
        self.instance = Instance()
        self.addCleanup(self.instance.stop)

    def kill_keeper(self, name):
        before = self.instance.pid(name)
        keeper = int(Path(f"/proc/{before}/stat").read_text().rsplit(")", 1)[1].split()[1])
        self.assertIn(b"keep", Path(f"/proc/{keeper}/cmdline").read_bytes())
        os.kill(keeper, signal.SIGKILL)
        self.instance.wait_for_another(name, before)

    def test_a_service_whose_keeper_is_killed_comes_back(self):
        client = self.instance.client()
        chat = client.open_chat()["id"]
        for name in ("rest-ingress", "chat-state"):
            self.kill_keeper(name)
            client.close()
            client.say(chat, f"{name} is back")


if __name__ == "__main__":
    unittest.main(verbosity=2)
