"""Tests of endpoints: a Kratt on the store that KRATT_TEST_STORE names, people
who call it, and what it says no to."""

import unittest

import database
from kratt import Instance

MARY, JOHN, ADAM = "EE49003106521", "EE38001085718", "EE39901012239"
ROLES = ("ROLE_ADMINISTRATOR", "ROLE_SERVICE_MANAGER", "ROLE_CUSTOMER_SUPPORT_AGENT",
         "ROLE_CHATBOT_TRAINER", "ROLE_ANALYST", "ROLE_UNAUTHENTICATED")


class Endpoint(unittest.TestCase):
    """environment: settings of the instance, by name."""

    gateways = 1
    environment = {}

    @classmethod
    def setUpClass(cls):
        cls.instance = Instance.for_test(gateways=cls.gateways, **cls.environment)
        cls.addClassCleanup(cls.instance.stop)
        cls.administrator = cls.instance.administrator()

    def visitor(self, content="Tere!"):
        """An end user with an open chat; its id is chat_id."""
        client = self.instance.client()
        client.chat_id = client.open_chat(content)["id"]
        return client

    def data(self, client, path, body=None, key=None, method="POST"):
        """The value of an answer of the names of the seed, under this key alone."""
        answer = client.request(method, path, body)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(list(answer.json), ["data", "error"])
        self.assertIsNone(answer.json["error"])
        self.assertEqual(list(answer.json["data"]), [key])
        return answer.json["data"][key]

    def response(self, client, path, body=None, method="GET"):
        """The value of an answer of the other names."""
        answer = client.request(method, path, body)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(list(answer.json), ["response"])
        return answer.json["response"]

    def refused(self, client, path, body, expected, method="POST"):
        """expected: status and code. Nothing is written."""
        before = database.counts(self.instance)
        answer = client.request(method, path, body)
        self.assertEqual((answer.status, answer.json["error"]["code"]), expected, answer)
        self.assertIsNone(answer.json.get("data", answer.json.get("response")))
        self.assertTrue(answer.json["error"]["message"].endswith("."))
        self.assertEqual(database.counts(self.instance), before)
        return answer

    def refused_all(self, path, body, cases, method="POST"):
        """cases: (client, expected) pairs."""
        for client, expected in cases:
            with self.subTest(path=path, expected=expected):
                self.refused(client, path, body, expected, method)
