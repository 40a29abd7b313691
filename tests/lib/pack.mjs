// pack.mjs - a tenant's fresh readings into chunks, now instead of in some
// minutes.  Each slice of fresh becomes a chunk as it is, so what lies there
// must be of one UTC day a sensor; what is packed already stays.
import { sql, waitFor } from './flux.mjs';

export async function pack(plant) {
	await plant.derived();
	await sql('super', `BEGIN;
		SELECT FROM flux.tenant WHERE tenant_id = ${plant.id} FOR UPDATE;
		INSERT INTO flux.packing (tenant_id) VALUES (${plant.id})
		    ON CONFLICT DO NOTHING;
		SELECT FROM flux.packing WHERE tenant_id = ${plant.id} FOR UPDATE;
		SELECT flux.partition_chunk(array_agg(t_min)) FROM flux.fresh
		 WHERE tenant_id = ${plant.id};
		WITH gone AS (DELETE FROM flux.fresh f
		     WHERE f.tenant_id = ${plant.id} RETURNING f.*)
		INSERT INTO flux.chunk (tenant_id, sensor_id, t_min, t_max, n, run)
		SELECT g.tenant_id, g.sensor[i], r.first, r.last, r.n, r.run
		  FROM gone g, generate_subscripts(g.sensor, 1) i,
		       LATERAL (SELECT min(time) AS first, max(time) AS last,
		                count(*) AS n, b.run
		           FROM (SELECT substring(g.block FROM g.offset_[i] + 1
		                FOR g.offset_[i + 1] - g.offset_[i]) AS run) b,
		                codec.flux_run(b.run) GROUP BY b.run) r;
		COMMIT`);
}

// Until the rollups have everything: retention waits for them.
export async function rolled(plant) {
	if (await sql('super', `SELECT to_regclass('flux.rolled')`) === '')
		return;
	await waitFor(async () => await sql('super', `SELECT NOT EXISTS (
		SELECT FROM flux.latest_value l WHERE l.tenant_id = ${plant.id}
		   AND l.sensor_id IN (SELECT sensor_id FROM flux.sensor)
		   AND NOT EXISTS (SELECT FROM flux.rolled r,
		           unnest(r.sensor, r.upto) AS u (sensor, upto)
		     WHERE r.tenant_id = l.tenant_id AND u.sensor = l.sensor_id
		       AND u.upto >= l.time))
		AND NOT EXISTS (SELECT FROM flux.mark
		     WHERE tenant_id = ${plant.id})`) === 't', 120000, 200);
}
