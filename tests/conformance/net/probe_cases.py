"""The cases that probe.py records: topic, listeners, steps. Firewall rules of the target are steps as any other."""

CASES = []
COUNT = {}
SILENT = {"name": "quiet", "port": 25, "replies": []}
SERVERS = {"mail": [SILENT, {"name": "web", "port": 8080, "greeting": "hello", "replies": []}]}
HOSTS = ("halo", "gate", "mail", "halo~nobody")


def add(topic, *steps, listen=SERVERS):
    COUNT[topic] = COUNT.get(topic, 0) + 1
    rows = []
    for step in steps:
        if isinstance(step, str):
            host, line = step.split(": ", 1) if step.split(": ", 1)[0] in HOSTS else ("halo", step)
            rows.append((host, line.split() if not any(mark in line for mark in "|;&'\"<>$") else ["sh", "-c", line]))
        else:
            rows.append(step)
    CASES.append({"id": f"{topic}-{COUNT[topic]:02}", "topic": topic, "listen": listen, "steps": rows})


DROP_80 = "mail: iptables -A INPUT -p tcp --dport 80 -j DROP"
REJECT_443 = "mail: iptables -A INPUT -p tcp --dport 443 -j REJECT"
RESET_22 = "mail: iptables -A INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset"
PROHIBIT_23 = "mail: iptables -A INPUT -p tcp --dport 23 -j REJECT --reject-with icmp-admin-prohibited"
STATEFUL = ("mail: iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "mail: iptables -A INPUT -p tcp --dport 25 -j ACCEPT",
            "mail: iptables -P INPUT DROP")
STATELESS = ("mail: iptables -A INPUT -p tcp --dport 25 -j ACCEPT", "mail: iptables -A INPUT -p tcp --syn -j DROP")

