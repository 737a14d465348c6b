/* account_json.h - an account as JSON, and back. */
#ifndef TOOL_ACCOUNT_JSON_H
#define TOOL_ACCOUNT_JSON_H

#include "account.h"

#include <jansson.h>

#define ACCOUNT_SCHEMA "ashlar.snap/1"

/* Put all members into the object: ashlar-asnap(5) tells them. */
void account_to_json(const struct account *account, json_t *object);

/* The reverse.  Members that are missing or of another type are taken as 0 or empty, so that a
 * later version may leave some out; false if it is no such object at all. */
bool account_from_json(json_t *object, struct account *account);

#endif
