"""WebSocket: a server of a real host, driven frame by frame, with cases of the kinds that the Autobahn suite has."""

import base64
import hashlib
import os
import socket
import struct
import unittest

from http_host import Connection, Server
from support import wait_for

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
LIMIT = 65536  # of a message, as the service sets it
GREEK = "κόσμε".encode()


def masked(payload, key):
    if not payload:
        return b""
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")


def frame(op, payload=b"", fin=True, mask=True, reserved=0, length=None):
    """A client's frame; `length` stands in for the true length, with its number of bytes."""
    first = bytes([(0x80 if fin else 0) | reserved << 4 | op])
    size = len(payload)
    if length:
        size, form = length
    else:
        form = 0 if size < 126 else 2 if size < 65536 else 8
    bit = 0x80 if mask else 0
    if form == 0:
        head = first + bytes([bit | size])
    else:
        head = first + bytes([bit | (126 if form == 2 else 127)]) + size.to_bytes(form, "big")
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + masked(payload, key)


def close_frame(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


class Client(Connection):
    def __init__(self, test, port, path="/"):
        super().__init__(test, port)
        self.test = test
        key = base64.b64encode(os.urandom(16)).decode()
        self.send((f"GET {path} HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
                   f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode(), 1000)
        test.assertEqual(self.line(), "HTTP/1.1 101 Switching Protocols")
        fields = {}
        while line := self.line():
            name, value = line.split(": ", 1)
            fields[name.lower()] = value
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        test.assertEqual(fields["sec-websocket-accept"], base64.b64encode(digest).decode())
        test.assertNotIn("content-length", fields)

    def put(self, *frames, step=1 << 20):
        self.send(b"".join(frames), step)

    def get(self):
        """The next frame as (opcode, payload); None at the end of the connection."""
        try:
            head = self.input.read(2)
        except ConnectionResetError:
            return None
        if not head:
            return None
        self.test.assertEqual(head[0] & 0xF0, 0x80, "a whole frame without reserved bits")
        self.test.assertLess(head[1], 128, "a server does not mask")
        size = head[1]
        if size == 126:
            size = int.from_bytes(self.input.read(2), "big")
            self.test.assertGreaterEqual(size, 126)
        elif size == 127:
            size = int.from_bytes(self.input.read(8), "big")
            self.test.assertGreater(size, 65535)
        return head[0] & 15, self.input.read(size)

    def expect(self, *frames):
        for expected in frames:
            self.test.assertEqual(self.get(), expected)

    def expect_close(self, code):
        """The rest is a close frame with the code, if any, and the end."""
        got = self.get()
        self.test.assertIsNotNone(got)
        self.test.assertEqual(got[0], CLOSE)
        self.test.assertEqual(int.from_bytes(got[1][:2], "big") if got[1] else None, code)
        self.expect_end()

    def expect_end(self):
        """A server that was closed waits for its peer to end, too, but not for long."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it's the other side's already
        self.test.assertIsNone(self.get())


class Frames(Server):
    def client(self, **options):
        return Client(self, self.port + 2, **options)

    # -- messages -----------------------------------------------------------------------------

    def test_sizes_of_messages(self):
        for step in (1 << 20, 997):
            client = self.client()
            for size in (0, 1, 124, 125, 126, 127, 128, 65535, 65536):
                with self.subTest(size=size, step=step):
                    text, data = b"*" * size, os.urandom(size)
                    client.put(frame(TEXT, text), frame(BINARY, data), step=step)
                    client.expect((TEXT, text), (BINARY, data))

    def test_byte_by_byte(self):
        client = self.client()
        client.put(frame(TEXT, b"a" * 200), frame(PING, b"p"), frame(TEXT, b"b", fin=False),
                   frame(CONTINUATION, b"c"), step=1)
        client.expect((TEXT, b"a" * 200), (PONG, b"p"), (TEXT, b"bc"))

    def test_many_messages_in_one_piece(self):
        client = self.client()
        client.put(*[frame(TEXT, str(i).encode()) for i in range(1000)])
        client.expect(*[(TEXT, str(i).encode()) for i in range(1000)])

    def test_messages_beyond_the_limit(self):
        too_large = {
            "one frame": [frame(BINARY, b"a" * (LIMIT + 1))],
            "told before it comes": [frame(BINARY, b"", length=(1 << 40, 8))],
            "fragments": [frame(BINARY, b"a" * LIMIT, fin=False), frame(CONTINUATION, b"a")],
        }
        for name, frames in too_large.items():
            with self.subTest(name):
                client = self.client()
                client.put(*frames)
                client.expect_close(1009)

    def test_fragments(self):
        client = self.client()
        client.put(frame(TEXT, b"one", fin=False), frame(CONTINUATION, b"", fin=False),
                   frame(CONTINUATION, b"two", fin=False), frame(CONTINUATION, b"three"))
        client.expect((TEXT, b"onetwothree"))
        client.put(frame(BINARY, b"", fin=False), frame(CONTINUATION, b""))
        client.expect((BINARY, b""))
        client.put(frame(BINARY, b"a", fin=False), *[frame(CONTINUATION, b"a", fin=False)] * 5000,
                   frame(CONTINUATION, b"a"))
        client.expect((BINARY, b"a" * 5002))

    def test_control_frames_between_fragments(self):
        client = self.client()
        client.put(frame(TEXT, b"one", fin=False), frame(PING, b"1"), frame(PONG),
                   frame(CONTINUATION, b"two", fin=False), frame(PING, b"2"), frame(CONTINUATION, b"!"))
        client.expect((PONG, b"1"), (PONG, b"2"), (TEXT, b"onetwo!"))

    def test_close_between_fragments(self):
        client = self.client()
        client.put(frame(TEXT, b"one", fin=False), close_frame(1000))
        client.expect_close(1000)

    def test_pings(self):
        client = self.client()
        for payload in (b"", b"hello", bytes(range(125)), b"\x00\xff\xfe"):
            client.put(frame(PING, payload))
            client.expect((PONG, payload))
        client.put(*[frame(PING, str(i).encode()) for i in range(10)])
        client.expect(*[(PONG, str(i).encode()) for i in range(10)])
        client.put(frame(PONG, b"unasked"), frame(TEXT, b"after"))
        client.expect((TEXT, b"after"))

    # -- violations -----------------------------------------------------------------------------

    def test_violations(self):
        violations = {
            "not masked": [frame(TEXT, b"a", mask=False)],
            "a ping not masked": [frame(PING, b"a", mask=False)],
            **{f"reserved bits {bits}": [frame(TEXT, b"a", reserved=bits)] for bits in range(1, 8)},
            "reserved bits of a ping": [frame(PING, b"a", reserved=4)],
            "reserved bits of a close": [frame(CLOSE, reserved=2)],
            **{f"opcode {op}": [frame(op)] for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
            "a ping in fragments": [frame(PING, b"a", fin=False), frame(CONTINUATION, b"b")],
            "a pong in fragments": [frame(PONG, b"a", fin=False)],
            "a close in fragments": [frame(CLOSE, b"", fin=False)],
            "a ping of 126 bytes": [frame(PING, b"a" * 126)],
            "a close of 126 bytes": [close_frame(1000, b"a" * 124)],
            "a continuation of nothing": [frame(CONTINUATION, b"a")],
            "an unfinished continuation of nothing": [frame(CONTINUATION, b"a", fin=False)],
            "a continuation too many": [frame(TEXT, b"a", fin=False), frame(CONTINUATION, b"b"),
                                        frame(CONTINUATION, b"c")],
            "a message inside a message": [frame(TEXT, b"a", fin=False), frame(TEXT, b"b")],
            "a length longer than it needs to be": [frame(TEXT, b"a" * 5, length=(5, 2))],
            "a length much longer than it needs to be": [frame(TEXT, b"a" * 300, length=(300, 8))],
            "a length with its top bit": [frame(TEXT, b"", length=(1 << 63, 8))],
            "a close of one byte": [frame(CLOSE, b"\x03")],
            **{f"close code {code}": [close_frame(code)]
               for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)},
        }
        for name, frames in violations.items():
            for step in (1 << 20, 1):
                with self.subTest(name, step=step):
                    client = self.client()
                    client.put(frame(TEXT, b"first"), *frames, frame(TEXT, b"never"), step=step)
                    client.expect((TEXT, b"first"))
                    got = client.get()
                    if name == "a continuation too many":
                        self.assertEqual(got, (TEXT, b"ab"))
                        got = client.get()
                    self.assertEqual((got[0], got[1][:2]), (CLOSE, struct.pack(">H", 1002)))
                    client.expect_end()
                    client.close()
        wait_for(lambda: "failed: websocket: " in self.host.text(), "the script to be told")

    # -- UTF-8 ----------------------------------------------------------------------------------

    def test_texts_are_utf8(self):
        client = self.client()
        for text in (GREEK, "\U0010ffff\U0001f600".encode(), b"\x00", "\ufffe\ud7ff\ue000".encode()):
            client.put(frame(TEXT, text))
            client.expect((TEXT, text))
            pieces = [frame(CONTINUATION, bytes([byte]), fin=False) for byte in text[1:]]
            client.put(frame(TEXT, text[:1], fin=False), *pieces, frame(CONTINUATION))
            client.expect((TEXT, text))
        client.put(frame(BINARY, b"\xff\xfe\x80"))
        client.expect((BINARY, b"\xff\xfe\x80"))

    def test_other_texts_are_refused(self):
        bad = [b"\x80", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff",
               b"\xf8\x88\x80\x80\x80", GREEK + b"\xed\xa0\x80edited", b"\xce", b"\xf0\x9f\x98"]
        for text in bad:
            for frames in ([frame(TEXT, text)],
                           [frame(TEXT, text[:1], fin=False), frame(CONTINUATION, text[1:])]):
                with self.subTest(text, frames=len(frames)):
                    client = self.client()
                    client.put(*frames)
                    client.expect_close(1007)

    def test_a_bad_text_is_refused_before_its_end(self):
        client = self.client()
        client.put(frame(TEXT, GREEK + b"\xed\xa0", fin=False))
        client.expect_close(1007)

    # -- closing --------------------------------------------------------------------------------

    def test_closes_are_answered(self):
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
            with self.subTest(code=code):
                client = self.client()
                client.put(close_frame(code, GREEK))
                client.expect_close(code)
        client = self.client()
        client.put(frame(CLOSE))
        client.expect_close(None)
        client = self.client()
        client.put(close_frame(1000, b"a" * 123))
        client.expect_close(1000)

    def test_nothing_is_read_after_a_close(self):
        client = self.client()
        client.put(close_frame(1000), frame(TEXT, b"late"), frame(PING), close_frame(1001))
        client.expect_close(1000)

    def test_a_reason_that_is_not_utf8(self):
        client = self.client()
        client.put(close_frame(1000, b"\xce\xba\xff"))
        client.expect_close(1007)

    def test_the_script_closes(self):
        client = self.client()
        client.put(frame(TEXT, b"close me"))
        self.assertEqual(client.get(), (CLOSE, struct.pack(">H", 3000) + b"as you like"))
        self.assertIsNone(client.get())

    def test_clients_that_leave(self):
        for data in (b"", frame(TEXT, b"abc")[:4], frame(TEXT, b"a", fin=False)):
            client = self.client()
            client.put(data)
            client.close()
        wait_for(lambda: self.host.services("web")[0]["sockets"] == 3, "the sockets to close")
        self.assertNotIn("lua task error", self.host.text())

    def test_a_peer_that_does_not_close_is_closed(self):
        client = self.client()
        client.put(frame(3))
        self.assertEqual(client.get()[0], CLOSE)
        self.assertIsNone(client.get())

    def test_a_slow_reader_holds_up_nobody(self):
        slow, other = self.client(), self.client()
        slow.put(*[frame(BINARY, b"a" * 60000)] * 40)
        other.put(frame(TEXT, b"quick"))
        other.expect((TEXT, b"quick"))
        slow.expect(*[(BINARY, b"a" * 60000)] * 40)

    # -- handshake ------------------------------------------------------------------------------

    def test_an_upgrade_of_a_request_that_the_script_has_read(self):
        client = Client(self, self.port, path="/websocket")
        client.put(frame(TEXT, b"hello"))
        client.expect((TEXT, b"hello"))
        client.put(close_frame(1000))
        client.expect_close(1000)

    def test_handshakes_that_are_refused(self):
        good = {"Host": "a", "Upgrade": "websocket", "Connection": "Upgrade",
                "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": base64.b64encode(b"k" * 16).decode()}
        refused = {
            "not GET": ("POST", {}, "400"),
            "no upgrade": ("GET", {"Upgrade": None}, "426"),
            "another upgrade": ("GET", {"Upgrade": "h2c"}, "426"),
            "no connection": ("GET", {"Connection": "keep-alive"}, "400"),
            "no host": ("GET", {"Host": None}, "400"),
            "no key": ("GET", {"Sec-WebSocket-Key": None}, "400"),
            "a short key": ("GET", {"Sec-WebSocket-Key": "YQ=="}, "400"),
            "another version": ("GET", {"Sec-WebSocket-Version": "8"}, "400"),
            "a body": ("GET", {"Content-Length": "5"}, "413"),
            "a malformed head": ("GET", {"X-A ": "5"}, "400"),
        }
        for name, (method, changes, status) in refused.items():
            with self.subTest(name):
                fields = {key: value for key, value in (good | changes).items() if value is not None}
                lines = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
                connection = Connection(self, self.port + 2)
                connection.send(f"{method} / HTTP/1.1\r\n{lines}\r\n".encode(), 1000)
                self.assertEqual(connection.answer().split(" ")[0], status)
                self.assertIsNone(connection.answer())


if __name__ == "__main__":
    unittest.main()
