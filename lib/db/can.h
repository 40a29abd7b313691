/*
 * can.h - permissions: what a principal may do, as words and as bits.
 *
 * The list is that of ctx.permission() in the database, in the same order; a
 * permission is a bit of a set, and sets travel in the signed context.  A set
 * can only come from a gate.
 */
#ifndef DB_CAN_H
#define DB_CAN_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define PERMISSIONS(P)                              \
	P(TELEMETRY_READ,     "telemetry:read")     \
	P(TELEMETRY_WRITE,    "telemetry:write")    \
	P(DEVICES_READ,       "devices:read")       \
	P(ALERTS_READ,        "alerts:read")        \
	P(ALERTS_ACKNOWLEDGE, "alerts:acknowledge") \
	P(ALERTS_WRITE,       "alerts:write")       \
	P(DEVICES_WRITE,      "devices:write")      \
	P(DEVICES_ENROLL,     "devices:enroll")     \
	P(COMMANDS_SEND,      "commands:send")      \
	P(COMMANDS_APPROVE,   "commands:approve")   \
	P(WORK_READ,          "work:read")          \
	P(WORK_WRITE,         "work:write")         \
	P(EXPORTS_READ,       "exports:read")       \
	P(USERS_READ,         "users:read")         \
	P(USERS_WRITE,        "users:write")        \
	P(ROLES_WRITE,        "roles:write")        \
	P(KEYS_READ,          "keys:read")          \
	P(KEYS_WRITE,         "keys:write")         \
	P(AUDIT_READ,         "audit:read")         \
	P(AUDIT_EXPORT,       "audit:export")       \
	P(DEBUG_READ,         "debug:read")         \
	P(SETTINGS_READ,      "settings:read")      \
	P(SETTINGS_WRITE,     "settings:write")     \
	P(QUOTA_READ,         "quota:read")         \
	P(TENANT_EXPORT,      "tenant:export")      \
	P(TENANT_DELETE,      "tenant:delete")      \
	P(TENANTS_MANAGE,     "tenants:manage")
/* clang-format on */

/* One more than the bit, so that 0 is none. */
enum can {
	CAN_NOTHING,
#define P(name, word) CAN_##name,
	PERMISSIONS(P)
#undef P
	    CAN_END
};

/* Whether the set holds it; CAN_NOTHING is in every set. */
bool can_has(uint64_t set, enum can);

/* "telemetry:read"; "-" for CAN_NOTHING. */
const char *can_name(enum can);

#endif
