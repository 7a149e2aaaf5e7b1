"""A host with the service of http_service/, and a client's end of a connection to it."""

import pathlib
import shutil
import socket

from support import DEADLINE, Host, Scratch, free_port, wait_for

HERE = pathlib.Path(__file__).parent

CONFIG = """
[host]
control_socket = "control.sock"
state_dir = "state"
allow_root = true
[tenants.web]
root = "web"
start = ["main"]
listen = ["127.0.0.1:{port}-{last}"]
cpu = 4.0
sockets = 1000
[tenants.web.service]
log_rate = "1000/s"
"""


class Server(Scratch):
    """A host with the service of http_service/, on three ports from `port` on."""

    def setUp(self):
        super().setUp()
        shutil.copytree(HERE / "http_service", self.folder / "web")
        self.port = self.three_ports()
        self.write("web/first_port.lua", f"return {self.port}")
        config = self.write("host.toml", CONFIG.format(port=self.port, last=self.port + 2))
        self.host = Host(self, config)
        wait_for(lambda: "ready" in self.host.text(), "the service to listen")

    @staticmethod
    def three_ports():
        while True:
            first = free_port()
            probes = []
            try:
                for port in range(first, first + 3):
                    probe = socket.socket()
                    probes.append(probe)
                    probe.bind(("127.0.0.1", port))
                return first
            except (OSError, OverflowError):
                pass
            finally:
                for probe in probes:
                    probe.close()


class Connection:
    def __init__(self, test, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb")
        test.addCleanup(self.close)

    def close(self):
        self.input.close()
        self.socket.close()

    def send(self, data, step):
        try:
            for at in range(0, len(data), step):
                self.socket.sendall(data[at:at + step])
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before its end

    def answer(self):
        """Status and body of the next response; None at the end of the connection."""
        line = self.line()
        if not line:
            return None
        version, status = line.split(" ", 2)[:2]
        if version != "HTTP/1.1":
            raise AssertionError(f"not a status line: {line!r}")
        fields = {}
        while line := self.line():
            name, value = line.split(": ", 1)
            fields[name] = value
        if fields.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.line(), 16):
                body += self.input.read(size)
                self.line()
            self.line()
        else:
            body = self.input.read(int(fields["content-length"]))
        return " ".join([status, *([body.decode("latin-1")] if body else [])])

    def line(self):
        try:
            return self.input.readline().decode("latin-1").removesuffix("\r\n")
        except ConnectionResetError:
            return ""
