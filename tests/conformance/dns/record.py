#!/usr/bin/env python3
"""Records dns-more.jsonl: BIND 9.18 and its tools in a lab of namespaces. README.md tells the form.

    record.py CASES.py [ID…] > dns-more.jsonl

CASES.py has a list CASES of rows: id, note, config, zones, steps, flush. Run as root on Debian 12 with bind9,
bind9-utils, bind9-dnsutils and bind9-host. Every host of ../postfix/lab.json that a case needs is a process with
namespaces of its own (network, mounts, host name); they end with the recorder. A case is recorded until the result is
the same twice.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
LAB = json.loads((HERE.parent / "postfix" / "lab.json").read_text())
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC",
               "TERM": "dumb", "HOME": "/root", "LOGNAME": "root", "USER": "root"}
LIMIT = 60
TRIES = int(os.environ.get("RECORD_TRIES", "6"))
SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="dns-record-"))
keepers: dict[str, subprocess.Popen] = {}


def enter(host: str, argv: list[str]) -> list[str]:
    return ["nsenter", "-t", str(keepers[host].pid), "-n", "-m", "-u", "--wd=/", *argv]


def quiet(argv: list[str]) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def keeper(name: str) -> None:
    keepers[name] = subprocess.Popen(["unshare", "-n", "-m", "--uts", "--propagation", "private", "sleep", "infinity"])
    own = os.readlink("/proc/self/ns/net")
    while os.readlink(f"/proc/{keepers[name].pid}/ns/net") == own:
        time.sleep(0.02)
    time.sleep(0.1)


def build() -> None:
    keeper("wire")
    quiet(enter("wire", ["ip", "link", "add", "br0", "type", "bridge"]))
    quiet(enter("wire", ["ip", "link", "set", "br0", "up"]))
    for number, (name, host) in enumerate(LAB["hosts"].items()):
        keeper(name)
        pid = keepers[name].pid
        quiet(enter("wire", ["ip", "link", "add", f"v{number}", "type", "veth", "peer", "name", "eth0", "netns", str(pid)]))
        quiet(enter("wire", ["ip", "link", "set", f"v{number}", "master", "br0", "up"]))
        quiet(enter(name, ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]))
        quiet(enter(name, ["ip", "link", "set", "lo", "up"]))
        for address in host["addresses"]:
            quiet(enter(name, ["ip", "address", "add", address, "dev", "eth0"]))
        quiet(enter(name, ["ip", "link", "set", "eth0", "up"]))
        quiet(enter(name, ["ip", "route", "add", "default", "dev", "eth0"]))
        quiet(enter(name, ["hostname", host["hostname"]]))
        etc = SCRATCH / name
        shutil.copytree("/etc", etc, symlinks=True, ignore=shutil.ignore_patterns("ssl", "postfix", "netns"),
                        ignore_dangling_symlinks=True)
        quiet(enter(name, ["mount", "--bind", str(etc), "/etc"]))
        for directory in ("/run/named", "/var/cache/bind", "/var/lib/bind", "/var/log", "/srv"):
            quiet(enter(name, ["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", directory]))


def stop_servers() -> None:
    for name, one in keepers.items():
        for pid in [p for p in os.listdir("/proc") if p.isdigit() and int(p) != one.pid]:
            try:
                if os.readlink(f"/proc/{pid}/ns/mnt") != os.readlink(f"/proc/{one.pid}/ns/mnt"):
                    continue
                os.kill(int(pid), signal.SIGKILL)
            except OSError:
                continue


def files_of(name: str, case: dict) -> dict[str, str]:
    host = LAB["hosts"][name]
    domain = host["hostname"].split(".", 1)[1]
    address = host["addresses"][0].split("/")[0]
    files = {path: LAB["files"][path] for path in ("/etc/passwd", "/etc/group", "/etc/nsswitch.conf")}
    files["/etc/hosts"] = f"127.0.0.1\tlocalhost\n{address}\t{host['hostname']} {host['hostname'].split('.')[0]}\n"
    files["/etc/resolv.conf"] = f"search {domain}\nnameserver 192.168.75.53\n"
    files["/etc/hostname"] = host["hostname"] + "\n"
    servers = dict(LAB["name_servers"].get(name, {}))
    if name == "ns" and isinstance(case["zones"], dict):
        for zone, text in case["zones"]["ns"].items():
            servers[f"/etc/bind/db.{zone}"] = text
            servers["/etc/bind/named.conf"] += f'zone "{zone}" {{ type primary; file "db.{zone}"; }};\n'
    files.update(servers)
    files.update(case.get("config", {}).get(name, {}))
    files["/etc/bind/rndc.key"] = 'key "rndc-key" {\n\talgorithm hmac-sha256;\n\tsecret "cG9zdGVybg==";\n};\n'
    return files


def reset(case: dict) -> None:
    if case.get("lite"):  # the checkers alone: neither servers nor other hosts
        run("client", ["sh", "-c", "rm -rf /etc/bind/*"])
        for path, text in case["config"]["client"].items():
            pathlib.Path(f"{SCRATCH}/client{path.removeprefix('/etc')}").write_text(text)
        return
    stop_servers()
    for name in LAB["hosts"]:
        quiet(enter(name, ["sh", "-c", "rm -rf /etc/bind/* /run/named/* /var/cache/bind/* /var/lib/bind/* /var/log/* /srv/*; chmod 777 /etc/bind"]))
        for path, text in files_of(name, case).items():
            quiet(enter(name, ["mkdir", "-p", os.path.dirname(path)]))
            subprocess.run(enter(name, ["sh", "-c", 'cat > "$0"', path]), input=text.encode(), check=True)
    for name in LAB["name_servers"]:
        run(name, ["named", "-u", "bind"])
    for name in LAB["name_servers"]:
        for _ in range(100):
            if run(name, ["rndc", "status"]).returncode == 0:
                break
            time.sleep(0.05)


def run(host: str, argv: list[str], stdin: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(enter(host, argv), input=stdin.encode(), capture_output=True, env=ENVIRONMENT, timeout=LIMIT)


def normal(text: str) -> str:
    for pattern, instead in ((r"\bid: \d+", "id: N"), (r"Query time: \d+ msec", "Query time: N msec"),
                             (r"(?m)^;; WHEN: .*$", ";; WHEN: DATE"), (r"(?m)^; COOKIE: [0-9a-f]+", "; COOKIE: N"),
                             (r"\bin \d+ ms\b", "in N ms"), (r"client @0x[0-9a-f]+", "client @0xN"),
                             (r"(client @0xN \d+\.\d+\.\d+\.\d+)#\d+", r"\1#N"), (r"using \d+\.\d+\.\d+\.\d+#\d+", "using N"),
                             (r"\d+\.\d+ secs \(\d+ bytes/sec\)", "N secs (N bytes/sec)")):
        text = re.sub(pattern, instead, text)
    return text


def play(case: dict) -> dict:
    reset(case)
    steps = []
    for step in case["steps"]:
        host, argv = step["host"], step["argv"]
        if case.get("flush", True):
            run("ns", ["rndc", "flush"])
            time.sleep(0.1)
        done = run(host, argv, step.get("stdin", ""))
        row = {"host": host, "do": "command", "argv": argv}
        if "stdin" in step:
            row["stdin"] = step["stdin"]
        row |= {"stdout": normal(done.stdout.decode("utf-8", "surrogateescape")),
                "stderr": normal(done.stderr.decode("utf-8", "surrogateescape")), "exit": done.returncode}
        steps.append(row)
    out = {"id": case["id"], "kind": "dns", "topic": case["topic"]}
    if case.get("note"):
        out["note"] = case["note"]
    out |= {"config": case.get("config", {}), "zones": case["zones"], "steps": steps}
    if not case.get("flush", True):
        out["flush"] = False
    return out


def record(case: dict) -> dict | None:
    seen: list[str] = []
    for _ in range(TRIES):
        text = json.dumps(play(case), ensure_ascii=True)
        if text in seen:
            return json.loads(text)
        seen.append(text)
    sys.stderr.write(f"{case['id']}: never the same twice\n")
    for text in seen[-2:]:
        sys.stderr.write(json.dumps(json.loads(text)["steps"], indent=1) + "\n")
    return None


def main() -> None:
    scope: dict = {}
    exec(compile(pathlib.Path(sys.argv[1]).read_text(), sys.argv[1], "exec"), scope)
    wanted = sys.argv[2:]
    try:
        build()
        for case in scope["CASES"]:
            case = {"topic": re.sub(r"^dns-|-\d+$", "", case["id"]), "zones": "standard", **case}
            if wanted and case["id"] not in wanted:
                continue
            done = record(case)
            if done:
                print(json.dumps(done, ensure_ascii=False), flush=True)
    finally:
        stop_servers()
        for one in keepers.values():
            one.kill()
        time.sleep(0.2)
        shutil.rmtree(SCRATCH, ignore_errors=True)


if __name__ == "__main__":
    main()
