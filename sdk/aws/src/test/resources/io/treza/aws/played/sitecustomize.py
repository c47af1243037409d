# vsock is played over TCP: a line says which CID and port are meant.
import os
import socket

Real = socket.socket


class Played(Real):
    def __init__(self, family=socket.AF_INET, *arguments, **named):
        self.played = family == socket.AF_VSOCK
        super().__init__(socket.AF_INET if self.played else family, *arguments, **named)

    def connect(self, address):
        if not self.played:
            return super().connect(address)
        super().connect(("127.0.0.1", int(os.environ["PLAYED_VSOCK"])))
        self.sendall(b"%d %d\n" % address)


socket.socket = Played
