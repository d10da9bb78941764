"""A proxy that cuts connections anywhere, in either direction, or lets none
through for a while. It stands before a TCP port or before a local socket.
"""

import asyncio
import socket
import struct
import threading

from kratt import PATIENCE

MOST_BEFORE_CUT = 3000  # bytes that may still pass
NO_LINGER = struct.pack("ii", 1, 0)  # the end is a RST, not a FIN


class Link:
    """A connection through the proxy. left: bytes that may still pass, or None."""

    def __init__(self, writers, random):
        self.writers = writers
        self.random = random
        self.left = None

    def doom(self):
        self.left = self.random.randrange(MOST_BEFORE_CUT)

    def cut(self):
        abruptly = self.random.random() < 0.5
        for writer in self.writers:
            sock = writer.get_extra_info("socket")
            if abruptly and sock.fileno() != -1:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            writer.close()

    async def pump(self, reader, writer):
        while data := await reader.read(65536):
            allowed = data if self.left is None else data[:self.left]
            writer.write(allowed)
            await writer.drain()
            if self.left is not None:
                self.left -= len(allowed)
            if len(allowed) < len(data):
                return


class CuttingProxy:
    """Leads to target: host and port, or the path of a local socket, which it
    stands before at path. One thread runs all."""

    def __init__(self, target, random, path=None):
        self.target = target
        self.random = random
        self.links = set()
        self.cutting = False
        self.parted = False
        self.opened = 0
        self.cuts = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        if path:
            self.server = self._call(asyncio.start_unix_server(self._serve, path))
        else:
            self.server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    def _call(self, what):
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(PATIENCE)

    async def _connect(self):
        if self.parted:
            raise ConnectionRefusedError
        if isinstance(self.target, tuple):
            return await asyncio.open_connection(*self.target)
        return await asyncio.open_unix_connection(self.target)

    async def _serve(self, reader, writer):
        try:
            there = await self._connect()
        except OSError:
            writer.close()
            return
        self.opened += 1
        link = Link((writer, there[1]), self.random)
        if self.cutting:
            link.doom()
        self.links.add(link)
        try:
            await self._carry(link, (reader, writer), there)
        except asyncio.CancelledError:
            pass  # stop(); a server's task that ends so would be told as an error
        finally:
            self.links.discard(link)
            self.cuts += link.left is not None
            link.cut()

    async def _carry(self, link, here, there):
        """Until the first direction ends: HTTP has no half-closed ones here."""
        pumps = [asyncio.ensure_future(link.pump(here[0], there[1])),
                 asyncio.ensure_future(link.pump(there[0], here[1]))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    def begin_cutting(self):
        """From now on each connection, old or new, ends after some bytes."""
        self._call(self._begin_cutting())

    async def _begin_cutting(self):
        self.cutting = True
        for link in self.links:
            link.doom()

    def end_cutting(self):
        """Those that have not ended yet may live."""
        self._call(self._end_cutting())

    async def _end_cutting(self):
        self.cutting = False
        for link in self.links:
            link.left = None

    def part(self):
        """Ends all connections; none is let through until join()."""
        self._call(self._part())

    async def _part(self):
        self.parted = True
        for link in self.links:
            link.left = 0
            link.cut()

    def join(self):
        self._call(self._join())

    async def _join(self):
        self.parted = False

    def stop(self):
        self._call(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)

    async def _stop(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
