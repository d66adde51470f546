/* fuzz_import.c - a session from a file that anyone may have written, into a store in memory. */
#include "fuzz.h"
#include "iv/operations.h"

#define INPUT_MAX_BYTES (1u << 20)

static void use_session(iv_ctx *ctx, iv_store *st, const char *id)
{
    static const char *const forms[] = {"text", "srt", "vtt", "md"};
    iv_json *j = NULL;

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct iv_buf text = IV_BUF_INIT(64u << 20);

        must(!iv_op_transcript_as(ctx, st, id, forms[i], &text, NULL), "it has a transcript");
        iv_buf_release(&text);
    }
    must(!iv_op_export(ctx, st, id, &j, NULL), "what was taken in can be written out");
    iv_json_free(j);
    j = NULL;
    if (!iv_op_get(ctx, st, id, &j, NULL))
        iv_json_free(j);
    j = NULL;
    if (!iv_op_report(ctx, st, id, NULL, &j, NULL))
        iv_json_free(j);
    j = NULL;
    if (!iv_op_ask(ctx, st, id, &j, NULL))
        iv_json_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static iv_ctx *ctx;
    iv_json *file = NULL, *out = NULL;
    iv_store *st = NULL;
    struct iv_error err = {0};

    if (!ctx)
        must(!iv_ctx_new(NULL, NULL, NULL, &ctx, NULL), "a context");
    if (iv_json_parse((const char *)data, size, INPUT_MAX_BYTES, &file, NULL))
        return 0;
    must(!iv_store_open(ctx, "memory", "", &st, &err), "a store in memory");
    if (!iv_op_import(ctx, st, file, &out, &err))
        use_session(ctx, st, iv_json_get_str(out, "session_id", ""));
    else
        must(err.text[0] != '\0', "a refusal says why");
    iv_json_free(out);
    iv_store_close(st);
    iv_json_free(file);
    return 0;
}
