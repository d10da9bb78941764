#!/usr/bin/env python3
"""The document of the routes: it is valid, its examples are what Kratt takes and
says, and no route does anything else than it tells."""

import http.client
import json
import re
import subprocess
import unittest
from pathlib import Path

from endpoint import ADAM, Endpoint
from kratt import PATIENCE, UUID, now, with_query

CHECK = Path(__file__).with_name("openapi_check.py")
FIRST, SECOND = "EE123Csa1Id", "EE123Csa2Id"  # who is in the samples
# What ends the session that the other calls need comes after them.
LAST = ("logout", "blacklist", "/jwt/", "end-chat", "chats/end")


# What a schema does not tell of a good value.
VALUES = {"event": "ACCEPTED", "customerSupportId": ADAM, "customerSupportStatus": "online",
          "userIdCode": "EE48002020044", "idCode": "EE48002020044", "rating": "liked",
          "roles": ["ROLE_ANALYST"], "authorities": ["ROLE_ANALYST"],
          "emergencyNoticeStartISO": "2023-01-13T14:23:52.953Z",
          "emergencyNoticeEndISO": "2023-01-14T14:23:52.953Z",
          "organizationWorkingTimeStartISO": "2023-01-13T08:00:00.000Z",
          "organizationWorkingTimeEndISO": "2023-01-13T16:00:00.000Z"}


def made_of(schema, visitor, name=""):
    """A value that the schema takes, with no more in it than has to be, and what is
    to be said."""
    if name in VALUES:
        return VALUES[name]
    if "anyOf" in schema:
        return made_of(schema["anyOf"][0], visitor)
    if schema["type"] == "object":
        return {name: made_of(schema["properties"][name], visitor, name)
                for name in schema.get("properties", ())
                if name == "content" or name in schema.get("required", ())}
    if schema["type"] == "array":
        return [made_of(schema["items"], visitor)]
    if schema["type"] in ("integer", "number"):
        return schema.get("minimum", 1)
    if schema["type"] == "boolean":
        return True
    return visitor.chat_id if schema.get("format") == "uuid" else schema.get("enum", ["Tere"])[0]


def is_stream(path):
    return path.startswith(("/sse/", "/events"))


