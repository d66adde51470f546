/* fuzz_msg.c - messages of the protocol: what decodes encodes again, and decodes to the same. */
#include "fuzz.h"
#include "iv/event.h"

#define INPUT_MAX_BYTES (1u << 20)

static void print(const struct iv_msg *m, struct iv_buf *out)
{
    iv_json *j = iv_msg_encode(m);

    must(j && !iv_json_print(j, IV_JSON_COMPACT, out, NULL), "a message can be encoded");
    iv_json_free(j);
}

static void check_again(const struct iv_msg *m)
{
    struct iv_buf once = IV_BUF_INIT(64u << 20), twice = IV_BUF_INIT(64u << 20),
                  store = IV_BUF_INIT(16u << 20);
    iv_json *j = NULL;
    struct iv_msg back;
    struct iv_error err;

    print(m, &once);
    must(!iv_json_parse(once.data, once.len, 64u << 20, &j, &err), "an encoded message is JSON");
    must(!iv_msg_decode(j, &back, &store, &err), "an encoded message decodes");
    print(&back, &twice);
    must(once.len == twice.len && !memcmp(once.data, twice.data, once.len), "to the same message");
    iv_json_free(j);
    iv_buf_release(&once);
    iv_buf_release(&twice);
    iv_buf_release(&store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iv_buf store = IV_BUF_INIT(16u << 20);
    struct iv_error err = {0};
    struct iv_msg m;
    iv_json *j = NULL;

    if (iv_json_parse((const char *)data, size, INPUT_MAX_BYTES, &j, NULL))
        return 0;
    if (!iv_msg_decode(j, &m, &store, &err))
        check_again(&m);
    else
        must(err.text[0] != '\0', "a refusal says why");
    iv_buf_release(&store);
    iv_json_free(j);
    return 0;
}
