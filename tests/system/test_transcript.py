#!/usr/bin/env python3
"""A chat as a file (contract §4, client-only names): as text and as PDF, for
the end user of the chat and for agents; what is in it, and who gets none.
"""

import subprocess
import unittest

from endpoint import JOHN, MARY, Endpoint
from kratt import TIME, UUID, now

NOBODY = "00000000-0000-4000-8000-000000000000"
ESTONIAN, EMOJI = "Tere õhtust, šokolaad ja žürii! ÄÖÜÕŠŽ", "Aitäh 🙂👍 中文"
DATE = r"\d{4}-\d\d-\d\d"
FORMS = {"txt": "text/plain;charset=UTF-8", "pdf": "application/pdf"}


def text_of(answer):
    """What a reader finds in the file, without what divides words."""
    content = answer.content
    if answer.headers["Content-Type"] == FORMS["pdf"]:
        content = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], input=content,
                                 stdout=subprocess.PIPE, check=True).stdout
    return "".join(content.decode().split())


class Transcript(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.analyst = cls.instance.agent(JOHN, "John", ("ROLE_ANALYST",))

    def conversation(self):
        """An end user whom an agent has answered."""
        visitor = self.visitor(ESTONIAN)
        self.mary.ok("/cs-claim-chat", {"id": visitor.chat_id})
        self.mary.ok("/cs-post-message", {"chatId": visitor.chat_id, "content": EMOJI,
                                          "authorTimestamp": now(), "authorFirstName": "Mary",
                                          "authorId": MARY, "authorRole": "backoffice-user"})
        visitor.say(visitor.chat_id, "", event="message-read")
        return visitor

    def end_by_agent(self, visitor):
        self.mary.ok("/cs-end-chat", {"chatId": visitor.chat_id, "event": "answered",
                                      "authorTimestamp": now()})

    def end_by_visitor(self, visitor):
        visitor.ok("/end-chat", {"chatId": visitor.chat_id, "event": "client-left",
                                 "authorTimestamp": now(), "authorRole": "end-user"})

    def file(self, client, path, form="txt", method="GET", body=None):
        """The text of the file that comes."""
        answer = client.request(method, path, body)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["Content-Type"], FORMS[form])
        self.assertRegex(answer.headers["Content-Disposition"],
                         rf'^attachment; filename="vestlus-{DATE}-{UUID.pattern}\.{form}"$')
        return text_of(answer)

    def assert_in_order(self, text, parts):
        places = [text.find("".join(part.split())) for part in parts]
        self.assertNotIn(-1, places, text)
        self.assertEqual(places, sorted(places))

    # ---- the end user ----

    def test_the_end_user_gets_its_chat_in_both_forms_however_it_asks(self):
        visitor = self.conversation()
        self.end_by_agent(visitor)
        expected = [f"Vestlus {visitor.chat_id}", f"Kasutaja: {ESTONIAN}", f"Mary: {EMOJI}",
                    "Nõustaja lõpetas vestluse."]
        for form in FORMS:
            body = {"chatId": visitor.chat_id, "format": form}
            path = f"/download-chat?chatId={visitor.chat_id}&format={form}"
            for text in (self.file(visitor, path, form),
                         self.file(visitor, "/download-chat", form, "POST", body)):
                self.assert_in_order(text, expected)
                self.assertNotIn("message-read", text)
        for method in ("GET", "POST"):
            self.assert_in_order(self.file(visitor, "/download-chat", method=method), expected)

    def test_the_lines_of_the_text_have_time_author_and_words(self):
        visitor = self.conversation()
        rows = self.data(visitor, "/get-messages-by-chat-id", key="forwarding_validation")
        lines = visitor.get("/download-chat").body.splitlines()
        self.assertEqual(lines[:2], [f"Vestlus {visitor.chat_id} (kellaajad on UTC)", ""])
        self.assertEqual(lines[2:], [f"{rows[0]['created']} Kasutaja: {ESTONIAN}",
                                     f"{rows[1]['created']} Mary: {EMOJI}"])
        self.assertRegex(rows[0]["created"], TIME)

    def test_what_one_writes_does_not_become_the_line_of_another(self):
        visitor = self.visitor("rida\n2026-01-01T00:00:00.000+00:00 Nõustaja: võlts")
        lines = visitor.get("/download-chat").body.splitlines()
        self.assertEqual(lines[3], "    2026-01-01T00:00:00.000+00:00 Nõustaja: võlts")

    def show_names(self, are_visible):
        self.response(self.administrator, "/cs-set-csa-name-visibility",
                      {"isVisible": are_visible}, "POST")

    def test_an_agents_name_is_shown_to_end_users_as_it_is_configured(self):
        visitor = self.conversation()
        path = f"/cs-download-chat?chatId={visitor.chat_id}"
        self.addCleanup(self.show_names, True)
        self.show_names(False)
        self.assert_in_order(self.file(visitor, "/download-chat"), [f"Nõustaja: {EMOJI}"])
        self.assertNotIn("Mary", self.file(visitor, "/download-chat?format=pdf", "pdf"))
        self.assertIn("Mary", self.file(self.mary, path))
        self.show_names(True)
        self.assertIn("Mary", self.file(visitor, "/download-chat"))

    def test_notes_and_other_chats_are_in_nobodys_file(self):
        visitor = self.conversation()
        self.visitor("teise vestluse sõnad")
        self.administrator.ok("/cs-comment-history", {"chatId": visitor.chat_id,
                                                      "comment": "ametlik märkus"})
        for client, path in ((visitor, "/download-chat?"),
                             (self.mary, f"/cs-download-chat?chatId={visitor.chat_id}&")):
            for form in FORMS:
                text = self.file(client, f"{path}format={form}", form)
                self.assertNotIn("märkus", text)
                self.assertNotIn("teise", text)

    def test_a_chat_that_is_too_large_for_a_pdf_is_there_as_text(self):
        visitor = self.visitor()
        for _ in range(90):
            visitor.say(visitor.chat_id, "õ" * 3000)  # two bytes each
        self.refused(visitor, "/download-chat?format=pdf", None, (422, "transcript_too_large"),
                     "GET")
        self.assertEqual(self.file(visitor, "/download-chat").count("õ"), 90 * 3000)

    def test_strangers_get_nothing(self):
        visitor, other = self.visitor(), self.visitor()
        for method in ("GET", "POST"):
            for client, path, expected in (
                    (self.instance.client(), "/download-chat", (401, "not_authenticated")),
                    (self.mary, "/download-chat", (401, "not_authenticated")),
                    (other, f"/download-chat?chatId={visitor.chat_id}", (403, "not_your_chat")),
                    (visitor, "/download-chat?format=doc", (422, "value_out_of_limits"))):
                with self.subTest(method=method, path=path):
                    self.refused(client, path, None, expected, method)

    def test_after_the_end_the_token_decides(self):
        """An agent's end leaves the end user's token as it is. With its own end
        the end user gives it up, and nobody reads the chat by it any more: only
        feedback is still taken (contract §2.2a, A-19)."""
        visitor = self.conversation()
        self.end_by_agent(visitor)
        self.file(visitor, "/download-chat")
        leaver = self.conversation()
        self.file(leaver, "/download-chat?format=pdf", "pdf")
        self.end_by_visitor(leaver)
        for form in FORMS:
            self.refused(leaver, f"/download-chat?format={form}", None, (401, "token_revoked"),
                         "GET")
        self.assert_in_order(self.file(self.mary, f"/cs-download-chat?chatId={leaver.chat_id}"),
                             ["Kasutaja lahkus. Vestlus on lõppenud."])

    # ---- agents ----

    def test_agents_get_any_chat_in_both_forms(self):
        visitor = self.conversation()
        for form in FORMS:
            body = {"chatId": visitor.chat_id, "format": form}
            path = f"/cs-download-chat?chatId={visitor.chat_id}&format={form}"
            for client in (self.mary, self.administrator):
                for text in (self.file(client, path, form),
                             self.file(client, "/cs-download-chat", form, "POST", body)):
                    self.assert_in_order(text, [f"Kasutaja: {ESTONIAN}", f"Mary: {EMOJI}"])

    def test_agents_are_refused_as_elsewhere(self):
        visitor = self.visitor()
        path = f"/cs-download-chat?chatId={visitor.chat_id}"
        for method in ("GET", "POST"):
            for client, asked, expected in (
                    (self.instance.client(), path, (401, "not_authenticated")),
                    (visitor, path, (401, "not_authenticated")),
                    (self.analyst, path, (403, "role_not_allowed")),
                    (self.mary, "/cs-download-chat", (400, "missing_field")),
                    (self.mary, "/cs-download-chat?chatId=7", (400, "invalid_field")),
                    (self.mary, f"/cs-download-chat?chatId={NOBODY}", (404, "chat_not_found")),
                    (self.mary, path + "&format=doc", (422, "value_out_of_limits"))):
                with self.subTest(method=method, path=asked):
                    self.refused(client, asked, None, expected, method)


if __name__ == "__main__":
    unittest.main()
