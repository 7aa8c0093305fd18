#!/usr/bin/env python3
"""Tries every operation that Vigie describes, with values that fit its description and with values that do not.

    tests/schemathesis/run.py VIGIE SCHEMATHESIS FOLDER

VIGIE is the binary, SCHEMATHESIS the program (of the versions in requirements.txt), FOLDER where what is
written stays. A server is started on the built-in PBX and a private PostgreSQL, with accounts; an administrator
asks. The end counts operations in the words of node --test, so that ./test can add them.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path

PASSWORD = "gris-loutre-7-canape"
EXAMPLES = 4
# What is proven of every answer. `positive_data_acceptance` is not among them: that a described value may be refused
# for what it names (a user who is not there, a password that is too common) is no fault.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
]
# Not tried.
LEFT_OUT = {
    "/api/auth/logout": "ends the session that asks",
    "/ws": "is a WebSocket",
    "/api/openapi.json": "is the description itself",
}

# One without a fault.
FLOW = {
    "name": "Welcome of old",
    "nodes": [{"id": "s", "type": "start"}, {"id": "h", "type": "hangup"}],
    "connections": [{"fromNodeId": "s", "fromPortId": "out", "toNodeId": "h", "toPortId": "in"}],
}


class Vigie:
    """A server of its own; ended by `stop`."""

    def __init__(self, binary: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.log = folder / "vigie.log"
        settings = {
            "PATH": os.environ["PATH"],
            "HTTP_ADDR": self.address,
            "VIGIE_DATA": str(folder / "data"),
            "AGI_PORT": "off",  # nobody else draws flows
            "RUST_LOG": "info",
        }
        (folder / "data").mkdir(parents=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [binary, "serve"], cwd=folder, env=settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.token = ""

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://{self.address}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"null")

    def until(self, what: str, seen) -> object:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                if found := seen():
                    return found
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit(f"waited for {what}; the server's log:\n{self.log.read_text(errors='replace')[-4000:]}")

    def set_up(self) -> None:
        """The first administrator, and what the examples of the description name."""
        self.until("the accounts", lambda: self.ask("GET", "/api/auth/state")[1]["ready"])
        found = self.until("the setup code", lambda: re.search(r"setup code.*\n.*\n\s*(\S+)", self.log.read_text()))
        first = {"code": found.group(1), "loginId": "root", "password": PASSWORD}
        status, told = self.ask("POST", "/api/auth/setup", first)
        if status != 201:
            raise SystemExit(f"no first administrator: {status} {told}")
        self.token = told["accessToken"]
        # also what comes with no role, so that every operation is passed by who asks
        verbs = [right["verb"] for right in self.ask("GET", "/api/rights")[1]]
        grants = [{"verb": verb, "scope": {"kind": "all", "id": ""}} for verb in verbs]
        station = {"pbx": "demo", "station": "1001", "endpoint": "PJSIP/1001"}
        for method, path, body in [
            ("PUT", "/api/users/user-first/grants", {"grants": grants}),
            ("POST", "/api/sites", {"id": "paris", "name": "Paris"}),
            ("POST", "/api/users", {"id": "jeanne", "loginId": "jeanne-p", "role": "Agent", "siteId": "paris"}),
            ("PUT", "/api/users/jeanne/stations", {"stations": [station]}),
            ("POST", "/api/user-groups", {"id": "hotline", "name": "Hotline of old", "memberIds": ["jeanne"]}),
            ("POST", "/api/ivr-flows", {**FLOW, "id": "welcome"}),
            ("POST", "/api/dids", {"id": "did-1", "number": "0100000001", "ivrFlowId": "welcome"}),
        ]:
            status, told = self.ask(method, path, body)
            if status not in (200, 201):
                raise SystemExit(f"{method} {path}: {status} {told}")
        self.until("the floor", lambda: len(self.ask("GET", "/api/board/agents")[1]) > 3)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def try_all(vigie: Vigie, program: str, folder: Path) -> int:
    """Runs schemathesis; what it says goes to our output."""
    config = Path(__file__).with_name("schemathesis.toml")
    command = [program, "--config-file", str(config), "run", f"http://{vigie.address}/api/openapi.json", "--no-color"]
    command += ["-H", f"Authorization: Bearer {vigie.token}", "--checks", ",".join(CHECKS)]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)]
    # deterministic: the seed is of what is tried, and each run tries the same
    command += ["--generation-deterministic", "--no-shrink", "--continue-on-failure"]
    command += ["--generation-with-security-parameters", "false"]
    command += ["--request-timeout", "300", "--suppress-health-check", "all", "--warnings", "off"]
    # one after the other: of two orders on one agent at the same time one may never be seen done (504)
    command += ["--workers", "1"]
    command += ["--report", "junit", "--report-junit-path", str(folder / "junit.xml")]
    for path in LEFT_OUT:
        command += ["--exclude-path", path]
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False).returncode


def count(report: Path) -> tuple[int, int]:
    """Operations that passed, and those that did not."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    bad = [case for case in cases if any(part.tag in ("failure", "error") for part in case)]
    return len(cases) - len(bad), len(bad)


def main() -> int:
    binary, program, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    vigie = Vigie(binary, folder)
    try:
        vigie.set_up()
        _, document = vigie.ask("GET", "/api/openapi.json")
        described = sum(len(item) for path, item in document["paths"].items() if path not in LEFT_OUT)
        status = try_all(vigie, program, folder)
        good, bad = count(folder / "junit.xml")
        alive = vigie.process.poll() is None and vigie.ask("GET", "/api/health")[0] == 200
    finally:
        vigie.stop()
    for path, why in LEFT_OUT.items():
        print(f"left out: {path} {why}")
    print(f"{described} operations are described, {good + bad} were tried")
    if good + bad < described:
        bad += described - good - bad
    if not alive:
        print("the server did not live to the end")
        bad += 1
    print(f"# pass {good}\n# fail {bad}")
    return 1 if bad or status not in (0,) else 0


if __name__ == "__main__":
    sys.exit(main())
