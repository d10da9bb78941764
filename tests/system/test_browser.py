#!/usr/bin/env python3
"""A real browser lives through the story: Chromium, on a page of another port
of the same host, with fetch and EventSource and their credentials, with the
habits of the clients of the seed (pages/clients.js). A-04, A-10, A-16, A-41.

Without Chromium and its driver the test says that it did not run.
"""

import functools
import http.server
import threading
import unittest
from pathlib import Path

import webdriver
from kratt import Instance

PAGES = Path(__file__).resolve().parent / "pages"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@unittest.skipUnless(webdriver.is_possible(), "needs chromium and chromedriver")
class Story(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.instance = Instance.for_test(gateways=2)
        cls.addClassCleanup(cls.instance.stop)
        cls.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Quiet, directory=PAGES))
        cls.addClassCleanup(cls.server.server_close)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.shutdown)
        cls.driver = webdriver.Driver()
        cls.addClassCleanup(cls.driver.stop)

    def browser(self):
        browser = webdriver.Browser(self.driver)
        self.addCleanup(browser.close)
        self.load(browser)
        return browser

    def load(self, browser):
        browser.go(f"http://127.0.0.1:{self.server.server_port}/client.html?api={self.instance.url}")

    def start(self, program, *arguments):
        browser = self.browser()
        browser.run(f"window.it = new {program}()")
        browser.run("it.start(...args)", *arguments)
        return browser

    def conversation(self, widget_program="Widget", gui_program="Gui"):
        """An end user and the agent who has claimed its chat."""
        widget = self.start(widget_program, "Tere õhtust!")
        gui = self.start(gui_program, self.instance.login, self.instance.password)
        chat_id = widget.run("it.chatId")
        gui.run("until(() => it.chats.some(chat => chat.id === args[0] && !chat.customerSupportId),"
                " 'the new chat')", chat_id)
        gui.run("it.claim(args[0])", chat_id)
        if widget_program != "WidgetOfToday":
            widget.run("until(() => it.chat.customerSupportId === args[0], 'the claim')",
                       gui.run("it.user.idCode"))
        return widget, gui

    def await_content(self, browser, content):
        browser.run("until(() => it.contents.includes(args[0]), args[0])", content)

    def test_two_people_talk_and_the_end_is_shown(self):
        widget, gui = self.conversation()
        gui.run("it.say(args[0])", "Kuidas saan aidata? 🍎")
        self.await_content(widget, "Kuidas saan aidata? 🍎")
        widget.run("it.say(args[0])", "Hästi <b>&amp;</b>")
        self.await_content(gui, "Hästi <b>&amp;</b>")
        gui.run("it.end('answered')")
        widget.run("until(() => it.chat.status === 'ENDED', 'the end')")
        self.assertEqual(widget.run("it.messages[it.messages.length - 1].event"), "answered")
        gui.run("until(() => !it.chats.some(chat => chat.id === it.chatId), 'an empty list')")
        self.assertEqual([browser.run("broken") for browser in (widget, gui)], [[], []])

    def burst(self, widget, gui):
        """Twenty from each side, 10 ms apart; both show each once."""
        gui.run("it.burst('answer', 20, 10)")
        widget.run("it.burst('question', 20, 10)")
        for browser in (widget, gui):
            for what in ("question", "answer"):
                expected = [f"{what} {i}" for i in range(20)]
                for content in expected:
                    self.await_content(browser, content)
                shown = [content for content in browser.run("it.contents")
                         if content.startswith(what)]
                self.assertEqual(sorted(shown), sorted(expected))

    def test_bursts_arrive_once_with_the_clients_of_the_seed(self):
        widget, gui = self.conversation()
        self.burst(widget, gui)
        self.assertEqual(widget.run("it.doubled"), [])
        self.assertGreater(widget.run("it.opened"), 4)

    def test_bursts_arrive_once_with_the_clients_of_june(self):
        """Its agents' program shows twice what comes twice."""
        widget, gui = self.conversation("WidgetOfJune", "GuiOfJune")
        self.burst(widget, gui)
        self.assertEqual(widget.run("it.doubled"), [])

    def test_bursts_arrive_once_with_the_widget_of_today(self):
        self.burst(*self.conversation("WidgetOfToday"))

    def test_a_widget_of_june_leaves_with_a_rating_at_the_same_moment(self):
        widget, gui = self.conversation("WidgetOfJune", "GuiOfJune")
        widget.run("it.leave('CLIENT_LEFT_WITH_ACCEPTED', 10)")
        self.await_event(gui, "CLIENT_LEFT_WITH_ACCEPTED")

    def await_event(self, browser, event):
        browser.run("until(() => it.messages.some(message => message.event === args[0]), args[0])",
                    event)

    def test_after_a_reload_the_widget_goes_on(self):
        widget, gui = self.conversation()
        gui.run("it.say('before the reload')")
        self.await_content(widget, "before the reload")
        chat_id = widget.run("it.chatId")
        self.load(widget)
        widget.run("window.it = new Widget()")
        widget.run("it.resume(args[0])", chat_id)
        self.await_content(widget, "before the reload")
        gui.run("it.say('after the reload')")
        self.await_content(widget, "after the reload")


if __name__ == "__main__":
    unittest.main(verbosity=2)
