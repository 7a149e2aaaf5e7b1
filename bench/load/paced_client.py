#!/usr/bin/env python3
"""The client of bench/neighbour: so many requests a second to an echo server, whether earlier ones were answered or not.

  paced_client.py PORT RATE SECONDS [CONNECTIONS [GRACE_SECONDS]]

The requests go round the connections. A time counts from the instant at which a request was sent; how much later than
due that was is told apart (this client's own delay, when the cores are busy). After the last request it waits for
answers no longer than the grace (default 10 s). Prints one line of JSON; exit code 1 when it can't connect.
"""

import collections
import json
import select
import socket
import sys
import time

BYTES = 64


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = collections.deque()  # (instant, the request), oldest first
        self.received = b""
        self.open = True


class Client:
    def __init__(self, port, rate, seconds, connections):
        self.connections = [Connection(port) for _ in range(connections)]
        self.period = 1 / rate
        self.total = int(rate * seconds)
        self.made = self.wrong = 0
        self.times, self.late = [], []
        self.poll = select.epoll()
        self.by_fd = {}
        for connection in self.connections:
            fd = connection.socket.fileno()
            self.by_fd[fd] = connection
            self.poll.register(fd, select.EPOLLIN)

    def request(self, due):
        connection = self.connections[self.made % len(self.connections)]
        self.made += 1
        text = f"{self.made:>{BYTES}}".encode()
        now = time.perf_counter()
        self.late.append(now - due)
        if not connection.open:
            return
        connection.sent.append((now, text))
        try:
            connection.socket.sendall(text)
        except OSError:
            self.hang_up(connection)

    def hang_up(self, connection):
        connection.open = False
        self.poll.unregister(connection.socket)

    def receive(self, fd):
        connection = self.by_fd[fd]
        try:
            data = connection.socket.recv(65536)
        except OSError:
            data = b""
        now = time.perf_counter()
        if not data:
            self.hang_up(connection)
            return
        connection.received += data
        while len(connection.received) >= BYTES and connection.sent:
            sent, text = connection.sent.popleft()
            if connection.received[:BYTES] == text:
                self.times.append(now - sent)
            else:
                self.wrong += 1
            connection.received = connection.received[BYTES:]

    def waiting(self):
        return any(connection.sent and connection.open for connection in self.connections)

    def run(self, grace):
        start = time.perf_counter()
        end = start + self.total * self.period + grace
        while self.made < self.total or self.waiting():
            now = time.perf_counter()
            if now > end:
                break
            while self.made < self.total and start + self.made * self.period <= now:
                self.request(start + self.made * self.period)
            due = start + self.made * self.period if self.made < self.total else end
            for fd, _ in self.poll.poll(max(0.0, due - time.perf_counter())):
                self.receive(fd)


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def main(arguments):
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    port, rate, seconds = int(arguments[0]), float(arguments[1]), float(arguments[2])
    connections = int(arguments[3]) if len(arguments) > 3 else 20
    try:
        client = Client(port, rate, seconds, connections)
    except OSError as error:
        print(f"paced_client: {error}", file=sys.stderr)
        return 1
    client.run(float(arguments[4]) if len(arguments) > 4 else 10.0)

    def milliseconds(value):
        return None if value is None else value * 1000

    print(json.dumps({
        "made": client.made, "answered": len(client.times), "wrong": client.wrong,
        "p50_ms": milliseconds(percentile(client.times, 50)), "p99_ms": milliseconds(percentile(client.times, 99)),
        "max_ms": milliseconds(max(client.times, default=None)), "late_p99_ms": milliseconds(percentile(client.late, 99)),
    }))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