# ---- nmap: without a firewall
for line in (
    "nmap mail", "nmap 203.0.113.25", "nmap -n 203.0.113.25", "nmap -n mail", "nmap -p 25 mail", "nmap -p 20-25,80,443 mail", "nmap -p smtp,http mail",
    "nmap -sS -p 25,26 --reason mail", "nmap -sT -p 25,26 mail", "nmap -sT -p 25,26 --reason mail", "nmap -sA -p 25,26 mail", "nmap -sA -p 25,26 --reason mail",
    "nmap -sF -p 25,26 mail", "nmap -sN -p 25,26 --reason mail", "nmap -sX -p 25,26 mail", "nmap -sM -p 25,26 mail", "nmap -sW -p 25,26 mail", "nmap --scanflags SYNFIN -p 25,26 mail", "nmap --scanflags 2 -p 25,26 mail",
    "nmap --scanflags URGACKPSHRSTSYNFIN -p 25,26 --reason mail",
    "nmap -sU -p 53,54 gate", "nmap -sU -p 53 --reason gate", "nmap -sU -p 7,53,123,161 gate", "nmap -sS -sU -p T:25,U:53,54 gate", "nmap -sU -p 53,123 mail",
    "nmap -Pn -p 25 mail", "nmap -Pn -n -p 25,80 203.0.113.25", "nmap -sn mail", "nmap -sn -n 203.0.113.25", "nmap -sn gate", "nmap -sn -n 192.168.75.0/29", "nmap -sn 192.168.75.1-3",
    "nmap -p 25 192.168.75.1 203.0.113.25", "nmap -sn -v -n 192.168.75.1,9", "nmap -sn 192.168.75.99", "nmap -sn 198.51.100.7", "nmap -Pn -p 25 192.168.75.99", "nmap -sn -PE mail", "nmap -sn -PS25 mail",
    "nmap -sn -PA25 --reason mail", "nmap -sn -PU40000 --reason mail", "nmap -sn -PP --reason mail", "nmap -sn -PM mail", "nmap -sn --reason mail", "nmap -sn --reason gate", "nmap -sn --send-ip --reason gate", "nmap -sn -v mail",
    "nmap -F mail", "nmap --top-ports 10 mail", "nmap --top-ports 5 -v mail", "nmap --open mail", "nmap --open -p 25,26,80 mail", "nmap -p- -T5 mail", "nmap -p 1-100 mail",
    "nmap -v -p 25,26 mail", "nmap -v -v -p 25,26 mail", "nmap -vv -n -p 25,26 203.0.113.25", "nmap -v -sT -p 25,26 mail", "nmap -v -n -sU -p 53,54 192.168.75.1", "nmap -r -p 25,26 mail", "nmap -p 25 gate", "nmap -v -p 25 gate",
    "nmap -sL mail gate", "nmap -sL -n 192.168.75.0/30", "nmap -sL 192.168.75.1-2", "nmap -oG - -p 25,26 mail", "nmap -oG - mail", "nmap -oG - -v -p 25,80 mail", "nmap -oG - -sn 192.168.75.1-3", "nmap -oN - -p 25 mail",
    "nmap -oN /tmp/n.txt -p 25 mail; cat /tmp/n.txt", "nmap -oG /tmp/g.txt -p 25,26 mail; cat /tmp/g.txt; rm /tmp/g.txt", "nmap -T4 -p 25 mail", "nmap -T polite -p 25 mail", "nmap -T6 -p 25 mail", "nmap -T insane -n -p 25 mail",
    "nmap -g 53 -p 25 mail", "nmap --source-port 20 -p 25,26 mail", "nmap -S 192.168.75.77 -e eth0 -Pn -p 25 mail", "nmap -e eth0 -p 25 mail", "nmap -e eth9 -p 25 mail", "nmap -p 25 localhost", "nmap localhost", "nmap -v localhost", "nmap -sT localhost", "nmap -sn localhost", "nmap -p 25 halo",
    "nmap --max-retries 0 -p 25 mail", "nmap --max-retries 1 -p 25,80 mail", "nmap --host-timeout 10s -p 25 mail", "nmap --min-rate 100 -p 25 mail", "nmap --scan-delay 100ms -p 25,26 mail", "nmap --packet-trace -n -Pn -p 25 mail >/dev/null; echo $?",
    "nmap", "nmap -Z mail", "nmap --nonsense mail", "nmap -p", "nmap -p 70000 mail", "nmap -p 30-20 mail", "nmap -p x mail", "nmap -p '' mail", "nmap -p T: mail", "nmap -p 25, mail", "nmap -p U:53 mail", "nmap -p 25 nosuch.example.com", "nmap 300.1.1.1", "nmap -p 25 192.168.75.0/33",
    "nmap -p 25 1.2.3", "nmap -p 25 192.168.75.1-300", "nmap -sQ mail", "nmap -sS -sT mail", "nmap -sS -sA mail", "nmap -V | head -1", "nmap -h | head -5", "nmap -6 mail", "nmap -T", "nmap --top-ports 0 mail", "nmap --top-ports x mail", "nmap --max-retries -1 mail", "nmap --max-retries x mail", "nmap --scanflags QQ mail",
    "nmap --host-timeout x mail", "nmap -g 70000 mail", "nmap -sn -sS mail", "nmap -sn -p 25 mail", "nmap -F -p 25 mail", "nmap -F --top-ports 10 mail", "nmap -Pn -sn mail", "nmap -PN -p 25 mail", "nmap -P0 -p 25 mail", "nmap -sP mail", "nmap -iL /etc/nosuch", "nmap -p 25 --exclude gate mail gate", "nmap -sn -PR gate", "nmap -PS -p 25 mail", "nmap --port 25 mail", "nmap -p25 -n mail gate halo",
    "nmap --reason mail", "nmap -sA mail", "nmap -sF mail", "nmap -p http* mail", "nmap -p [1-30] mail", "nmap -p -25 mail", "nmap -p 65530- mail", "nmap --open -p 26 mail", "nmap --open -p 26 mail gate", "nmap -d -p 25 mail > /dev/null; echo $?",
):
    add("nmap", line)
# ---- nmap: as a user
for line in ("nmap -p 25,26 mail", "nmap mail", "nmap --reason -p 25,26 mail", "nmap -sS -p 25 mail", "nmap -sU -p 53 gate", "nmap -sA mail", "nmap -sn mail", "nmap -sn gate", "nmap -sn --reason gate", "nmap -sn -n 192.168.75.99", "nmap -sT -p 25 mail", "nmap -sn -PE mail", "nmap -v -p 25 mail", "nmap -O mail", "nmap -Pn -p 25 mail", "nmap -sF mail", "nmap -g 53 -p 25 mail", "nmap --scanflags SYN mail", "nmap -sn 192.168.75.0/30", "nmap -e eth0 -p 25 mail", "nmap -S 192.168.75.77 -p 25 mail", "nmap -f -p 25 mail"):
    add("nmap", f"halo~nobody: {line}")
# ---- nmap: through a firewall
MIXED = (DROP_80, REJECT_443, RESET_22, PROHIBIT_23)
for line in (
    "nmap -p 22,23,25,26,80,443 mail", "nmap -p 22,23,25,26,80,443 --reason mail", "nmap -sT -p 22,23,25,26,80,443 --reason mail", "nmap -sA -p 22,23,25,26,80,443 --reason mail", "nmap -sF -p 22,23,25,26,80,443 --reason mail",
    "nmap -sN -p 22,23,25,26,80,443 mail", "nmap -sM -p 22,23,25,26,80,443 mail", "nmap -oG - -p 22,23,25,26,80,443 mail", "nmap mail", "nmap --open mail", "nmap -v -p 22-26,80,443 mail", "nmap -sW -p 22,23,25,26,80,443 mail",
    "halo~nobody: nmap -p 22,23,25,26,80,443 --reason mail",
):
    add("nmap", *MIXED, line)
