"""HTTP: a service of a real host, driven by raw sockets, in one piece and byte by byte.

The requests stand in http_requests/, with what is answered. Each goes to a server whose input is
parsed in place, and to one whose script has a reader of its own.
"""

import http.client
import pathlib
import shutil
import socket
import subprocess
import tomllib
import unittest

from http_host import Connection, Server
from support import DEADLINE, wait_for

HERE = pathlib.Path(__file__).parent

def cases(name):
    return tomllib.loads((HERE / "http_requests" / name).read_text())["case"]


class Requests(Server):
    def check(self, case, goes_on, port, step):
        with self.subTest(case["name"], port=port - self.port, step=step):
            connection = Connection(self, port)
            connection.send(case["send"].encode("latin-1"), step)
            self.assertEqual([connection.answer() for _ in case["answers"]], case["answers"])
            if goes_on:
                connection.send(b"GET /after HTTP/1.1\r\n\r\n", 100)
                self.assertEqual(connection.answer(), "200 GET /after")
            else:
                self.assertIsNone(connection.answer())
            connection.close()

    def check_all(self, name, goes_on):
        listed = cases(name)
        self.assertGreater(len(listed), 10)
        for case in listed:
            for port in (self.port, self.port + 1):
                for step in (1 << 20, 1):
                    self.check(case, goes_on, port, step)

    def test_good_requests(self):
        self.check_all("good.toml", goes_on=True)

    def test_refused_requests(self):
        self.check_all("refused.toml", goes_on=False)

    def test_sizes(self):
        field = "X-A: " + "a" * 93 + "\r\n"
        self.assertEqual(len(field), 100)
        head = "GET / HTTP/1.1\r\n" + field * 81
        rest = 8192 - len(head) - 2
        fits = head + "X: " + "b" * (rest - 5) + "\r\n\r\n"
        self.assertEqual(len(fits), 8192)
        length = 10000
        bodies = {
            "a head of the limit": (fits, "200", True),
            "a head one byte longer": (fits.replace("bb", "bbb", 1), "413", False),
            "a head without an end": ("GET /" + "a" * 9000, "413", False),
            "a line without an end": ("GET / HTTP/1.1\r\nX: " + "a" * 9000, "413", False),
            "fields of the limit": ("GET / HTTP/1.1\r\n" + "a: b\r\n" * 128 + "\r\n", "200", True),
            "one field more": ("GET / HTTP/1.1\r\n" + "a: b\r\n" * 129 + "\r\n", "413", False),
            "a body of the limit": (
                f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n" + "b" * length, "200", True),
            "chunks of the limit": (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + "1\r\nb\r\n" * length +
                "0\r\n\r\n", "200", True),
            "one chunk more": (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + "1\r\nb\r\n" * length +
                "1\r\nb\r\n0\r\n\r\n", "413", False),
            "a huge chunk": (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n" + "b" * 20000,
                "413", False),
            "a chunk extension without an end": (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + "a" * 5000, "400", False),
            "trailers without an end": (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + "a: b\r\n" * 5000,
                "400", False),
        }
        for name, (text, status, goes_on) in bodies.items():
            for port in (self.port, self.port + 1):
                for step in (1 << 20, 7):
                    with self.subTest(name, port=port - self.port, step=step):
                        connection = Connection(self, port)
                        connection.send(text.encode(), step)
                        self.assertEqual((connection.answer() or "").split(" ")[0], status)
                        if goes_on:
                            connection.send(b"GET /after HTTP/1.1\r\n\r\n", 100)
                            self.assertEqual(connection.answer(), "200 GET /after")
                        else:
                            self.assertIsNone(connection.answer())
                        connection.close()

    def test_slow_clients_hold_up_nobody(self):
        slow = [Connection(self, self.port) for _ in range(50)]
        for connection in slow:
            connection.send(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", 1)
        other = Connection(self, self.port)
        other.send(b"GET /other HTTP/1.1\r\n\r\n", 100)
        self.assertEqual(other.answer(), "200 GET /other")
        for connection in slow:
            connection.send(b"cde", 1)
            self.assertEqual(connection.answer(), "200 POST / body=abcde")

    def test_clients_that_leave_early_harm_nobody(self):
        for text in (b"", b"G", b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
                     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"):
            for port in (self.port, self.port + 1):
                connection = Connection(self, port)
                connection.send(text, 100)
                connection.socket.shutdown(socket.SHUT_WR)
                self.assertIsNone(connection.answer())
        wait_for(lambda: self.host.services("web")[0]["sockets"] == 3, "the sockets to close")
        self.assertNotIn("lua task error", self.host.text())

    def test_expected_continue(self):
        connection = Connection(self, self.port)
        connection.send(
            b"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n", 100)
        self.assertEqual(connection.line(), "HTTP/1.1 100 Continue")
        self.assertEqual(connection.line(), "")
        connection.send(b"data", 100)
        self.assertEqual(connection.answer(), "200 POST /x body=data")
        connection.send(
            b"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 999999\r\n\r\n", 100)
        self.assertEqual(connection.answer(), "413")

    def test_pythons_client(self):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        self.addCleanup(client.close)
        for path in ("/chunked", "/plain"):
            client.request("POST", path, body=iter([b"one", b"two"]), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked", "X-A": "b"})
            self.assertEqual(client.getresponse().read().decode(), f"POST {path} x-a=b body=onetwo")

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        url = f"http://127.0.0.1:{self.port}"
        body = self.write("body", "b" * 5000)
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "60", "-H", "X-A: 1", f"{url}/one",
             "--next", "-sS", "-H", "Expect: 100-continue", "--data-binary", f"@{body}", f"{url}/two",
             "--next", "-sS", "-H", "Transfer-Encoding: chunked", "-d", "some", f"{url}/chunked"],
            capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout,
                         "GET /one x-a=1" + "POST /two body=" + "b" * 5000 + "POST /chunked body=some")


if __name__ == "__main__":
    unittest.main()
