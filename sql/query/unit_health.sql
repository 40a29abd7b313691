-- name: unit_health  (tenant, device) -> at, answers, exceptions, garbage, corrupt, silent, down, missed, answer_ms, p99_ms, offline, busy, load, waiting, most_words, holes, remark
-- roles: fl_page fl_api
-- How a device answered the poller for two days, and what was said last; no
-- row: the poller said nothing of it.
WITH h AS (
	SELECT hour, at, answers, exceptions, garbage, corrupt, silent, down,
	       missed, answer_ms, p99_ms, offline, busy, load, waiting,
	       most_words, holes, remark
	  FROM flux.unit_health
	 WHERE tenant_id = $1 AND device_id = $2
	   AND hour > now() - interval '48 h'
	 ORDER BY hour DESC
	 LIMIT 49
)
SELECT l.at, s.answers, x.codes, s.garbage, s.corrupt, s.silent,
       s.down, s.missed, s.answer_ms, l.p99_ms, l.offline, l.busy, l.load,
       l.waiting, l.most_words, l.holes, l.remark
  FROM (SELECT at, p99_ms, offline, busy, load, waiting, most_words, holes,
               remark
          FROM h ORDER BY hour DESC LIMIT 1) l,
       (SELECT sum(answers)::bigint AS answers,
               sum(garbage)::bigint AS garbage,
               sum(corrupt)::bigint AS corrupt,
               sum(silent)::bigint AS silent, sum(down)::bigint AS down,
               sum(missed)::bigint AS missed, sum(answer_ms) AS answer_ms
          FROM h) s,
       (SELECT coalesce(array_agg(c.n ORDER BY c.i), '{}')::text AS codes
          FROM (SELECT v.i, sum(v.n)::bigint AS n
                  FROM h, unnest(h.exceptions) WITH ORDINALITY AS v (n, i)
                 GROUP BY v.i) c) x;
