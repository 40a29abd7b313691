#!/usr/bin/env python3
"""Sends what a SCADA's historian writes into a CSV file to Fluxline.

Each line is TIME,TAG,VALUE and maybe ,UNIT: "2026-11-21T06:00:00Z" with its
zone, "PUMP1.flow_rate", "118.45", "m3/h".  A tag is the device's key, a point
and the sensor's key; other names wait at /admin/waiting to be adopted.  How far
the file was read is written down together with the readings, so that each line
goes once.  A line that cannot be read is said and passed over.

    FLUX_CSV     the file, which grows; one that became shorter begins anew
    FLUX_URL, FLUX_KEY, FLUX_CA, FLUX_SPOOL  as in sender.py, which lies beside
"""
import csv
import os
import time

import sender


def readings(lines):
    for row in csv.reader(lines):
        try:
            device, sensor = row[1].rsplit(".", 1)
            one = {"device": device, "ts": row[0],
                   "values": {sensor: float(row[2])}}
            if len(row) > 3 and row[3]:
                one["units"] = {sensor: row[3]}
        except (IndexError, ValueError):
            print("not understood:", row, flush=True)
            continue
        yield one


def whole_lines(path, at):
    """What was written since, up to its last end of a line; and that place."""
    if os.path.getsize(path) < at:
        at = 0
    with open(path, "rb") as f:
        f.seek(at)
        data = f.read(1 << 20)
    end = data.rfind(b"\n") + 1
    return data[:end].decode("utf-8", "replace").splitlines(), at + end


def main():
    path = os.path.abspath(os.environ["FLUX_CSV"])
    spool = sender.start("scada")

    while True:
        at = spool.db.execute("SELECT at FROM place WHERE file = ?",
                              (path,)).fetchone()
        try:
            lines, to = whole_lines(path, at[0] if at else 0)
        except FileNotFoundError:
            lines = []
        if lines:
            with spool.db:
                spool.put(readings(lines))
                spool.db.execute("INSERT OR REPLACE INTO place VALUES (?, ?)",
                                 (path, to))
        else:
            time.sleep(1)


if __name__ == "__main__":
    main()
