"""DuckDB's side of the benchmark: a full outer join of the two sides' Parquet files, which writes what differs to a third. Prints time (ns) and memory (bytes) as JSON."""

import json
import os
import resource
import sys
import time

import duckdb

folder, threads = sys.argv[1], int(sys.argv[2])
db = duckdb.connect()
db.execute(f"SET threads={threads}")
db.execute("SET enable_progress_bar=false")
for side in ("source", "target"):  # made once, sorted as our snapshots are
    if not os.path.exists(f"{folder}/{side}.parquet"):
        db.execute(
            f"COPY (SELECT * FROM read_json('{folder}/{side}.ndjson', format='newline_delimited') ORDER BY name) "
            f"TO '{folder}/{side}.parquet.part' (FORMAT parquet, COMPRESSION zstd)"
        )
        os.rename(f"{folder}/{side}.parquet.part", f"{folder}/{side}.parquet")
columns = [c[0] for c in db.execute(f"DESCRIBE SELECT * FROM '{folder}/source.parquet'").fetchall() if c[0] != "name"]
differ = " OR ".join(f"s.{c} IS DISTINCT FROM t.{c}" for c in columns)

before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter_ns()
db.execute(
    f"COPY (SELECT s, t FROM '{folder}/source.parquet' s FULL OUTER JOIN '{folder}/target.parquet' t ON s.name = t.name "
    f"WHERE s.name IS NULL OR t.name IS NULL OR {differ}) TO '{folder}/changes.parquet' (FORMAT parquet, COMPRESSION zstd)"
)
wall, after = time.perf_counter_ns() - start, resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
changes = db.execute(f"SELECT count(*) FROM '{folder}/changes.parquet'").fetchone()[0]
assert changes > 0
print(json.dumps({"wall": wall, "cpu": int(cpu * 1e9), "peak": (after.ru_maxrss - before.ru_maxrss) * 1024, "note": f"{changes} changes"}))
