-- 0056: a draft of each tenant that was tried on a device.
INSERT INTO flux.preview (tenant_id, device_id, body, notes, asked_by)
SELECT t, 5 * t - 1, '{}', '', t FROM generate_series(1, 200) t;
