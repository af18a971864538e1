#!/usr/bin/env python3
"""Records how people come in: login, su, passwd, useradd, telnet, ssh, with the real programs on a terminal of their own.

    record.py TOPIC > TOPIC.jsonl        (topics: cases.py)

Run as root on Debian 12 with login, passwd, util-linux, openbsd-inetd, tcpd, inetutils-telnet, inetutils-telnetd,
openssh-client and openssh-server. README.md tells the form of a case. Each host is a network, mount, host name and process
namespace of its own with its own /etc, /home, /root, /run, /var/log, /var/mail and /dev, on one wire; nothing else is
touched.
"""

import json
import os
import pathlib
import pty
import re
import select
import socket
import subprocess
import sys
import tempfile
import time

from cases import BASE, CASES, HOSTS

QUIET = 0.5
"""seconds without output after which a dialogue that waits for nothing goes on"""
LIMIT = 15
KEPT = ("pam.d", "pam.conf", "security", "login.defs", "ld.so.cache", "ld.so.conf", "ssl", "alternatives", "localtime", "timezone",
        "services", "protocols", "networks", "host.conf", "skel", "shells", "securetty", "ssh", "default", "adduser.conf",
        "deluser.conf", "crypto-policies", "gai.conf", "rpc", "inputrc", "selinux", "mail.rc")


def run(*words, **more):
    return subprocess.run(words, check=True, **more)


# ---- inside a host's namespaces -----------------------------------------------------------------------------------

def make_dev():
    """A /dev with terminals of its own, numbered from 0."""
    new = tempfile.mkdtemp()
    run("mount", "-t", "tmpfs", "-o", "mode=755", "none", new)
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        pathlib.Path(new, name).touch()
        run("mount", "--bind", f"/dev/{name}", f"{new}/{name}")
    for name in ("pts", "shm"):
        os.mkdir(f"{new}/{name}")
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
                         ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx")):
        os.symlink(target, f"{new}/{name}")
    run("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620,gid=5", "none", f"{new}/pts")
    run("mount", "--move", new, "/dev")


def furnish(name, files):
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "proc", "none", "/proc")
    socket.sethostname(HOSTS[name]["hostname"])
    etc = tempfile.mkdtemp()
    os.chmod(etc, 0o755)
    for kept in KEPT:
        if os.path.exists(f"/etc/{kept}"):
            run("cp", "-a", f"/etc/{kept}", etc)
    make_dev()
    for place in ("/home", "/root", "/run", "/var/log", "/var/mail"):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "none", place)
    run("mount", "--bind", etc, "/etc")
    for path, entry in {**BASE, **files}.items():
        entry = {"text": entry} if isinstance(entry, str) else entry
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.get("gone"):
            path.unlink(missing_ok=True)
            continue
        if entry.get("dir"):
            path.mkdir(exist_ok=True)
        else:
            if str(path).startswith("/usr/"):
                cover = tempfile.NamedTemporaryFile(delete=False).name
                run("mount", "--bind", cover, str(path))
            path.write_text(entry["text"])
        os.chmod(path, int(entry.get("mode", "0755" if entry.get("dir") else "0644"), 8))
        if "owner" in entry or "group" in entry:
            owner = entry.get("owner", "root")
            os.chown(path, number("/etc/passwd", owner), number("/etc/group", entry.get("group", owner)))
    for path in ("/var/log/wtmp", "/var/log/lastlog", "/var/log/btmp", "/run/utmp"):
        pathlib.Path(path).touch()
    os.chmod("/var/log/btmp", 0o600)
    os.makedirs("/run/sshd", exist_ok=True)


def number(path, name):
    return next(int(row[2]) for row in (line.split(":") for line in open(path)) if row[0] == name)


