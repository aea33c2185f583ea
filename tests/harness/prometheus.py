"""A real Prometheus server that scrapes given admin ports every second, and promtool."""
import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from harness.ports import free_port
from harness.wait import PATIENCE_S, until

CONFIG = """global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: slotway
    static_configs: [{{targets: [{targets}]}}]
"""


class Prometheus:
    def __init__(self, folder, admin_ports):
        self.port = free_port()
        config = os.path.join(str(folder), "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(targets=", ".join(f"'127.0.0.1:{port}'" for port in admin_ports)))
        self.log_path = os.path.join(str(folder), "prometheus.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(lambda: self._get("/-/ready"), "Prometheus to be ready")
        except AssertionError:
            self.stop()
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                raise AssertionError(file.read()[-4000:]) from None

    def _get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_S) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from None

    def query(self, expression):
        """What an instant query gives: a list of (labels, value). ValueError when Prometheus does not understand it."""
        answer = json.loads(self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        return [(row["metric"], float(row["value"][1])) for row in answer["data"]["result"]]

    def wait_for(self, expression):
        return until(lambda: self.query(expression), f"Prometheus to know {expression}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def promtool_check(text):
    """(exit code, output) of `promtool check metrics`."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S, check=False)
    return done.returncode, done.stdout
