/*
 * format.h - the formats that a body may come in.
 *
 * A decoder turns bytes into items.  It knows neither database nor roster nor
 * HTTP: what is wrong with one item is noted on it, and only what is wrong
 * with the whole body is an error: ERR_INPUT, ERR_TOO_BIG, and ERR_FORBIDDEN
 * when it names another tenant.
 *
 * The address or ?format= names a format; else the body tells, by the members
 * of its first object, in the order of this table: the first format all of
 * whose signs are there takes it.  One look decides, and it ends at the first
 * decisive name.  The numbers stand in the ledger and are never used again.
 */
#ifndef INTAKE_FORMAT_H
#define INTAKE_FORMAT_H

#include "base/buf.h"

struct intake;

typedef struct err *decode_fn(struct intake *, struct bytes body);

/* clang-format off */
#define FORMATS(F) \
/* no, name, decoder, signs: members of the first object; []: an array */ \
F(1,  native,      decode_native,      "readings", NULL) \
F(9,  telegraf_batch, decode_telegraf_batch, "metrics[]", NULL) \
F(10, telegraf,    decode_telegraf,    "fields", "name") \
F(4,  rutos_old,   decode_rutos,       "ID", "VR") \
F(11, ocpp16,      decode_ocpp,        "meterValue", "connectorId") \
F(12, ocpp201,     decode_ocpp,        "meterValue", "evseId") \
F(12, ocpp201,     decode_ocpp,        "eventType", "transactionInfo") \
F(13, chirpstack,  decode_chirpstack,  "deviceInfo", NULL) \
F(14, tts,         decode_tts,         "end_device_ids", NULL) \
F(15, milesight,   decode_milesight,   "devEUI", "fCnt") \
F(16, neuron,      decode_neuron,      "node", "group") \
F(5,  contract,    decode_contract,    "schema_version", "machine_id") \
F(7,  measurement, decode_measurement, "measurement", "device_id") \
F(6,  fleet,       decode_fleet,       NULL, NULL) \
F(18, tb,          decode_tb,          NULL, NULL) \
F(3,  rutos,       decode_rutos,       NULL, NULL) \
F(2,  flat,        decode_flat,        NULL, NULL) \
F(19, block,       decode_edge,        NULL, NULL) \
F(8,  line,        decode_line,        NULL, NULL)
/* clang-format on */

/* Numbers of what is no format: how a batch came that nobody posted. */
enum { FORMAT_REPLAY = 30, FORMAT_POLLER, FORMAT_IMPORT };

struct format {
	int number;
	const char *name;
	decode_fn *decode;
	const char *sign[2]; /* NULL: not told by a member's name */
};

#define F(number, name, decode, a, b) decode_fn decode;
FORMATS(F)
#undef F

/* NULL: there is none of that name, or number. */
const struct format *format_named(const char *name);
const struct format *format_numbered(int number);

/* What the body tells; never NULL, for what nobody knows is flat. */
const struct format *format_of(struct intake *, struct bytes body);

#endif