def serve(name, case, pipe):
    """The rest of the life of a host: keeps its log, runs its daemons, answers `log` and `files` on the pipe."""
    furnish(name, case.get("files", {}).get(name, {}))
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    log.setblocking(False)
    for command in case.get("start", {}).get(name, []):
        subprocess.Popen(command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC"})
    pipe.sendall(b"ready\n")
    lines = []
    while True:
        ready, _, _ = select.select([log, pipe], [], [])
        if log in ready:
            lines.append(log.recv(8192).decode())
        if pipe in ready:
            word = pipe.recv(100).decode().strip()
            if word == "":
                return
            if word == "log":
                time.sleep(0.3)
                try:
                    while True:
                        lines.append(log.recv(8192).decode())
                except BlockingIOError:
                    pass
                pipe.sendall((json.dumps([logged(line) for line in lines if ' :: ' not in line]) + "\n").encode())
            else:
                text = {path: show(path) for path in json.loads(word)}
                pipe.sendall((json.dumps(text) + "\n").encode())


def show(path):
    try:
        return pathlib.Path(path).read_text()
    except FileNotFoundError:
        return None


FACILITIES = {1: "user", 3: "daemon", 4: "auth", 10: "authpriv"}
LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


def logged(line):
    priority, rest = re.match(r"<(\d+)>\w{3} [ \d]\d \S+ (.*)", line, re.S).groups()
    rest = re.sub(r"\[\d+\]:", "[PID]:", rest.rstrip("\0\n"), 1)
    return f"{FACILITIES.get(int(priority) >> 3, int(priority) >> 3)}.{LEVELS[int(priority) & 7]} {rest}"


# ---- a person at a terminal -----------------------------------------------------------------------------------------

def converse(user, argv, dialogue, cwd):
    """@returns what the screen showed, exit status"""
    pid, master = pty.fork()
    if pid == 0:
        run("stty", "rows", "24", "cols", "80")
        entry = next(row for row in (line.split(":") for line in open("/etc/passwd")) if row[0] == user)
        os.environ.clear()
        os.environ.update(TERM="dumb", PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME=entry[5], USER=user,
                          LOGNAME=user, SHELL=entry[6].strip(), TZ="UTC", LANG="C.UTF-8")
        if user != "root":
            os.chown(os.ttyname(0), int(entry[2]), 5)
            rows = [line.strip().split(":") for line in open("/etc/group")]
            os.setgroups([int(entry[3])] + [int(row[2]) for row in rows if user in row[3].split(",")])
            os.setgid(int(entry[3]))
            os.setuid(int(entry[2]))
        os.chdir(cwd or entry[5])
        os.execvp(argv[0], argv)
    seen = b""
    from_here = 0

    def more(limit):
        nonlocal seen
        ready, _, _ = select.select([master], [], [], limit)
        if not ready:
            return False
        try:
            part = os.read(master, 65536)
        except OSError:
            part = b""
        if part == b"":
            raise EOFError
        seen += part
        return True

    try:
        for wait, send in dialogue:
            end = time.time() + LIMIT
            while wait.encode() not in seen[from_here:]:
                if time.time() > end:
                    raise TimeoutError(f"{argv}: waited for {wait!r}, saw {seen[from_here:]!r}")
                more(1)
            from_here = len(seen)
            time.sleep(0.15)
            os.write(master, send.encode())
        end = time.time() + LIMIT
        while time.time() < end:
            more(1)
        os.kill(pid, 9)
    except EOFError:
        pass
    _, status = os.waitpid(pid, 0)
    os.close(master)
    return seen.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status)


# ---- outside ---------------------------------------------------------------------------------------------------------

def inside(name, word):
    """The command that runs this program in a host's namespaces."""
    return ["ip", "netns", "exec", f"lr-{name}", "unshare", "-m", "-u", "-p", "--fork", "/usr/bin/python3", os.path.abspath(__file__),
            "--inside", word, name]


def remove():
    for name in HOSTS:
        subprocess.run(["ip", "netns", "delete", f"lr-{name}"], capture_output=True)


