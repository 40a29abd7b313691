# A pymodbus server for the tests: the 32 registers of fluxline-float64x8, where
# channel k is k + 0.5, with holes.
#
#	pymodbus_server.py tcp|rtu_tcp PORT UNIT HOLES
#	pymodbus_server.py rtu TTY UNIT HOLES
#
# HOLES is "8,9": registers that are not there; "-": all are.
import asyncio
import struct
import sys

from pymodbus.datastore import (ModbusServerContext, ModbusSlaveContext,
                                ModbusSparseDataBlock)
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer

kind, where, unit, holes = sys.argv[1:5]
words = struct.unpack(">32H", b"".join(struct.pack(">d", k + 0.5)
                                       for k in range(8)))
gone = {int(one) for one in holes.split(",") if one.isdigit()}
block = ModbusSparseDataBlock({i: w for i, w in enumerate(words)
                               if i not in gone})
context = ModbusServerContext(
    slaves={int(unit): ModbusSlaveContext(hr=block, zero_mode=True)},
    single=False)


async def main():
    if kind == "rtu":
        await StartAsyncSerialServer(context=context, framer=ModbusRtuFramer,
                                     port=where, baudrate=9600, timeout=0.005)
    else:
        more = {"framer": ModbusRtuFramer} if kind == "rtu_tcp" else {}
        await StartAsyncTcpServer(context=context,
                                  address=("127.0.0.1", int(where)), **more)


asyncio.run(main())
