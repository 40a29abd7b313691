# 0050.sh - how finely an agent tells; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
refuses "an agent says it of a device of its own tenant, and of no other" \
    fl_ingest "$key SELECT flux.quality_put(31, 'basic', 64);
     SELECT flux.quality_put(36, 'basic', 64);
     SELECT flux.quality_put(31, 'best', 64)" '^7~1~0~0~$'
refuses "what leaves a gateway that thins is not thinned any more" super \
    "$key SELECT flux.quality_put(31, 'basic', 64);
     UPDATE flux.device SET gateway_id = 31, modbus_transport = 'tcp',
            modbus_host = 'x', modbus_port = 502, modbus_unit = 1
      WHERE tenant_id = 7 AND device_id = 33;
     SELECT flux.quality_put(31, 'minimal', 64);
     SELECT quality, uplink_kbit FROM flux.device WHERE device_id = 33;
     UPDATE flux.device SET gateway_id = gateway_id, name = 'same'
      WHERE device_id = 33;
     SELECT quality FROM flux.device WHERE device_id = 33;
     UPDATE flux.device SET gateway_id = NULL, mode = 'direct'
      WHERE device_id = 33;
     SELECT quality, quality_since, uplink_kbit FROM flux.device
      WHERE device_id = 33; ROLLBACK" '^7~1~1~minimal\|64~minimal~full\|\|~$'
refuses "a page says nothing of it" fl_page \
    "$session SELECT flux.quality_put(31, 'basic', 64)" \
    "$denied for function quality_put"
refuses "nor does the poller of the cell" fl_poller \
    "$poller SELECT flux.quality_put(31, 'basic', 64)" \
    "$denied for function quality_put"
