"""A server that answers by a table: {"name", "port", "address"?, "greeting"?, "replies": [[PREFIX, REPLY]…], "default"?}.

A REPLY is lines joined by LF (sent with CR LF), "" no answer; one that begins with "!" is sent and the connection closed.
A reply "354…" takes lines up to "."; the reply to them is that of ".". With "udp" it is a name server that knows no name
(a query without question is a format error, garbage is ignored).
"""

import json
import socket
import sys
import threading


def names(script):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((script["address"], script["udp"]))
    print("ready", flush=True)
    while True:
        query, client = server.recvfrom(512)
        if len(query) < 12:
            continue
        if len(query) < 17:
            server.sendto(query[:2] + bytes([0x80, 0x81]) + bytes(8), client)
            continue
        if 0 not in query[12:-4]:
            continue
        server.sendto(query[:2] + bytes([0x84 | query[2] & 1, 0x83]) + query[4:6] + bytes(6) + question(query), client)


def question(query):
    """The question section; an additional record of the query is not repeated."""
    at = 12
    while query[at]:
        at += query[at] + 1
    return query[12:at + 5]


def serve(client, script):
    def say(reply):
        text = reply.lstrip("!")
        if text:
            client.sendall("".join(line + "\r\n" for line in text.split("\n")).encode())
        return not reply.startswith("!")

    try:
        talk(client, script, say)
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    client.close()


def talk(client, script, say):
    if not say(script.get("greeting", "")):
        return
    in_data = False
    for raw in client.makefile("rb"):
        line = raw.decode().rstrip("\r\n")
        if in_data and line != ".":
            continue
        reply = next((reply for prefix, reply in script["replies"] if line.upper().startswith(prefix)), script.get("default", ""))
        in_data = reply.startswith("354")
        if not say(reply):
            break


def main():
    script = json.loads(sys.argv[-1])
    if "udp" in script:
        return names(script)
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((script.get("address", "0.0.0.0"), script["port"]))
    server.listen(100)
    print("ready", flush=True)
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, script), daemon=True).start()


main()
