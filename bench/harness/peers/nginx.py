"""nginx with its Lua module: two workers that answer from Lua."""

import os
import pathlib
import re
import shutil
import subprocess
import time

from ..processes import Child, Failure

MODULES = pathlib.Path("/usr/lib/nginx/modules")
CONFIG = """\
load_module {modules}/ndk_http_module.so;
load_module {modules}/ngx_http_lua_module.so;
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} reuseport;
    location / {{
      default_type text/plain;
      content_by_lua_block {{ ngx.say("hello") }}
    }}
  }}
}}
"""


class Nginx:
    name = "nginx"

    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        self.program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not self.program or not (MODULES / "ngx_http_lua_module.so").exists():
            raise Failure("--nginx: nginx with its Lua module wasn't found: tools/deps --bench installs it")
        told = subprocess.run([self.program, "-v"], capture_output=True, text=True, timeout=10).stderr
        self.version = re.sub(r".*nginx/", "nginx ", told.strip())

    def serve(self, port):
        folder = self.scratch / f"nginx.{time.monotonic_ns()}"
        folder.mkdir()
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(modules=MODULES, folder=folder, port=port))
        return Child([self.program, "-p", folder, "-e", folder / "error.log", "-c", config], "nginx", folder, folder)
