#!/usr/bin/env python3
"""Sends readings to Fluxline from a Raspberry Pi, or whatever runs Python 3.

What is measured is written down first, so that nothing is lost while the
network or the power is away, and is sent in numbered batches: a batch whose
answer got lost is sent once more and counts once.

    FLUX_URL     https://HOST:8443
    FLUX_KEY     the key of this gateway or device
    FLUX_CA      file of our authority; none: our certificate is a public one's
    FLUX_DEVICE  key of the device, FLUX_SENSOR of its sensor
    FLUX_FILE    what is measured: a file with a number (the temperature of the
                 processor), FLUX_SCALE how much 1 of it is (0.001)
    FLUX_EVERY   seconds between two readings (10)
    FLUX_SPOOL   where readings wait (fluxline.db)
"""
import json
import os
import random
import secrets
import sqlite3
import ssl
import threading
import time
import urllib.error
import urllib.request

BATCH = 500          # readings
KEEP = 1000000       # readings that wait; the oldest go first
LONGEST_WAIT = 60.0  # seconds between two attempts, but for Retry-After
NEVER = (400, 413, 422)  # the same body will not be taken later either


class Spool:
    """Readings that wait, in a file; each thread opens its own."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, timeout=30)
        self.db.executescript("""
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS reading (
                n INTEGER PRIMARY KEY, body TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS batch (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS place (
                file TEXT PRIMARY KEY, at INTEGER NOT NULL);
            CREATE TABLE IF NOT EXISTS own (one INTEGER PRIMARY KEY, id TEXT);
            """)
        # A new spool counts from 1 again, and under another name.
        with self.db:
            self.db.execute("INSERT OR IGNORE INTO own VALUES (1, ?)",
                            (secrets.token_hex(4),))
        self.id = self.db.execute("SELECT id FROM own").fetchone()[0]

    def put(self, readings):
        """Inside of `with spool.db:`, or it is not written down."""
        self.db.executemany("INSERT INTO reading (body) VALUES (?)",
                            [(json.dumps(r),) for r in readings])
        self.db.execute("DELETE FROM reading WHERE n <= "
                        "(SELECT max(n) FROM reading) - ?", (KEEP,))

    def batch(self):
        """The oldest batch, (number, readings); once made it stays as it is."""
        with self.db:
            found = self.db.execute(
                "SELECT seq, body FROM batch ORDER BY seq LIMIT 1").fetchone()
            if found:
                return found
            rows = self.db.execute("SELECT n, body FROM reading ORDER BY n "
                                   "LIMIT ?", (BATCH,)).fetchall()
            if not rows:
                return None
            body = "[" + ",".join(r[1] for r in rows) + "]"
            self.db.execute("DELETE FROM reading WHERE n <= ?", (rows[-1][0],))
            seq = self.db.execute("INSERT INTO batch (body) VALUES (?)",
                                  (body,)).lastrowid
        return seq, body

    def done(self, seq):
        with self.db:
            self.db.execute("DELETE FROM batch WHERE seq = ?", (seq,))


class Sender:
    def __init__(self, url, key, name, spool, ca=None):
        self.url, self.key = url + "/api/v1/ingest", key
        self.name, self.spool = name, spool
        self.tls = ssl.create_default_context(cafile=ca or None)
        self.failed = 0

    def post(self, seq, readings):
        """The status of the answer, 0 if none came, and its Retry-After."""
        request = urllib.request.Request(
            self.url, ('{"readings":%s}' % readings).encode(),
            {"X-API-Key": self.key, "Content-Type": "application/json",
             "Idempotency-Key": "%s-%s-%d" % (self.name, self.spool.id, seq)})
        try:
            with urllib.request.urlopen(request, timeout=30,
                                        context=self.tls) as answer:
                said = json.load(answer)
                for one in said.get("rejected", []):
                    print("refused:", one.get("place"), one.get("code"),
                          flush=True)
                return answer.status, None
        except urllib.error.HTTPError as e:
            print("answer", e.code, e.read(200).decode(errors="replace"),
                  flush=True)
            return e.code, e.headers.get("Retry-After")
        except (OSError, ValueError, urllib.error.URLError) as e:
            print("no answer:", e, flush=True)
            return 0, None

    def step(self):
        """Send a batch if there is one; how long to wait before the next."""
        found = self.spool.batch()
        if not found:
            return 0.2
        status, after = self.post(*found)
        if 200 <= status < 300 or status in NEVER:
            self.spool.done(found[0])
            self.failed = 0
            return 0
        self.failed += 1
        if after and after.isdigit():
            return float(after) + random.random()
        return min(LONGEST_WAIT, 2.0 ** self.failed) * random.uniform(0.5, 1)


def start(name):
    """Send what waits, for ever, beside what measures; its spool."""
    path = os.environ.get("FLUX_SPOOL", "fluxline.db")

    def run():
        sender = Sender(os.environ["FLUX_URL"], os.environ["FLUX_KEY"], name,
                        Spool(path), os.environ.get("FLUX_CA"))
        while True:
            time.sleep(sender.step())

    threading.Thread(target=run, daemon=True).start()
    return Spool(path)


def main():
    device, sensor = os.environ["FLUX_DEVICE"], os.environ["FLUX_SENSOR"]
    file = os.environ.get("FLUX_FILE", "/sys/class/thermal/thermal_zone0/temp")
    scale = float(os.environ.get("FLUX_SCALE", "0.001"))
    every = float(os.environ.get("FLUX_EVERY", "10"))
    spool = start(device)

    while True:
        with open(file, encoding="ascii") as f:
            value = float(f.read()) * scale
        with spool.db:
            spool.put([{"device": device, "ts": int(time.time() * 1000),
                        "values": {sensor: value}}])
        time.sleep(every - time.time() % every)


if __name__ == "__main__":
    main()
