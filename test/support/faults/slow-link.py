"""A link of so many bytes a second from a server to its clients, with a receive window that is small. Usage: slow-link.py
HOST PORT RATE. Prints its own port; a line on its input makes it as fast as it can be, the end of it ends it."""

import os
import socket
import sys
import threading
import time

WINDOW = 2048
TICKS = 8

host, port, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
fast = threading.Event()


def down(server, client):
    try:
        while True:
            if fast.is_set():
                server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            else:
                time.sleep(1 / TICKS)
            chunk = server.recv(65536 if fast.is_set() else rate // TICKS)
            if not chunk:
                break
            client.sendall(chunk)
    except OSError:
        pass
    for each in (server, client):
        each.close()


def up(client, server):
    try:
        while chunk := client.recv(65536):
            server.sendall(chunk)
        server.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def accept(listener):
    while True:
        client, _ = listener.accept()
        server = socket.socket()
        # Before it connects: it is what the window begins with.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        server.connect((host, port))
        for work in ((down, server, client), (up, client, server)):
            threading.Thread(target=work[0], args=work[1:], daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
for _line in sys.stdin:
    fast.set()
os._exit(0)