def build():
    for name in HOSTS:
        run("ip", "netns", "add", f"lr-{name}")
        run("ip", "-n", f"lr-{name}", "link", "set", "lo", "up")
        run("ip", "netns", "exec", f"lr-{name}", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    first, second = HOSTS
    run("ip", "-n", f"lr-{first}", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", f"lr-{second}")
    for name, host in HOSTS.items():
        run("ip", "-n", f"lr-{name}", "address", "add", host["address"] + "/24", "dev", "eth0")
        run("ip", "-n", f"lr-{name}", "link", "set", "eth0", "up")


def host(name, case):
    """Starts a host; its pipe."""
    ours, theirs = socket.socketpair()
    child = subprocess.Popen([*inside(name, "serve"), json.dumps(case), str(theirs.fileno())], pass_fds=[theirs.fileno()])
    theirs.close()
    assert ours.recv(10) == b"ready\n"
    return child, ours.makefile("rw"), ours


def record(case):
    remove()
    build()
    started = {name: host(name, case) for name in HOSTS}
    time.sleep(1)
    outcome = []
    try:
        for step in case["steps"]:
            child, _, _ = started[step["host"]]
            leader = subprocess.check_output(["pgrep", "-P", str(child.pid)], text=True).split()[0]
            words = ["nsenter", "-t", leader, "-m", "-u", "-p", "-n", "/usr/bin/python3", os.path.abspath(__file__), "--inside", "converse",
                     json.dumps(step)]
            answer = subprocess.run(words, check=True, capture_output=True)
            screen, status = json.loads(answer.stdout)
            outcome.append({**step, "screen": normalised(screen), "exit": status})
        logs, after = {}, {}
        for name, (_, file, raw) in started.items():
            raw.sendall(b"log\n")
            logs[name] = [normalised(line) for line in json.loads(file.readline())]
            wanted = case.get("after", {}).get(name, [])
            if wanted:
                raw.sendall(json.dumps(wanted).encode())
                after[name] = {path: text and normalised(text) for path, text in json.loads(file.readline()).items()}
    finally:
        for child, file, raw in started.values():
            file.close()
            raw.close()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
        remove()
    result = {**case, "kind": "login", "steps": outcome, "log": {name: rows for name, rows in logs.items() if rows}}
    if after:
        result["after"] = after
    return result


DAY = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
MONTH = r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"


def normalised(text):
    """What no two runs share; the player does the same (`../player/login.ts`)."""
    text = re.sub(rf"{DAY} {MONTH} [ \d]\d \d\d:\d\d:\d\d( UTC)? \d{{4}}", "DATE", text)
    text = re.sub(r"Linux \S+ \(", "Linux RELEASE (", text)
    text = re.sub(r"\bchild process \d+", "child process PID", text)
    text = re.sub(r"(203\.0\.113\.2) \d{5} ", r"\1 PORT ", text)
    text = re.sub(r"\bport \d{5}\b", "port PORT", text)
    text = re.sub(r"SHA256:[A-Za-z0-9+/]{43}", "SHA256:KEY", text)
    text = re.sub(r"(\$[y56]\$)[^:\n]+", r"\1HASH", text)
    text = re.sub(r":\d{5}(:\d+:\d+:\d+:|::::::)", r":DAY\1", text)
    return text


def main():
    if sys.argv[1:2] == ["--inside"]:
        if sys.argv[2] == "serve":
            serve(sys.argv[3], json.loads(sys.argv[4]), socket.socket(fileno=int(sys.argv[5])))
        else:
            step = json.loads(sys.argv[3])
            print(json.dumps(converse(step.get("user", "root"), step["argv"], step["dialogue"], step.get("cwd"))))
        return
    topic = sys.argv[1]
    for number, case in enumerate(CASES[topic], 1):
        only = sys.argv[2:]
        case = {"id": f"{topic}-{number:02}", "kind": "login", "topic": topic, **case}
        if not only or case["id"] in only:
            try:
                print(json.dumps(record(case), ensure_ascii=False), flush=True)
            except subprocess.CalledProcessError as error:
                print(case["id"], error.stderr.decode().strip().split("\n")[-1], file=sys.stderr)


if __name__ == "__main__":
    main()
