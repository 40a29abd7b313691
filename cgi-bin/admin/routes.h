/*
 * routes.h - what admin.fcgi answers: the pages on which a tenant's people,
 * keys, devices and settings are kept, and the platform's own.
 *
 * Its role is fl_desk: it reads, and changes nothing but through functions
 * that ask for the permission again.
 */
#ifndef ADMIN_ROUTES_H
#define ADMIN_ROUTES_H

#include "web/web.h"

/* clang-format off */
#define ROUTES(R) \
/* verb  path                             permission          guard  database  handler */ \
R(GET,   "/admin",                        CAN_NOTHING,        PLAIN, TX_READ,  admin_home)              \
R(GET,   "/admin/users",                  CAN_USERS_READ,     PLAIN, TX_READ,  admin_users)             \
R(POST,  "/admin/invitations",            CAN_USERS_WRITE,    FRESH, TX_WRITE, admin_invite)            \
R(POST,  "/admin/users/:id/roles",        CAN_USERS_WRITE,    FRESH, TX_WRITE, admin_user_roles)        \
R(POST,  "/admin/users/:id/suspend",      CAN_USERS_WRITE,    FRESH, TX_WRITE, admin_user_suspend)      \
R(POST,  "/admin/users/:id/resume",       CAN_USERS_WRITE,    FRESH, TX_WRITE, admin_user_resume)       \
R(POST,  "/admin/users/:id/sessions",     CAN_USERS_WRITE,    FRESH, TX_WRITE, admin_user_sessions)     \
R(POST,  "/admin/users/:id/factor",       CAN_USERS_WRITE,    FRESH, TX_WRITE, admin_user_factor)       \
R(POST,  "/admin/users/:id/remove",       CAN_USERS_WRITE,    FRESH, TX_WRITE, admin_user_remove)       \
R(GET,   "/admin/roles",                  CAN_USERS_READ,     PLAIN, TX_READ,  admin_roles)             \
R(POST,  "/admin/roles",                  CAN_ROLES_WRITE,    FRESH, TX_WRITE, admin_role_make)         \
R(POST,  "/admin/roles/:id",              CAN_ROLES_WRITE,    FRESH, TX_WRITE, admin_role_change)       \
R(POST,  "/admin/roles/:id/drop",         CAN_ROLES_WRITE,    FRESH, TX_WRITE, admin_role_drop)         \
R(GET,   "/admin/keys",                   CAN_KEYS_READ,      PLAIN, TX_READ,  admin_keys)              \
R(POST,  "/admin/keys",                   CAN_KEYS_WRITE,     FRESH, TX_WRITE, admin_key_make)          \
R(POST,  "/admin/keys/:id/rotate",        CAN_KEYS_WRITE,     FRESH, TX_WRITE, admin_key_rotate)        \
R(POST,  "/admin/keys/:id/end",           CAN_KEYS_WRITE,     FRESH, TX_WRITE, admin_key_end)           \
R(POST,  "/admin/keys/:id/limits",        CAN_KEYS_WRITE,     FRESH, TX_WRITE, admin_key_limits)        \
R(GET,   "/admin/devices",                CAN_DEVICES_READ,   LOCAL, TX_READ,  admin_devices)           \
R(GET,   "/admin/devices/:key/label",     CAN_DEVICES_ENROLL, PLAIN, TX_READ,  admin_label)             \
R(POST,  "/admin/devices/:key/label",     CAN_DEVICES_ENROLL, FRESH, TX_WRITE, admin_label_make)        \
R(GET,   "/admin/devices/:key/debug",     CAN_DEBUG_READ,     PLAIN, TX_READ,  admin_debug)             \
R(POST,  "/admin/devices/:key/debug",     CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_debug_set)         \
R(GET,   "/admin/certificates",           CAN_KEYS_READ,      PLAIN, TX_READ,  admin_certificates)      \
R(POST,  "/admin/certificates/:id/end",   CAN_KEYS_WRITE,     FRESH, TX_WRITE, admin_certificate_end)   \
R(POST,  "/admin/ca",                     CAN_KEYS_WRITE,     FRESH, TX_WRITE, admin_ca_make)           \
R(GET,   "/claim/:code",                  CAN_DEVICES_ENROLL, PLAIN, TX_READ,  admin_claim)             \
R(POST,  "/claim/:code",                  CAN_DEVICES_ENROLL, PLAIN, TX_WRITE, admin_claim_open)        \
R(GET,   "/admin/audit",                  CAN_AUDIT_READ,     PLAIN, TX_READ,  admin_audit)             \
R(GET,   "/admin/audit/export",           CAN_AUDIT_EXPORT,   PLAIN, TX_WRITE, admin_audit_export)      \
R(GET,   "/admin/quota",                  CAN_QUOTA_READ,     PLAIN, TX_READ,  admin_quota)             \
R(GET,   "/admin/settings",               CAN_SETTINGS_READ,  PLAIN, TX_READ,  admin_settings)          \
R(POST,  "/admin/settings/security",      CAN_SETTINGS_WRITE, FRESH, TX_WRITE, admin_settings_security) \
R(POST,  "/admin/settings/signin",        CAN_SETTINGS_WRITE, FRESH, TX_WRITE, admin_settings_signin)   \
R(POST,  "/admin/settings/cors",          CAN_SETTINGS_WRITE, FRESH, TX_WRITE, admin_settings_cors)     \
R(GET,   "/admin/provider",               CAN_SETTINGS_READ,  PLAIN, TX_READ,  admin_provider)          \
R(POST,  "/admin/provider",               CAN_SETTINGS_WRITE, FRESH, TX_WRITE, admin_provider_put)      \
R(POST,  "/admin/provider/drop",          CAN_SETTINGS_WRITE, FRESH, TX_WRITE, admin_provider_drop)     \
R(GET,   "/admin/tenant",                 CAN_SETTINGS_READ,  PLAIN, TX_READ,  admin_tenant)            \
R(POST,  "/admin/tenant/export",          CAN_TENANT_EXPORT,  FRESH, TX_WRITE, admin_tenant_export)     \
R(GET,   "/admin/tenant/export/:id",      CAN_TENANT_EXPORT,  FRESH, TX_WRITE, admin_tenant_file)       \
R(POST,  "/admin/tenant/delete",          CAN_TENANT_DELETE,  FRESH, TX_WRITE, admin_tenant_delete)     \
/* names that wait, and what they mean */ \
R(GET,   "/admin/waiting",                CAN_DEVICES_READ,   LOCAL, TX_READ,  admin_waiting)           \
R(POST,  "/admin/waiting/adopt",          CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_waiting_adopt)     \
R(POST,  "/admin/waiting/ignore",         CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_waiting_ignore)    \
R(GET,   "/admin/gateways/:key/mapping",  CAN_DEVICES_READ,   LOCAL, TX_READ,  admin_mapping)           \
R(POST,  "/admin/gateways/:key/mapping",  CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_mapping_change)    \
R(POST,  "/admin/gateways/:key/rule",     CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_gateway_rule)      \
/* device profiles */ \
R(GET,   "/admin/profiles",               CAN_DEVICES_READ,   PLAIN, TX_READ,  admin_profiles)          \
R(POST,  "/admin/profiles",               CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_profile_add)       \
R(POST,  "/admin/profiles/sheets",        CAN_DEVICES_WRITE,  PLAIN, TX_READ,  admin_profile_sheets)    \
R(GET,   "/admin/profile",                CAN_DEVICES_READ,   PLAIN, TX_READ,  admin_profile)           \
R(POST,  "/admin/profile",                CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_profile_change)    \
R(GET,   "/admin/words",                  CAN_DEVICES_READ,   LOCAL, TX_READ,  admin_words)             \
R(POST,  "/admin/words",                  CAN_DEBUG_READ,     LOCAL, TX_WRITE, admin_words_ask)         \
R(GET,   "/admin/previews",               CAN_DEBUG_READ,     LOCAL, TX_READ,  admin_previews)          \
R(POST,  "/admin/previews",               CAN_DEBUG_READ,     LOCAL, TX_WRITE, admin_preview_ask)       \
R(GET,   "/admin/previews/:id",           CAN_DEBUG_READ,     LOCAL, TX_READ,  admin_preview)           \
R(POST,  "/admin/previews/:id",           CAN_DEBUG_READ,     LOCAL, TX_WRITE, admin_preview_more)      \
/* simulated devices */ \
R(GET,   "/admin/simulation",             CAN_DEVICES_WRITE,  LOCAL, TX_READ,  admin_simulation)        \
R(GET,   "/admin/simulation/scenario",    CAN_DEVICES_WRITE,  LOCAL, TX_READ,  admin_simulation_scenario) \
/* signed plans of edge agents */ \
R(GET,   "/admin/rollouts",               CAN_DEVICES_READ,   PLAIN, TX_READ,  admin_rollouts)          \
R(POST,  "/admin/rollouts",               CAN_DEVICES_WRITE,  FRESH, TX_WRITE, admin_rollout_make)      \
R(POST,  "/admin/rollouts/:id/pause",     CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_rollout_pause)     \
R(POST,  "/admin/rollouts/:id/resume",    CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_rollout_resume)    \
/* edge agents that are gone */ \
R(POST,  "/admin/gateways/:key/release",  CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_agent_release)     \
/* dead letters */ \
R(GET,   "/admin/letters",                CAN_DEBUG_READ,     LOCAL, TX_READ,  admin_letters)           \
R(GET,   "/admin/letters/:id",            CAN_DEBUG_READ,     LOCAL, TX_READ,  admin_letter)            \
R(POST,  "/admin/letters/replay",         CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_letters_replay)    \
R(POST,  "/admin/letters/drop",           CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, admin_letters_drop)      \
/* imports */ \
R(GET,   "/admin/imports",                CAN_TELEMETRY_WRITE, PLAIN, TX_READ, admin_imports)           \
R(POST,  "/admin/imports",                CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, admin_import_open)      \
R(GET,   "/admin/imports/:id",            CAN_TELEMETRY_WRITE, PLAIN, TX_READ, admin_import)            \
R(POST,  "/admin/imports/:id/dry",        CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, admin_import_dry)       \
R(POST,  "/admin/imports/:id/run",        CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, admin_import_run)       \
R(POST,  "/admin/imports/:id/cancel",     CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, admin_import_cancel)    \
R(POST,  "/admin/imports/:id/invite",     CAN_USERS_WRITE,    FRESH, TX_WRITE, admin_import_invite)     \
R(GET,   "/admin/lists/devices",          CAN_DEVICES_READ,   PLAIN, TX_READ,  admin_list_devices)      \
R(GET,   "/admin/lists/assets",           CAN_DEVICES_READ,   PLAIN, TX_READ,  admin_list_assets)       \
R(GET,   "/admin/lists/users",            CAN_USERS_READ,     FRESH, TX_WRITE, admin_list_users)        \
/* what is believed of a device's sensors, and what it is told */ \
R(GET,   "/admin/devices/:key/rules",     CAN_DEVICES_READ,   LOCAL, TX_READ,  admin_rules)             \
R(POST,  "/admin/devices/:key/rules",     CAN_DEVICES_WRITE,  LOCAL, TX_WRITE, admin_rule_put)          \
R(POST,  "/admin/devices/:key/formula",   CAN_DEVICES_WRITE,  LOCAL, TX_WRITE, admin_formula_put)       \
R(POST,  "/admin/devices/:key/told",      CAN_DEVICES_WRITE,  LOCAL, TX_WRITE, admin_told_put)          \
/* setting up a sender */ \
R(GET,   "/setup",                        CAN_DEVICES_READ,   PLAIN, TX_READ,  admin_setup)             \
R(GET,   "/setup/ca",                     CAN_DEVICES_READ,   PLAIN, TX_READ,  admin_setup_ca)          \
R(POST,  "/setup/:key",                   CAN_KEYS_WRITE,     FRESH, TX_WRITE, admin_setup_key)         \
R(GET,   "/setup/:key/light",             CAN_DEVICES_READ,   PLAIN, TX_READ,  admin_setup_light)       \
/* exchanged meters */ \
R(POST,  "/admin/devices/:key/exchange",  CAN_DEVICES_WRITE,  LOCAL, TX_WRITE, admin_exchange)          \
R(POST,  "/admin/devices/:key/withdraw",  CAN_DEVICES_WRITE,  LOCAL, TX_WRITE, admin_exchange_withdraw) \
/* writing into devices */ \
R(GET,   "/commands",                     CAN_DEVICES_READ,   LOCAL, TX_READ,  admin_commands)          \
R(POST,  "/commands",                     CAN_COMMANDS_SEND,  LOCAL, TX_WRITE, admin_command_ask)       \
R(GET,   "/commands/:id",                 CAN_DEVICES_READ,   LOCAL, TX_READ,  admin_command)           \
R(POST,  "/commands/:id/confirm",         CAN_COMMANDS_SEND,  LOCAL, TX_WRITE, admin_command_confirm)   \
R(POST,  "/commands/:id/approve",         CAN_COMMANDS_APPROVE, LOCAL, TX_WRITE, admin_command_approve) \
R(POST,  "/commands/:id/withdraw",        CAN_COMMANDS_SEND,  LOCAL, TX_WRITE, admin_command_withdraw)  \
/* the platform */ \
R(GET,   "/platform",                     CAN_TENANTS_MANAGE, PLAIN, TX_READ,  admin_platform)          \
R(POST,  "/platform/tenants",             CAN_TENANTS_MANAGE, FRESH, TX_WRITE, admin_platform_make)     \
R(POST,  "/platform/tenants/:id/suspend", CAN_TENANTS_MANAGE, FRESH, TX_WRITE, admin_platform_suspend)  \
R(POST,  "/platform/tenants/:id/resume",  CAN_TENANTS_MANAGE, FRESH, TX_WRITE, admin_platform_resume)
/* clang-format on */

#define R(verb, path, needs, guard, tx, run) handler run;
ROUTES(R)
#undef R

#endif
