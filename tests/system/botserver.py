"""A bot for a test: Rasa's REST channel, and answers that the test has chosen.
It notes what it was asked, and whether it was asked twice at once by a chat."""

import http.server
import json
import threading
import time

from kratt import PATIENCE

GIVES_UP = "Suunan teid klienditeenindajale. Varuge natukene kannatust."


def texts(*said):
    """A body of Rasa's, with a message for each text."""
    return json.dumps([{"recipient_id": "x", "text": text} for text in said],
                      ensure_ascii=False).encode()


class Bot:
    """answers: what is asked to a body, or to a status and a body; what is not
    there is answered with "Vastus: " before it. What is in held waits until
    release() is called."""

    def __init__(self):
        self.answers = {}
        self.held = set()
        self.asked = []  # (sender, message), as they came
        self.at_once = 0  # the most questions of one chat at a time
        self.changed = threading.Condition()
        self.released = threading.Event()
        self.thinking = []
        bot = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = bot.answer(self.path, question)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # who asked is gone

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path, question):
        sender, message = question["sender"], question["message"]
        with self.changed:
            self.asked.append((sender, message))
            self.thinking.append(sender)
            self.at_once = max(self.at_once, self.thinking.count(sender))
            self.changed.notify_all()
        if message in self.held:
            self.released.wait(PATIENCE)
        with self.changed:
            self.thinking.remove(sender)
        if path != "/webhooks/rest/webhook":
            return 404, b""
        body = self.answers.get(message, texts("Vastus: " + message))
        return body if isinstance(body, tuple) else (200, body)

    def hold(self, message):
        self.released.clear()
        self.held.add(message)

    def release(self):
        self.held.clear()
        self.released.set()

    def questions(self, chat_id):
        return [message for sender, message in self.asked if sender == chat_id]

    def wait_asked(self, chat_id, message, times=1):
        """Until it was asked that by the chat so many times."""
        end = time.monotonic() + PATIENCE
        with self.changed:
            while self.asked.count((chat_id, message)) < times:
                if not self.changed.wait(end - time.monotonic()):
                    raise AssertionError(f"not asked {message!r}, but {self.questions(chat_id)}")

    def stop(self):
        self.release()
        self.server.shutdown()
        self.server.server_close()