for line in (
    "nmap mail", "nmap -sA mail", "nmap -sF mail", "nmap -sT mail", "nmap -Pn mail", "nmap -Pn -sA -p 25,80 --reason mail", "nmap -Pn -p 25,80 --reason mail", "nmap -sn mail", "nmap -sn -PS25 mail", "nmap -Pn -oG - -p 24-26 mail", "nmap -Pn --open mail", "nmap -sU -Pn -p 53 mail", "nmap -Pn -sF -p 25,26 mail", "nmap --reason -Pn mail",
    "halo~nobody: nmap mail", "halo~nobody: nmap -Pn -p 25,26 mail", "halo~nobody: nmap -sn mail", "nmap -v -Pn -p 25,80 mail", "nmap -Pn --host-timeout 1s mail",
):
    add("nmap", *STATEFUL, line)
for line in ("nmap -p 25,80 --reason mail", "nmap -sA -p 25,80 --reason mail", "nmap -sF -p 25,80 mail", "nmap -sX -p 25,80 mail", "nmap --scanflags SYNFIN -p 25,80 mail", "nmap -g 53 -p 80 mail", "nmap mail", "nmap -sA mail"):
    add("nmap", *STATELESS, line)
add("nmap", "mail: iptables -P INPUT DROP", "nmap mail", "nmap -Pn -p 25,80 mail", "nmap -sn mail", "nmap -v mail", "nmap -oG - mail", "nmap -Pn -sA -p 25,80 mail")
add("nmap", "mail: iptables -A INPUT -j REJECT --reject-with icmp-host-prohibited", "nmap -p 25,80 --reason mail", "nmap -sn --reason mail", "nmap -sU -p 53 --reason mail")
add("nmap", "mail: iptables -A INPUT -p icmp -j DROP", "nmap -sn --reason mail", "nmap -sn -PE mail", "nmap -p 25 --reason mail")
add("nmap", "mail: iptables -A INPUT -p udp --dport 53 -j DROP", "mail: iptables -A INPUT -p udp --dport 123 -j REJECT --reject-with icmp-host-unreachable", "nmap -sU -p 53,123,161 --reason mail", "nmap -sU -oG - -p 53,123,161 mail")
add("nmap", "mail: iptables -A INPUT -p tcp --sport 53 -j ACCEPT", "mail: iptables -A INPUT -p tcp --dport 25 -j DROP", "nmap -p 25 mail", "nmap -g 53 -p 25 mail", "nmap --source-port 53 -p 25 --reason mail")
add("nmap", "gate: iptables -A FORWARD -p tcp --dport 25 -j REJECT --reject-with icmp-net-prohibited", "nmap -p 25,26 --reason mail", "nmap -sT -p 25,26 --reason mail")
add("nmap", "gate: iptables -A FORWARD -d 203.0.113.25 -j DROP", "nmap -p 25 mail", "nmap -sn 203.0.113.1 203.0.113.25")
add("nmap", "gate: iptables -A INPUT -j DROP", "nmap -p 25 gate", "nmap -sn --reason gate", "nmap -sn --send-ip gate", "halo~nobody: nmap -sn gate")
add("nmap", "iptables -A OUTPUT -p tcp --dport 25 -j DROP", "nmap -Pn -n -p 25 203.0.113.25 2>&1 | head -2")
add("nmap", "ip route del default", "nmap -p 25 mail", "nmap -sn mail", "halo~nobody: nmap -p 25 mail")
add("nmap", "ip link set eth0 down", "nmap -p 25 mail", "nmap -sn gate")

