#!/usr/bin/env python3
"""Records what probes a firewall, in the lab of record.py: nmap, hping3, nc, traceroute, sysctl. README.md tells the form.

    probe.py TOPIC [ID…] > TOPIC.jsonl

Run as root on Debian 12 with nmap 7.93, hping3 3.0.0-alpha-2, netcat-openbsd 1.219, traceroute 2.1.2, procps 4.0.2 and
iptables 1.8.9. A step "HOST~USER: COMMAND" runs as that user.
"""

import json
import multiprocessing
import re
import subprocess
import sys

import record
from probe_cases import CASES

JOBS = 4
LIMIT = 40

DAY = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} +\d+ [\d:]{8} \d{4}"
NORMAL = {
    "nmap": [
        (r" at \d{4}-\d\d-\d\d \d\d:\d\d \w+", " at DATE"),
        (r" at \d\d:\d\d", " at HH:MM"),
        (r"^Scanned at .*$", "Scanned at DATE"),
        (DAY, "DATE"),
        (r"\d+\.\d+s elapsed", "Ts elapsed"),
        (r"\(-?\d+\.\d+s latency\)", "(Ts latency)"),
        (r"scanned in \d+\.\d+ seconds", "scanned in T seconds"),
        (r"Raw packets sent: \d+ \([^)]*\) \| Rcvd: \d+ \([^)]*\)", "Raw packets sent: N | Rcvd: N"),
        (r"^Discovered (open|closed) port .*\n", ""),
        (r"^Increasing send delay .*\n", ""),
        (r"^(adjust_timeouts2|RTTVAR has grown).*\n", ""),
        (r"^.* scan Timing: About .*\n", ""),
        (r"^Stats: .*\n", ""),
    ],
    "hping3": [
        # a card of Ethernet pads to 46 bytes, a veth pair does not
        (r"len=(2\d|3\d|4[0-5]) ip=(?!127)", "len=46 ip="),
        (r"^( *\d+ .{11}: [.A-Z]{8} .* )4[0-5]$", r"\g<1>46"),
        (r"rtt=[\d.]+ ms", "rtt=T ms"),
        (r" id=(?!0 )\d+", " id=ID"),
        (r"= [\d.]+/[\d.]+/[\d.]+ ms", "= T/T/T ms"),
        (r"Originate=\d+ Receive=\d+ Transmit=\d+", "Originate=T Receive=T Transmit=T"),
        (r"tsrtt=\d+", "tsrtt=T"),
        (r"^status=0 port=\d+", "status=0 port=P"),
        (r"^(\[main\] memlockall|Warning: can't disable memory).*\n", ""),
        (r"hoprtt=[\d.]+ ms", "hoprtt=T ms"),
        (r"tcpts=\d+", "tcpts=T"),
        (r"seq=(?!0 )\d{4,} ack=\d+ sum=[0-9a-f]+", "seq=S ack=A sum=C"),
        (r"ack=\d+ sum=[0-9a-f]+", "ack=A sum=C"),
    ],
    "nc": [(r" (3[2-9]|[45]\d|60)\d\d\d\b", " EPHEM")],
    "traceroute": [(r"\d+\.\d+ ms", "T ms")],
    "sysctl": [],
}


def normalise(topic: str, text: str) -> str:
    for pattern, new in NORMAL[topic]:
        text = re.sub(pattern, new, text, flags=re.M)
    return text


def on(host: str, argv: list[str], stdin: str) -> subprocess.CompletedProcess:
    name, _, user = host.partition("~")
    as_user = ["setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups"] if user else []
    return subprocess.run(record.inside(name, [*as_user, *argv]), input=stdin.encode(), capture_output=True,
                          env=record.ENVIRONMENT, cwd="/", timeout=LIMIT)


def play(case: dict) -> dict:
    record.build()
    listeners = []
    try:
        for name, scripts in {**{"gate": [record.LAB["name_server"]]}, **case.get("listen", {})}.items():
            listeners += [record.listen(name, script) for script in scripts]
        steps = []
        for host, argv, *stdin in case["steps"]:
            done = on(host, argv, stdin[0] if stdin else "")
            step = {"host": host, "argv": argv}
            if stdin:
                step["stdin"] = stdin[0]
            step["stdout"] = normalise(case["topic"], done.stdout.decode("utf-8", "surrogateescape"))
            step["stderr"] = normalise(case["topic"], done.stderr.decode("utf-8", "surrogateescape"))
            step["exit"] = done.returncode
            steps.append(step)
        return {"id": case["id"], "kind": "net", "topic": case["topic"], "listen": case.get("listen", {}), "steps": steps}
    finally:
        for process in listeners:
            process.kill()
            process.wait()
        record.destroy()


def attempt(case: dict) -> dict | str:
    try:
        return play(case)
    except Exception as problem:
        return f"{case['id']}: {problem}"


def main() -> None:
    topic, *ids = sys.argv[1:]
    wanted = [case for case in CASES if case["topic"] == topic and (not ids or case["id"] in ids)]
    with multiprocessing.Pool(JOBS) as pool:
        for row in pool.imap(attempt, wanted):
            if isinstance(row, str):
                sys.stderr.write(f"not recorded: {row}\n")
            else:
                sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
