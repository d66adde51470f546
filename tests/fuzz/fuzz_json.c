/* fuzz_json.c - the JSON gate: what it takes prints and reads back equal. */
#include "fuzz.h"
#include "iv/json.h"

#define INPUT_MAX_BYTES (1u << 20)

static void print(const iv_json *j, enum iv_json_style style, struct iv_buf *out)
{
    must(!iv_json_print(j, style, out, NULL), "what was parsed can be printed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iv_buf once = IV_BUF_INIT(16u << 20), pretty = IV_BUF_INIT(64u << 20),
                  twice = IV_BUF_INIT(16u << 20);
    iv_json *j = NULL, *again = NULL;
    struct iv_error err = {0};
    enum iv_code rc = iv_json_parse((const char *)data, size, INPUT_MAX_BYTES, &j, &err);

    must(!rc == (j != NULL), "a tree exactly when IV_OK");
    if (rc) {
        must(err.text[0] != '\0', "a refusal says why");
        return 0;
    }
    print(j, IV_JSON_COMPACT, &once);
    print(j, IV_JSON_PRETTY, &pretty);
    rc = iv_json_parse(pretty.data, pretty.len, 64u << 20, &again, &err);
    must(!rc, "what was printed is taken again");
    print(again, IV_JSON_COMPACT, &twice);
    must(once.len == twice.len && !memcmp(once.data, twice.data, once.len),
         "a value reads back equal");
    iv_json_free(j);
    iv_json_free(again);
    iv_buf_release(&once);
    iv_buf_release(&pretty);
    iv_buf_release(&twice);
    return 0;
}