# ---- hping3
for line in (
    "hping3 -c 1 -S -p 25 mail", "hping3 -c 2 -i u100000 -S -p 25 mail", "hping3 -c 1 -S -p 26 mail", "hping3 -c 1 -A -p 25 mail", "hping3 -c 1 -F -p 25 mail", "hping3 -c 1 -R -p 25 mail", "hping3 -c 1 -U -p 26 mail", "hping3 -c 1 -P -p 26 mail", "hping3 -c 1 -X -p 26 mail", "hping3 -c 1 -Y -p 26 mail", "hping3 -c 1 mail", "hping3 -c 1 -F -P -U -p 26 mail",
    "hping3 -c 2 -i u100000 -1 mail", "hping3 -c 1 -1 -K 0 -C 8 mail", "hping3 -c 1 --icmp --icmp-ts mail", "hping3 -c 1 --icmp-ts mail", "hping3 -c 1 --icmp-addr mail", "hping3 -c 1 -2 -p 53 gate", "hping3 -c 1 -2 -p 54 gate", "hping3 -c 2 -i u100000 -2 -p 9999 mail", "hping3 -c 1 -0 mail", "hping3 -c 1 -0 -H 47 mail",
    "hping3 -c 1 -S -p 25 -n mail", "hping3 -c 1 -S -p 25 -q mail", "hping3 -c 1 -S -p 25 -V mail", "hping3 -c 1 -S -p 25 -s 5151 mail", "hping3 -c 2 -i u50000 -S -p 25 -s 5151 -k mail", "hping3 -c 2 -i u50000 -S -p ++25 mail", "hping3 -c 1 -S -p 25 -w 1024 mail", "hping3 -c 1 -S -p 25 -t 1 mail", "hping3 -c 1 -S -p 25 -t 1 -n mail", "hping3 -c 1 -S -p 25 -a 192.168.75.77 mail", "hping3 -c 1 -S -p 25 -d 100 mail", "hping3 -c 1 -1 -d 100 mail", "hping3 -c 1 -2 -d 10 -p 9999 mail",
    "hping3 -c 1 -S -p 25 -b mail", "hping3 -c 1 -S -p 25 -M 1000 -L 2000 mail", "hping3 -c 1 -S -p 25 -M 1000 -V mail", "hping3 -c 1 -S -p 25 -N 77 mail", "hping3 -c 1 -S -p 25 -I eth0 mail", "hping3 -c 1 -S -p 25 -I eth9 mail", "hping3 -c 1 -S -p 25 -f mail", "hping3 -c 1 -S -p 25 -y mail", "hping3 -c 1 -S -p 25 -x mail", "hping3 -c 1 -1 -d 2000 mail",
    "hping3 -c 1 -S -p 25 localhost", "hping3 -c 1 -S -p 25 192.168.75.99", "hping3 -c 1 -S -p 25 nosuch.example.com", "hping3", "hping3 -c 1 -S -p 25", "hping3 -c 1 --nonsense mail", "hping3 -c 1 -S -p x mail", "hping3 -c 1 -S -p 70000 mail", "hping3 -c x mail", "hping3 -c 0 mail", "hping3 -i x -c 1 mail", "hping3 -v", "hping3 -h | head -12", "halo~nobody: hping3 -c 1 -S -p 25 mail",
    "hping3 -T -1 -c 3 mail", "hping3 -T -S -p 25 -c 3 mail", "hping3 -T -1 -V -c 3 mail", "hping3 --traceroute -n -1 -c 2 mail", "hping3 --fast -c 2 -S -p 25 mail", "hping3 -8 24-26 -S mail", "hping3 -8 25,26 -S -V mail", "hping3 --scan 20-30 -S mail", "hping3 -8 24-26 -A mail", "hping3 -S -p 25 -c 1 -E /etc/hostname -d 5 mail", "hping3 -c 1 -S -p 25 --tcp-timestamp mail", "hping3 -c 1 -S -p 25 -Q mail >/dev/null; echo $?",
    "hping3 -c 1 -S -p 25 -r mail", "hping3 -c 1 -S -p 25 -o 10 mail", "hping3 -c 1 -S -p 25 -z mail", "hping3 -c 1 -SA -p 25 mail", "hping3 -SF -p 25 -c 1 mail", "hping3 -c1 -S -p25 mail", "hping3 -c 1 -S --destport 25 mail", "hping3 --count 1 --syn -p 25 mail", "hping3 --count 1 --ack -p 25 mail", "hping3 -c 1 -S -p 25 mail gate", "hping3 -S -p 25 -c 1 203.0.113.25", "hping3 -c 1 -S -p 25 198.51.100.9", "hping3 -1 -c 1 -C 13 mail", "hping3 -1 -c 1 -C 99 mail", "hping3 -c 1 -J -S -p 25 mail > /dev/null; echo $?", "hping3 -c 1 -1 192.168.75.1", "hping3 -c 1 -1 -t 5 mail", "hping3 -c 1 -S -p 25 --rand-source mail", "hping3 -c 1 -S -p 0 mail", "hping3 -c 1 -2 -p 53 -d 4 -s 5353 gate", "hping3 -c 1 -S -p 25 -c 2 -i 1 mail", "hping3 -c 1 -2 -p 53 -d 12 gate", "hping3 -c 1 -2 -p 53 -d 12 -V gate", "hping3 -c 1 -S -p 25 --tcpexitcode mail", "hping3 -c 1 -S --tcp-mss 1000 -p 25 mail", "hping3 -8 20-26 -A -V mail", "hping3 -8 1-10,!5 -F -V mail", "hping3 -o help mail", "hping3 -1 -c 1 -n -t 1 mail", "hping3 -2 -c 1 -n -t 1 mail", "hping3 -2 -T -n -c 3 -p 40000 mail", "hping3 -T --tr-stop -S -p 25 -c 5 mail", "hping3 -T --tr-no-rtt -n -1 -c 2 mail",
):
    add("hping3", line)
