/* page/openapi.h - the API described: OpenAPI 3.0.3 from the tables that the server dispatches and validates by.
 *
 * Why:     a document that is written by hand says something else than the program after a month.
 * How:     routes.def and schemas.def give paths, bodies and replies, iv/code.def the errors, iv/messages.def the WebSocket. The target
 *          `generate` writes docs/openapi.json, which the binary carries; test `generated` compares.
 * Owns:    the caller owns the tree.
 * Threads: [any].
 * Errors:  NULL without memory.
 */
#ifndef IV_SERVER_OPENAPI_H
#define IV_SERVER_OPENAPI_H

#include "iv/json.h"

iv_json *iv_openapi(void);

/* openapi_parts.c */
iv_json *iv_openapi_ref(const char *kind,
                        const char *name); /* {"$ref": "#/components/KIND/NAME"} */
iv_json *iv_openapi_components(void);
iv_json *iv_openapi_field(const void *schema_field); /* a field of schemas.def as a schema */
/* openapi_socket.c */
iv_json *iv_openapi_socket(void); /* the path of the WebSocket */
void iv_openapi_messages(iv_json *schemas); /* a schema for each message */

#endif