class OpenApi(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        answer = cls.administrator.get("/openapi.json")
        assert answer.status == 200, answer
        cls.document = answer.json
        cls.first = cls.instance.agent(FIRST, "someCsaAgent")
        cls.instance.agent(SECOND, "anotherCsaAgent")
        cls.adam = cls.instance.agent(ADAM, "Adam", ("ROLE_ADMINISTRATOR",))

    # ---- help ----

    def faults(self, values=()):
        result = subprocess.run(["/usr/bin/python3", "-B", CHECK], text=True, check=True,
                                stdout=subprocess.PIPE,
                                input=json.dumps({"document": self.document,
                                                  "values": list(values)}))
        return json.loads(result.stdout)

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                yield path, method, operation

    def routes(self):
        """All but streams; those that end a session are the last."""
        found = [(path, method, operation) for path, method, operation in self.operations()
                 if not is_stream(path) and method in ("get", "post")]
        return sorted(found, key=lambda it: (any(word in it[0] for word in LAST), it[1]))

    def response_of(self, operation, answer, where):
        """What the document says of an answer with this status."""
        told = operation["responses"].get(str(answer.status))
        self.assertIsNotNone(told, f"{where}: {answer}")
        if "$ref" in told:
            told = self.document["components"]["responses"][told["$ref"].rsplit("/", 1)[1]]
        return told

    def value_of(self, operation, answer, where):
        """For faults(): the answer, and the schema that it has to match; None
        for an answer that is no JSON."""
        media = answer.headers["Content-Type"].split(";")[0]
        content = self.response_of(operation, answer, where)["content"]
        self.assertIn(media, content, f"{where}: {answer}")
        if media != "application/json":
            return None
        return [where, content[media]["schema"], answer.json]

    def assert_told(self, called):
        """called: (operation, answer, where)."""
        values = [self.value_of(*call) for call in called]
        self.assertEqual(self.faults(value for value in values if value), [])

    def examples(self, kind):
        """(path, method, operation, name, value) of all requests or answers."""
        for path, method, operation in self.operations():
            holder = (operation.get("requestBody", {}) if kind == "request"
                      else operation["responses"]["200"])
            media = holder.get("content", {}).get("application/json", {})
            for name, example in media.get("examples", {}).items():
                yield path, method, operation, name, (media["schema"], example["value"])

    def visitor_with_all_rights(self, id_code="EE47101010033"):
        visitor = self.visitor()
        visitor.cookies.update(self.instance.agent(id_code, "Eve", ("ROLE_ADMINISTRATOR",)).cookies)
        return visitor

    # ---- tests ----

    def test_the_document_is_valid(self):
        self.assertEqual(self.document["openapi"], "3.0.3")
        self.assertEqual(self.faults(), [])

    def test_the_validator_finds_what_is_wrong(self):
        """So that the others can fail."""
        right = self.document
        try:
            self.document = json.loads(json.dumps(right))
            del self.document["paths"]["/init-chat"]["post"]["responses"]
            del self.document["components"]["schemas"]["Chat"]
            chat = {"$ref": "#/components/schemas/ChatRow"}
            text = " ".join(self.faults([["a row", chat, {"id": 1}]]))
        finally:
            self.document = right
        for fault in ("responses", "#/components/schemas/Chat leads nowhere", "a row: ['id']"):
            self.assertIn(fault, text)

    def test_any_page_that_may_call_may_read_it_without_a_cookie(self):
        answer = self.instance.client().request("GET", "/openapi.json",
                                                headers={"Origin": "http://localhost:8000"})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "http://localhost:8000")
        self.assertEqual(answer.json, self.document)

    def test_every_example_matches_its_schema(self):
        values = [[f"{method} {path} {kind} {name}", *value] for kind in ("request", "answer")
                  for path, method, _, name, value in self.examples(kind)]
        self.assertGreaterEqual(len(values), 10)
        self.assertEqual(self.faults(values), [])

    def test_every_request_that_is_an_example_is_done(self):
        called = []
        for path, method, operation, name, (_, body) in self.examples("request"):
            visitor = self.visitor()
            self.first.ok("/cs-claim-chat", {"id": visitor.chat_id})
            body = {key: visitor.chat_id if isinstance(value, str) and UUID.fullmatch(value)
                    else now() if key == "authorTimestamp" else value
                    for key, value in body.items()}
            client = self.adam if "x-roles" in operation else visitor
            answer = client.request(method.upper(), path, body)
            self.assertEqual(answer.status, 200, f"{path} {name}: {answer}")
            called.append((operation, answer, path))
        self.assertGreaterEqual(len(called), 4)
        self.assert_told(called)

    def test_every_answer_that_is_an_example_is_given(self):
        visitor, called = self.visitor(), []
        for path, method, operation, name, (_, value) in self.examples("answer"):
            of_chat = name != "newcomer" and any(
                p.get("name") == "chatId" for p in operation.get("parameters", ()))
            query = {"chatId": visitor.chat_id} if of_chat else {}
            answer = (self.first.get(path, **query) if method == "get"
                      else self.first.post(path, query or {"chatId": visitor.chat_id}))
            self.assertEqual(answer.status, 200, f"{method} {path} {name}: {answer}")
            self.assertEqual(list(answer.json), list(value))
            called.append((operation, answer, path))
        self.assertGreaterEqual(len(called), 6)
        self.assert_told(called)

    def call_all(self, client, query):
        called = []
        for path, method, operation in self.routes():
            where = re.sub(r"{\w+}", query.get("chatId", "none"), path)
            needed = {p["name"]: query[p["name"]] for p in operation.get("parameters", ())
                      if p.get("in") == "query" and p["name"] in query}
            answer = client.request(method.upper(), with_query(where, needed))
            self.assertNotEqual(answer.status, 500, f"{method} {path}: {answer}")
            self.assertNotIn(b'"unknown_route"', answer.content)
            called.append((operation, answer, f"{method} {path}"))
        return called

    def test_whoever_calls_a_route_with_nothing_gets_an_answer_that_is_told(self):
        self.assert_told(self.call_all(self.instance.client(), {}))

    def test_who_may_read_gets_answers_as_they_are_told(self):
        """Everything that can be read, with all rights; the rest lacks its body."""
        visitor = self.visitor_with_all_rights()
        called = self.call_all(visitor, {"chatId": visitor.chat_id, "searchKey": "Tere",
                                         "customerSupportId": ADAM})
        done = sum(answer.status == 200 for _, answer, _ in called)
        self.assertGreater(done, 60, sorted((answer.status, where) for _, answer, where in called))
        self.assert_told(called)

    def test_what_is_done_is_answered_as_it_is_told(self):
        """Each POST that takes a body, with one made of its schema. Some say no: those
        about a question or an account that is not there."""
        called, cookies = [], self.visitor_with_all_rights("EE46101010030").cookies
        for path, method, operation in self.routes():
            media = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if not media or method != "post":
                continue
            visitor = self.visitor()
            visitor.cookies["customJwtCookie"] = cookies["customJwtCookie"]
            body = made_of(media["schema"], visitor)
            answer = visitor.post(path, body)
            called.append((operation, answer, f"{path} {json.dumps(body)}"))
        done = sum(answer.status == 200 for _, answer, _ in called)
        self.assertGreater(done, 75, "\n".join(f"{a} {w}" for _, a, w in called if a.status != 200))
        self.assert_told(called)

    def test_every_stream_that_is_told_is_there(self):
        for path, _, operation in self.operations():
            if not is_stream(path):
                continue
            connection = http.client.HTTPConnection(self.administrator.url.hostname,
                                                    self.administrator.url.port, timeout=PATIENCE)
            connection.request("GET", path.replace("{chatId}", FIRST))
            answer = connection.getresponse()
            told = operation["responses"].get(str(answer.status))
            self.assertIsNotNone(told, f"{path}: {answer.status}")
            self.assertNotEqual(answer.status, 404, path)
            if answer.status == 200:
                self.assertIn(answer.headers["Content-Type"].split(";")[0], told["content"])
            connection.close()


if __name__ == "__main__":
    unittest.main()
