# pymodbus as a poller, for the bench: DEVICES of slaves.c at PORT, 20
# registers of each a second, each in a task of its own that keeps its beat.
import asyncio
import os
import random

from pymodbus.client import AsyncModbusTcpClient

PORT = int(os.environ["PORT"])
DEVICES = int(os.environ["DEVICES"])


async def poll(i):
    host = f"127.77.{(i + 1) >> 8}.{(i + 1) & 255}"
    client = AsyncModbusTcpClient(host, port=PORT, timeout=0.5)
    await client.connect()
    loop = asyncio.get_running_loop()
    due = loop.time() + random.random()
    while True:
        await asyncio.sleep(due - loop.time())
        await client.read_holding_registers(0, 20, slave=1)
        due += 1


async def main():
    await asyncio.gather(*(poll(i) for i in range(DEVICES)))


asyncio.run(main())
