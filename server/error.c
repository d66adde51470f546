/* error.c - the error body: both shapes that clients know, in one object. */
#include <stdio.h>

#include "http.h"

#define RETRY_S 1

iv_json *iv_error_json(enum iv_code code, const char *message, const char *details,
                       const char *request_id, int64_t retry_after_s, int64_t now_ms)
{
    iv_json *body = iv_json_object(), *error = iv_json_object();
    const struct iv_code_info *info = iv_code_info(code);

    iv_json_set_str(body, "detail", message);
    iv_json_set_int(body, "status_code", info->http_status);
    iv_json_set_str(error, "code", info->slug);
    iv_json_set_str(error, "message", message);
    iv_json_set_str(error, "details", details);
    iv_json_set_time(error, "timestamp", now_ms);
    iv_json_set_str(error, "request_id", request_id);
    if (retry_after_s >= 0)
        iv_json_set_int(error, "retry_after", retry_after_s);
    iv_json_set(body, "error", error);
    return body;
}

static int64_t retry_after(const struct iv_reply *r, const struct iv_code_info *info)
{
    if (r->retry_after_s > 0)
        return r->retry_after_s;
    return info->http_status == 429 || (info->http_status == 503 && info->retry_helps) ? RETRY_S
                                                                                       : -1;
}

void iv_reply_error(struct iv_reply *r, const struct iv_request *q, enum iv_code code,
                    const struct iv_error *err, int64_t now_ms)
{
    const struct iv_code_info *info = iv_code_info(code);
    int64_t wait_s = retry_after(r, info);

    iv_json_free(r->json);
    r->json = iv_error_json(code, err->text[0] ? err->text : info->meaning,
                            r->details[0] ? r->details : err->text, q->id, wait_s, now_ms);
    r->status = info->http_status;
    r->type = NULL;
    if (wait_s >= 0)
        iv_reply_header(r, "Retry-After", "%lld", (long long)wait_s);
    if (r->status == 401)
        iv_reply_header(r, "WWW-Authenticate", "ApiKey");
}