for line in ("hping3 -c 2 -i u100000 -S -p 80 mail", "hping3 -c 1 -S -p 443 mail", "hping3 -c 1 -S -p 22 mail", "hping3 -c 1 -S -p 23 mail", "hping3 -c 1 -A -p 80 mail", "hping3 -c 1 -S -p 443 -n mail"):
    add("hping3", *MIXED, line)
add("hping3", *STATEFUL, "hping3 -c 1 -S -p 25 mail", "hping3 -c 1 -A -p 25 mail", "hping3 -c 1 -A -p 80 mail", "hping3 -c 1 -1 mail")
add("hping3", *STATELESS, "hping3 -c 1 -S -p 80 mail", "hping3 -c 1 -A -p 80 mail", "hping3 -c 1 -F -p 80 mail")
add("hping3", "gate: iptables -A FORWARD -j REJECT --reject-with icmp-net-unreachable", "hping3 -c 1 -S -p 25 mail", "hping3 -c 1 -1 mail", "hping3 -c 1 -2 -p 53 mail")

# ---- nc
for line in (
    "nc -z mail 25; echo $?", "nc -vz mail 25", "nc -vz mail 26", "nc -z mail 26", "nc -vz mail 24-26", "nc -z mail 24-26", "nc -nvz 203.0.113.25 25", "nc -nvz 203.0.113.25 24-26", "nc -nvz mail 25", "nc -vz mail smtp", "nc -vz mail nosuchport", "nc -vzw 1 mail 25", "nc -vz -w 1 203.0.113.99 25", "nc -vzu gate 53", "nc -vzu -w 1 gate 54", "nc -zu -w 1 gate 54",
    "nc -vzu -w 1 gate 53-54", "nc -N mail 25", "nc -v -N mail 25", "nc -q 1 mail 25", "nc -w 1 mail 25", "nc -v mail 26", "nc mail 26", "nc mail", "nc", "nc -l", "nc -Y mail 25", "nc -p 5151 -vz mail 25", "nc -s 192.168.75.2 -vz mail 25", "nc -s 192.168.75.77 -vz mail 25", "nc -p x mail 25",
    "nc -vz mail 0", "nc -vz mail 70000", "nc -vz mail 30-20 2>&1 | tail -2", "nc -vz mail 25-", "nc -vz nosuch.example.com 25", "nc -w x mail 25", "nc -q x mail 25", "nc -h 2>&1 | head -5", "nc -h >/dev/null 2>&1; echo $?", "nc -4 -vz mail 25", "nc -vz localhost 26", "nc -vz localhost 25", "nc -vz 203.0.113.25 25 26", "nc -i x mail 25", "nc -lz 4000", "nc -lp", "nc -s 1.2.3.4 -l 4000", "nc -l 192.168.75.99 4000", "nc -k mail 25", "nc -T lowdelay -vz mail 25", "nc -T x -vz mail 25", "nc -Uz /tmp/nosuch", "nc -U /tmp/nosuch",
    "nc -l 4000 > /tmp/nc1 & sleep 0.3; echo hello | nc -N localhost 4000; wait; cat /tmp/nc1", "nc -lv 4001 > /tmp/nc2 2>&1 & sleep 0.3; echo hello | nc -N 127.0.0.1 4001; wait; cat /tmp/nc2", "nc -lvn 4002 > /tmp/nc3 2>&1 & sleep 0.3; echo hello | nc -vN 127.0.0.1 4002; wait; cat /tmp/nc3", "nc -l -p 4003 > /tmp/nc4 & sleep 0.3; echo hello | nc -q 0 localhost 4003; wait; cat /tmp/nc4",
    "echo answer | nc -lN 4004 & sleep 0.3; nc localhost 4004; wait", "nc -lu 4005 > /tmp/nc5 & p=$!; sleep 0.3; echo hello | nc -u -w 1 localhost 4005; sleep 0.3; kill $p; cat /tmp/nc5", "nc -lk 4006 > /tmp/nc6 & p=$!; sleep 0.3; echo one | nc -N localhost 4006; echo two | nc -N localhost 4006; sleep 0.3; kill $p; cat /tmp/nc6", "nc -lvu 4007 > /tmp/nc7 2>&1 & p=$!; sleep 0.3; echo hello | nc -u -w 1 127.0.0.1 4007; sleep 0.3; kill $p; cat /tmp/nc7",
    "nc -lU /tmp/nc.sock > /tmp/nc8 & sleep 0.3; echo hello | nc -NU /tmp/nc.sock; wait; cat /tmp/nc8; rm /tmp/nc.sock", "nc -lv 25 > /tmp/nc9 2>&1 & sleep 0.3; echo x | nc -vN localhost 25; wait; cat /tmp/nc9", "nc -l 4008 > /dev/null & p=$!; sleep 0.3; timeout 2 nc -l 4008; echo $?; kill $p", "timeout 3 nc -l -w 1 4012; echo $?", "timeout 2 nc -dv mail 8080; echo $?", "timeout 2 nc mail 8080 < /dev/null; echo $?", "nc -w 1 mail 8080", "nc -N mail 8080", "nc -lk 4010 >/tmp/nc10 & p=$!; sleep 0.3; nc -vz localhost 4010; nc -vz localhost 4011; kill $p", "nc -l 4013 >/dev/null & sleep 0.3; nc -zv -p 4999 localhost 4013; wait",
    "(sleep 0.3; printf 'a\\nb\\n' | nc -CN localhost 4014) & nc -l 4014 | od -c", "nc -D -vz mail 25", "nc -b -vz mail 25", "nc -6 -vz mail 25", "halo~nobody: nc -l 80", "halo~nobody: nc -p 80 -vz mail 25", "nc -lku 4015 > /tmp/nc15 & p=$!; sleep 0.3; echo one | nc -u -w 1 127.0.0.1 4015; echo two | nc -u -w 1 127.0.0.1 4015; sleep 0.3; kill $p; cat /tmp/nc15", "nc -uvz 127.0.0.1 4016", "nc -uv -w 1 127.0.0.1 4016 < /dev/null", "nc -t mail 25 -N", "nc -W 1 -lu 4017 > /tmp/nc17 & sleep 0.3; echo hi | nc -u -w 1 127.0.0.1 4017; wait; cat /tmp/nc17",
):
    add("nc", line)
