"""The clients of a soak run, each a thread: one that loses nothing, and those that behave badly."""

import random
import socket
import struct
import threading
import time

LIMIT = 20.0  # seconds in which an answer must come


class Client(threading.Thread):
    """Works until `finish`. `error` is what ended it early."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.error = port, None
        self._over = threading.Event()

    def run(self):
        try:
            self.work()
        except (OSError, ValueError) as error:
            self.error = f"{type(error).__name__}: {error}"

    def pause(self, seconds):
        """False when it's time to end."""
        return not self._over.wait(seconds)

    def finish(self):
        self._over.set()
        self.join(LIMIT + 10)


class Lines:
    """A connection to good/main.lua: a line asked, a line answered."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("r", encoding="ascii", newline="\n")

    def ask(self, line):
        self.socket.sendall(f"{line}\n".encode())
        answer = self.reader.readline()
        if not answer.endswith("\n"):
            raise OSError(f"the connection ended before the answer to {line}")
        return answer[:-1]

    def close(self):
        self.reader.close()
        self.socket.close()


class GoodClient(Client):
    """Up to 200 requests a second, one after another; each tenth on a connection of its own. `made`, `answered`."""

    def __init__(self, port):
        super().__init__(port)
        self.made = self.answered = 0
        self.slowest = 0.0

    def work(self):
        kept = Lines(self.port)
        while self.pause(0.005):
            lines = kept if self.made % 10 else Lines(self.port)
            self.made += 1
            began = time.monotonic()
            if lines.ask(f"E {self.made}") == str(self.made):
                self.answered += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            if lines is not kept:
                lines.close()
        kept.close()


class ChurnClient(Client):
    """Connections that no server likes. The server is killed now and then: a refused one is no error."""

    def __init__(self, port, seed):
        super().__init__(port)
        self.random = random.Random(seed)
        self.opened = 0
        self.held = []

    def work(self):
        kinds = (self.open_and_close, self.ask_and_break_off, self.half_open, self.reset, self.slow, self.deaf, self.idle)
        while self.pause(self.random.uniform(0, 0.02)):
            try:
                self.random.choice(kinds)(socket.create_connection(("127.0.0.1", self.port), timeout=2))
                self.opened += 1
            except OSError:
                continue
            while len(self.held) > 8:
                self.held.pop(0).close()
        for connection in self.held:
            connection.close()

    def open_and_close(self, connection):
        connection.close()

    def ask_and_break_off(self, connection):
        with connection:
            connection.sendall(b"x" * self.random.randint(1, 20000))

    def half_open(self, connection):
        """Ends its own direction, and reads the rest."""
        with connection:
            connection.sendall(b"hello")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass

    def reset(self, connection):
        with connection:
            connection.sendall(b"flood")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def slow(self, connection):
        with connection:
            for _ in range(5):
                connection.sendall(b"s")
                if not self.pause(0.02):
                    return

    def deaf(self, connection):
        """Asks for much, and never reads it."""
        connection.sendall(b"flood\n")
        self.held.append(connection)

    def idle(self, connection):
        self.held.append(connection)
