#!/usr/bin/env python3
"""Records net.jsonl: the real network commands and swaks in a small lab of network namespaces. README.md tells the form.

    record.py [ID…] > net.jsonl

Run as root on Debian 12 with iputils-ping, iproute2, net-tools, inetutils-telnet and swaks. Namespaces, /etc/netns/pr*-*
and the listeners are removed afterwards. With IDs only those cases are recorded.
"""

import json
import multiprocessing
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from cases import CASES

HERE = pathlib.Path(__file__).parent
LAB = json.loads((HERE / "lab.json").read_text())
LIMIT = 40
JOBS = 6


def prefix() -> str:
    """Of the names of namespaces: every worker has its own lab."""
    return f"pr{os.getpid()}-"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def build() -> None:
    for name in LAB["hosts"]:
        directory = pathlib.Path("/etc/netns") / (prefix() + name)
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in LAB["files"].items():
            (directory / pathlib.Path(path).name).write_text(text)
        ip("netns", "add", prefix() + name)
        on(name, ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"])
        ip("-n", prefix() + name, "link", "set", "lo", "up")
    for (a, card_a), (b, card_b) in LAB["wires"].values():
        one, two = LAB["hosts"][a]["interfaces"][card_a], LAB["hosts"][b]["interfaces"][card_b]
        ip("-n", prefix() + a, "link", "add", card_a, "index", str(one["index"]), "address", one["mac"], "type", "veth",
           "peer", "name", card_b, "index", str(two["index"]), "address", two["mac"], "netns", prefix() + b)
    for name, host in LAB["hosts"].items():
        for card, row in host["interfaces"].items():
            for address in row["addresses"]:
                ip("-n", prefix() + name, "address", "add", address, "brd", "+", "dev", card)
            ip("-n", prefix() + name, "link", "set", card, "up")
        if host.get("gateway"):
            ip("-n", prefix() + name, "route", "add", "default", "via", host["gateway"])
        if host.get("forwarding"):
            on(name, ["sysctl", "-qw", "net.ipv4.ip_forward=1"])
    for name, host in LAB["hosts"].items():
        while on(name, ["ip", "-br", "link"]).stdout.count(b" UP ") < len(host["interfaces"]):
            time.sleep(0.02)


def destroy() -> None:
    for name in LAB["hosts"]:
        subprocess.run(["ip", "netns", "del", prefix() + name], capture_output=True)
        shutil.rmtree(pathlib.Path("/etc/netns") / (prefix() + name), ignore_errors=True)


def inside(name: str, argv: list[str]) -> list[str]:
    hostname = LAB["hosts"][name]["hostname"]
    return ["ip", "netns", "exec", prefix() + name, "unshare", "--uts", "sh", "-c", f'hostname {hostname}; exec "$@"', "sh", *argv]


ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC", "TERM": "dumb",
               "HOME": "/root", "LOGNAME": "root", "USER": "root"}


def on(name: str, argv: list[str], stdin: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(inside(name, argv), input=stdin.encode(), capture_output=True, env=ENVIRONMENT, cwd="/", timeout=LIMIT)


def listen(name: str, script: dict) -> subprocess.Popen:
    """A listener; its name for `netstat -p` is argv[0]."""
    command = ["bash", "-c", 'exec -a "$0" python3 "$@"', script["name"], str(HERE / "listener.py"), json.dumps(script)]
    process = subprocess.Popen(inside(name, command), stdout=subprocess.PIPE, env=ENVIRONMENT)
    assert process.stdout and process.stdout.readline() == b"ready\n"
    return process


COMMON = [
    (r"time=[\d.]+ ms", "time=T ms"),
    (r", time \d+ms", ", time Tms"),
    (r"= [\d.]+/[\d.]+/[\d.]+/[\d.]+ ms", "= T/T/T/T ms"),
    (r"ipg/ewma [\d.]+/[\d.]+ ms", "ipg/ewma T/T ms"),
    (r" link-netns(id)? \S+", ""),
    (r" qdisc \S+", " qdisc Q"),
    (r"^Error: Peer netns reference is invalid\.\n", ""),
    (r"(:)(3[2-9]|[45]\d|60)\d\d\d\b", ":EPHEM"),
    (r"\b\d+/([a-z]+) *$", r"PID/\1"),
    (r"(LISTEN|ESTABLISHED) +(\d+) +\d+ *$", r"\1 \2 INODE"),
    (r"(RX|TX)( packets| errors) .*$", r"\1\2 N"),
    (r"((?:^|-> )(?:Date:|Subject: test)) \w{3}, \d[^\r\n]*", r"\1 DATE"),
    (r"Message-Id: <\d+\.\d+@", "Message-Id: <ID@"),
]


def normalise(text: str, argv: list[str]) -> str:
    line = " ".join(argv)
    text = re.sub(r"^(eth\d)@if\d+ *", lambda m: m[1].ljust(17), text, flags=re.M)
    text = re.sub(r"(eth\d)@if\d+", r"\1", text)
    for pattern, new in COMMON:
        text = re.sub(pattern, new, text, flags=re.M)
    if re.search(r"(netstat|ifconfig) (-\w*[is]|--interfaces)", line):
        text = re.sub(r"^(\w+ +\d+) .* (\w+)$", r"\1 N \2", text, flags=re.M)
    if "netstat -" in line and "Active" in text:
        heads = re.split(r"(?m)^(?=Active|Proto)", text)
        text = "".join(part if not part.startswith("Proto") else sort_rows(part) for part in heads)
    if "statistics" in line or "ip -s" in line:
        text = re.sub(r"^( +)\d+( +\d+)+ *$", "    N", text, flags=re.M)
    return text


def sort_rows(part: str) -> str:
    head, *rows = part.splitlines(keepends=True)
    return head + "".join(sorted(rows))


def record(case: dict) -> dict:
    build()
    listeners = []
    try:
        for name, scripts in {**{"gate": [LAB["name_server"]]}, **case.get("listen", {})}.items():
            listeners += [listen(name, script) for script in scripts]
        steps = []
        for host, argv, *stdin in case["steps"]:
            done = on(host, argv, stdin[0] if stdin else "")
            step = {"host": host, "argv": argv}
            if stdin:
                step["stdin"] = stdin[0]
            step["stdout"] = normalise(done.stdout.decode(), argv)
            step["stderr"] = normalise(done.stderr.decode(), argv)
            step["exit"] = done.returncode
            steps.append(step)
        return {"id": case["id"], "kind": "net", "topic": case["topic"], "listen": case.get("listen", {}), "steps": steps}
    finally:
        for process in listeners:
            process.kill()
            process.wait()
        destroy()


def attempt(case: dict) -> dict | str:
    try:
        return record(case)
    except Exception as problem:
        return f"{case['id']}: {problem}"


def main() -> None:
    wanted = [case for case in CASES if len(sys.argv) == 1 or case["id"] in sys.argv[1:]]
    with multiprocessing.Pool(JOBS) as pool:
        for row in pool.imap(attempt, wanted):
            if isinstance(row, str):
                sys.stderr.write(f"not recorded: {row}\n")
            else:
                sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