for line in ("nc -vz -w 1 mail 80", "nc -vz -w 2 mail 443", "nc -vz -w 2 mail 22", "nc -vz -w 2 mail 23", "nc -z -w 1 mail 80; echo $?", "nc -vz -w 1 mail 22-26", "nc -w 1 mail 80"):
    add("nc", *MIXED, line)
add("nc", "mail: iptables -A INPUT -p udp --dport 53 -j DROP", "nc -vzu -w 1 mail 53", "nc -vzu -w 1 mail 54")
add("nc", "mail: iptables -A INPUT -p udp --dport 53 -j REJECT --reject-with icmp-host-prohibited", "nc -vzu -w 1 mail 53")

# ---- traceroute
for line in (
    "traceroute mail", "traceroute 203.0.113.25", "traceroute -n mail", "traceroute -I mail", "traceroute -I -n mail", "traceroute -T mail", "traceroute -T -p 25 mail", "traceroute -T -p 26 -n mail", "traceroute -U mail", "traceroute -q 1 mail", "traceroute -q 2 -n mail", "traceroute -m 1 mail", "traceroute -f 2 mail", "traceroute -f 2 -m 2 -n mail", "traceroute -w 1 mail", "traceroute -p 40000 mail", "traceroute gate", "traceroute localhost", "traceroute halo",
    "traceroute -n -w 1 -m 3 192.168.75.99", "traceroute -n -w 1 -m 4 -q 1 203.0.113.99", "traceroute 198.51.100.1", "traceroute nosuch.example.com", "traceroute", "traceroute -Z mail", "traceroute --nonsense mail", "traceroute -m 0 mail", "traceroute -m 256 mail", "traceroute -m x mail", "traceroute -f 40 mail", "traceroute -q 0 mail", "traceroute -q 11 mail", "traceroute -w x mail", "traceroute -w -1 mail", "traceroute -f 0 mail", "traceroute -V", "traceroute --help | head -3",
    "traceroute mail 100", "traceroute mail 20", "traceroute mail x", "traceroute -s 192.168.75.2 mail", "traceroute -s 192.168.75.77 mail", "traceroute -i eth0 mail", "traceroute -i eth9 mail", "traceroute -N 1 mail", "traceroute -4 mail", "traceroute -e mail", "traceroute -z 0.1 mail", "traceroute -t 16 mail", "traceroute -F mail", "traceroute -M tcp mail", "traceroute -M udp -n mail", "traceroute -M icmp mail", "traceroute -M nosuch mail", "traceroute -6 mail", "traceroute -p x mail", "traceroute -T -p 70000 mail", "traceroute mail 70000", "traceroute -m 2 -f 3 mail",
    "halo~nobody: traceroute mail", "halo~nobody: traceroute -I mail", "halo~nobody: traceroute -T mail", "halo~nobody: traceroute -n mail", "traceroute --max-hops=1 mail", "traceroute -nq1 mail", "traceroute -m", "traceroute -n -T -p 25 -O info mail", "mail: traceroute -n halo", "mail: traceroute -n 192.168.75.2", "traceroute a b c d",
):
    add("traceroute", line)
