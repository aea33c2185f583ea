"""Programs of applications that speak to a proxy, unmodified."""
import os
import signal
import subprocess

from harness.wait import PATIENCE_S

APPS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "clients", "apps")


class Program:
    """One of the application's, until the end of the test."""

    def __init__(self, folder, name, proxy, *command):
        self.log_path = os.path.join(str(folder), f"{name}.log")
        environment = {**os.environ, "REDIS_URL": url_of(proxy), "PORT": str(proxy.port), "PYTHONPATH": APPS,
                       "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, cwd=str(folder), env=environment, stdout=log, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, start_new_session=True)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def url_of(proxy):
    return f"redis://127.0.0.1:{proxy.port}/0"
