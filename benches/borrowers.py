"""A hundred clients of `az-imageshare exec` at once; prints the 95th percentile of a warm token, in seconds.

Run by figures.py as the command of a run. Sockets are driven by hand: what is measured is the endpoint, and not
the HTTP client of a language.
"""

import os
import selectors
import socket
import sys
import time
import urllib.parse

CLIENTS = 100
TURNS = 10


class Client:
    """One request after the other, each on a connection of its own."""

    def __init__(self, selector, place, request):
        self.selector, self.place, self.request = selector, place, request
        self.times = []
        self.begin()

    def begin(self):
        self.started = time.perf_counter()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(self.place)
        self.answer = b""
        self.selector.register(self.socket, selectors.EVENT_WRITE, self)

    def go_on(self):
        if self.request is not None and self.selector.get_key(self.socket).events == selectors.EVENT_WRITE:
            self.socket.send(self.request)
            self.selector.modify(self.socket, selectors.EVENT_READ, self)
            return
        part = self.socket.recv(65536)
        self.answer += part
        if not part:
            self.end()

    def end(self):
        self.times.append(time.perf_counter() - self.started)
        if not self.answer.startswith(b"HTTP/1.1 200"):
            sys.exit(f"borrowers: {self.answer[:200]!r}")
        self.selector.unregister(self.socket)
        self.socket.close()
        if len(self.times) < TURNS:
            self.begin()


def main():
    url = urllib.parse.urlsplit(os.environ["IDENTITY_ENDPOINT"])
    request = (
        f"GET {url.path}?api-version=2019-08-01&resource={sys.argv[1]} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        f"X-IDENTITY-HEADER: {os.environ['IDENTITY_HEADER']}\r\n\r\n"
    ).encode()
    selector = selectors.DefaultSelector()
    place = (url.hostname, url.port)
    # The first round is cold, and all others warm.
    for clients in (1, CLIENTS):
        all_clients = [Client(selector, place, request) for _ in range(clients)]
        while selector.get_map():
            for key, _ in selector.select():
                key.data.go_on()
    times = sorted(duration for client in all_clients for duration in client.times)
    print(times[len(times) * 95 // 100])


main()