add("traceroute", "gate: iptables -A INPUT -j DROP", "traceroute -n -w 1 -q 1 -m 3 gate", "traceroute -n mail")
add("traceroute", "gate: iptables -A OUTPUT -p icmp -j DROP", "traceroute -n -w 1 mail")
add("traceroute", "mail: iptables -A INPUT -p udp -j DROP", "traceroute -n -w 1 -m 4 mail", "traceroute -I -n mail", "traceroute -T -p 25 -n mail")
add("traceroute", "mail: iptables -A INPUT -p udp -j REJECT --reject-with icmp-admin-prohibited", "traceroute -n mail")
add("traceroute", "mail: iptables -A INPUT -p udp -j REJECT --reject-with icmp-host-prohibited", "traceroute mail")
add("traceroute", "gate: iptables -A FORWARD -p udp -j REJECT --reject-with icmp-net-unreachable", "traceroute -n mail", "traceroute -I -n mail")
add("traceroute", "gate: iptables -A FORWARD -p udp -j REJECT --reject-with icmp-net-prohibited", "traceroute -n mail")
add("traceroute", "gate: iptables -A FORWARD -p udp -j REJECT --reject-with icmp-host-unreachable", "traceroute -n mail")
add("traceroute", "mail: iptables -A INPUT -p udp -j REJECT --reject-with icmp-proto-unreachable", "traceroute -n mail")
add("traceroute", "gate: ip route add unreachable 203.0.113.25/32", "traceroute -n mail")
add("traceroute", "mail: iptables -A INPUT -p tcp --dport 80 -j DROP", "traceroute -T -n -w 1 -m 3 mail", "traceroute -T -p 25 -n mail")
add("traceroute", "ip route del default", "traceroute mail")
add("traceroute", "iptables -A OUTPUT -p udp -j DROP", "traceroute -n mail")

