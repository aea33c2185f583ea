"""A listening port whose connections are handed to a callback, from a thread of its own."""
import socket
import threading

from harness.ports import free_port


class Acceptor:
    def __init__(self, accepted):
        self.port = free_port()
        self._accepted = accepted
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        # Wakes the accepting thread, which plain close() would leave waiting.
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def _accept(self):
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._accepted(accepted)
