/*
 * routes.h - what auth.fcgi answers: signing in, one's own account, and what
 * devices and programs show instead of a password.
 *
 * The program has the two roles fl_desk (behind a session) and fl_auth
 * (req_auth_db, before one), and the keys that open what is sealed.  It is
 * slow on purpose and nobody else waits for it.
 */
#ifndef AUTH_ROUTES_H
#define AUTH_ROUTES_H

#include "web/web.h"

/* clang-format off */
#define ROUTES(R) \
/* verb  path                         permission   guard  database  handler */ \
R(GET,   "/login",                    CAN_NOTHING, PLAIN, TX_NONE,  auth_login)          \
R(POST,  "/login",                    CAN_NOTHING, PLAIN, TX_NONE,  auth_login_post)     \
R(POST,  "/logout",                   CAN_NOTHING, PLAIN, TX_NONE,  auth_logout)         \
R(GET,   "/login/code",               CAN_NOTHING, PLAIN, TX_NONE,  auth_code)           \
R(POST,  "/login/code",               CAN_NOTHING, PLAIN, TX_NONE,  auth_code_post)      \
R(GET,   "/login/factor",             CAN_NOTHING, PLAIN, TX_NONE,  auth_setup)          \
R(POST,  "/login/factor",             CAN_NOTHING, PLAIN, TX_NONE,  auth_setup_post)     \
R(GET,   "/invite/:ticket",           CAN_NOTHING, PLAIN, TX_NONE,  auth_invite)         \
R(POST,  "/invite/:ticket",           CAN_NOTHING, PLAIN, TX_NONE,  auth_invite_post)    \
R(GET,   "/forgot",                   CAN_NOTHING, PLAIN, TX_NONE,  auth_forgot)         \
R(POST,  "/forgot",                   CAN_NOTHING, PLAIN, TX_NONE,  auth_forgot_post)    \
R(GET,   "/reset/:ticket",            CAN_NOTHING, PLAIN, TX_NONE,  auth_reset)          \
R(POST,  "/reset/:ticket",            CAN_NOTHING, PLAIN, TX_NONE,  auth_reset_post)     \
R(GET,   "/oidc/:tenant",             CAN_NOTHING, PLAIN, TX_NONE,  auth_oidc)           \
R(GET,   "/oidc/:tenant/callback",    CAN_NOTHING, PLAIN, TX_NONE,  auth_oidc_back)      \
R(GET,   "/confirm",                  CAN_NOTHING, PLAIN, TX_READ,  auth_confirm)        \
R(POST,  "/confirm",                  CAN_NOTHING, PLAIN, TX_READ,  auth_confirm_post)   \
R(GET,   "/account",                  CAN_NOTHING, PLAIN, TX_READ,  auth_account)        \
R(POST,  "/account/password",         CAN_NOTHING, FRESH, TX_READ,  auth_password)       \
R(POST,  "/account/factor",           CAN_NOTHING, FRESH, TX_WRITE, auth_factor)         \
R(POST,  "/account/factor/confirm",   CAN_NOTHING, PLAIN, TX_WRITE, auth_factor_confirm) \
R(POST,  "/account/factor/remove",    CAN_NOTHING, FRESH, TX_WRITE, auth_factor_remove)  \
R(POST,  "/account/codes",            CAN_NOTHING, FRESH, TX_WRITE, auth_codes)          \
R(POST,  "/account/sessions/:id/end", CAN_NOTHING, PLAIN, TX_WRITE, auth_session_end)    \
R(POST,  "/account/programs/:id/end", CAN_NOTHING, PLAIN, TX_WRITE, auth_program_end)    \
R(POST,  "/api/v1/auth/challenge",    CAN_NOTHING, PLAIN, TX_NONE,  auth_challenge)      \
R(POST,  "/api/v1/auth/device",       CAN_NOTHING, PLAIN, TX_NONE,  auth_device)         \
R(POST,  "/api/v1/auth/refresh",      CAN_NOTHING, PLAIN, TX_NONE,  auth_refresh)        \
R(POST,  "/api/v1/auth/revoke",       CAN_NOTHING, PLAIN, TX_NONE,  auth_revoke)         \
R(POST,  "/api/v1/auth/token",        CAN_NOTHING, PLAIN, TX_NONE,  auth_token)          \
R(POST,  "/api/v1/auth/claim",        CAN_NOTHING, PLAIN, TX_NONE,  auth_claim)          \
R(POST,  "/api/v1/auth/enroll",       CAN_NOTHING, PLAIN, TX_NONE,  auth_enroll)         \
R(POST,  "/api/v1/auth/renew",        CAN_NOTHING, PLAIN, TX_NONE,  auth_renew)          \
R(GET,   "/api/v1/auth/keys",         CAN_NOTHING, PLAIN, TX_NONE,  auth_keys)
/* clang-format on */

#define R(verb, path, needs, guard, tx, run) handler run;
ROUTES(R)
#undef R

#endif