# ---- sysctl
for line in (
    "sysctl net.ipv4.ip_forward", "sysctl net/ipv4/ip_forward", "sysctl -n net.ipv4.ip_forward", "sysctl -N net.ipv4.ip_forward", "sysctl -e net.ipv4.nosuch", "sysctl net.ipv4.nosuch", "sysctl -q net.ipv4.ip_forward", "sysctl -b net.ipv4.ip_forward | od -c", "sysctl", "sysctl -Z", "sysctl --nonsense", "sysctl -V", "sysctl -h | head -8", "sysctl net.ipv4.conf.eth0.rp_filter net.ipv4.ip_forward", "sysctl net.ipv4.ip_local_port_range",
    "sysctl net.ipv4.ip_forward net.nosuch.x net.ipv4.ip_default_ttl; echo $?", "sysctl -a -r 'net.ipv4.ip_(forward|default_ttl)$'", "sysctl -ar ip_default_ttl", "sysctl -a --pattern '^net.ipv4.icmp_echo'", "sysctl -N -a -r ip_default_ttl", "sysctl -an -r ip_default_ttl", "sysctl --all --pattern=nosuch", "sysctl -r rp_filter net.ipv4.conf.eth0", "sysctl net.ipv4.icmp_ratelimit", "sysctl -w", "sysctl -w net.ipv4.ip_forward", "sysctl -w net.ipv4.ip_forward=1", "sysctl net.ipv4.ip_forward=1", "sysctl -w net.ipv4.ip_forward = 1", "sysctl -w 'net.ipv4.ip_forward = 1'", "sysctl -nw net.ipv4.ip_forward=1", "sysctl -qw net.ipv4.ip_forward=1; cat /proc/sys/net/ipv4/ip_forward", "sysctl -Nw net.ipv4.ip_forward=1", "sysctl -w net.ipv4.nosuch=1", "sysctl -ew net.ipv4.nosuch=1", "sysctl -w net.ipv4.ip_forward=x", "sysctl -w net.ipv4.ip_forward=", "sysctl -w =1", "sysctl -w net/ipv4/ip_forward=1", "sysctl -w net.ipv4.ip_default_ttl=300", "sysctl -w net.ipv4.ip_default_ttl=77 net.ipv4.ip_forward=1; sysctl net.ipv4.ip_default_ttl",
    "sysctl -w net.ipv4.ip_local_port_range='2000 3000'; sysctl net.ipv4.ip_local_port_range", "sysctl -w net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=2; sysctl net.ipv4.conf.eth0.rp_filter", "sysctl -w kernel.ostype=x", "sysctl -w kernel.osrelease=x; echo $?", "halo~nobody: sysctl -w net.ipv4.ip_forward=1", "halo~nobody: sysctl net.ipv4.ip_forward", "halo~nobody: sysctl -n net.ipv4.ip_forward",
    "sysctl -p /tmp/nosuch.conf", "printf '# c\\n; d\\n\\nnet.ipv4.ip_forward = 1\\nnet.ipv4.nosuch=2\\n-net.ipv4.nosuch2=3\\nnonsense\\nnet/ipv4/ip_default_ttl=65\\n' > /tmp/s1.conf; sysctl -p /tmp/s1.conf; echo $?; rm /tmp/s1.conf", "printf 'net.ipv4.ip_forward=1\\n' > /tmp/s2.conf; sysctl -q -p /tmp/s2.conf; sysctl -n net.ipv4.ip_forward; sysctl --load=/tmp/s2.conf; rm /tmp/s2.conf", "printf 'net.ipv4.ip_forward=1\\n' | sysctl -p -", "printf 'net.ipv4.nosuch=1\\n' > /tmp/s3.conf; sysctl -e -p /tmp/s3.conf; echo $?; rm /tmp/s3.conf", "printf 'net.ipv4.ip_forward=1\\n' > /tmp/s4.conf; printf 'net.ipv4.ip_default_ttl=70\\n' > /tmp/s5.conf; sysctl -p /tmp/s4.conf /tmp/s5.conf; rm /tmp/s4.conf /tmp/s5.conf", "printf '  net.ipv4.ip_forward   =   1   \\n' > /tmp/s6.conf; sysctl -p /tmp/s6.conf; rm /tmp/s6.conf",
    "echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward; sysctl net.ipv4.conf.all.forwarding", "cat /proc/sys/net/ipv4/conf/eth0/rp_filter", "sysctl -n net.ipv4.ip_forward net.ipv4.ip_default_ttl", "sysctl net.ipv4.tcp_syncookies net.ipv4.icmp_echo_ignore_broadcasts net.ipv4.conf.all.accept_source_route net.ipv4.conf.all.log_martians", "sysctl ''", "sysctl -w net.ipv4.conf.all.forwarding=1; sysctl net.ipv4.ip_forward", "sysctl -n -e net.ipv4.nosuch net.ipv4.ip_forward", "sysctl kernel.hostname", "sysctl -w kernel.hostname=x.example.org; hostname", "sysctl -a 2>/dev/null | grep -c '^net.ipv4.conf.eth0.rp_filter = '", "sysctl -X -r ip_default_ttl", "sysctl -A -r ip_default_ttl", "sysctl --values net.ipv4.ip_forward", "sysctl --names net.ipv4.ip_forward", "sysctl --write net.ipv4.ip_forward=1", "sysctl --quiet net.ipv4.ip_forward=1", "sysctl --ignore net.ipv4.nosuch", "sysctl -w net.ipv4.tcp_syncookies=3", "sysctl -w net.ipv4.tcp_syncookies=-1", "sysctl -w net.ipv4.ip_forward=5; sysctl net.ipv4.ip_forward", "sysctl -w net.ipv4.conf.eth0.rp_filter=9; sysctl net.ipv4.conf.eth0.rp_filter", "sysctl -w net.ipv4.icmp_ratemask=1", "sysctl net.ipv4.icmp_ratemask", "sysctl net.ipv4.tcp_fin_timeout",
):
    add("sysctl", line)
add("sysctl", "mail: sysctl -w net.ipv4.icmp_echo_ignore_all=1", "ping -c 1 -W 1 -q mail >/dev/null; echo $?", "mail: sysctl -w net.ipv4.icmp_echo_ignore_all=0", "ping -c 1 -W 1 -q mail >/dev/null; echo $?")
add("sysctl", "gate: sysctl -w net.ipv4.ip_forward=0", "ping -c 1 -W 1 -q mail >/dev/null; echo $?", "gate: sysctl -w net.ipv4.ip_forward=1", "ping -c 1 -W 1 -q mail >/dev/null; echo $?")
