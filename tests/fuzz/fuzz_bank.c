/* fuzz_bank.c - question banks that people write: read, checked, and written so that they read back equal. */
#include "fuzz.h"
#include "iv/bank.h"

static void ignore(void *arg, const char *problem)
{
    (void)arg;
    must(problem && problem[0], "a problem is told");
}

static void check_again(const struct iv_bank *b)
{
    struct iv_buf once = IV_BUF_INIT(64u << 20), twice = IV_BUF_INIT(64u << 20);
    struct iv_bank back = {0};
    struct iv_error err = {0};

    must(!iv_bank_write(b, &once, &err), "a bank can be written");
    if (iv_bank_parse(iv_buf_str(&once), once.len, "again.yaml", &back, &err)) {
        fprintf(stderr, "%s\n%s\n", err.text, iv_buf_str(&once));
        must(false, "a bank that was written is read");
    }
    must(!iv_bank_write(&back, &twice, &err), "and written again");
    must(once.len == twice.len && !memcmp(once.data, twice.data, once.len), "it reads back equal");
    iv_bank_release(&back);
    iv_buf_release(&once);
    iv_buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static iv_ctx *ctx;
    struct iv_bank b = {0};
    struct iv_error err = {0};

    if (!ctx)
        must(!iv_ctx_new(NULL, NULL, NULL, &ctx, NULL), "a context");
    if (!iv_bank_parse((const char *)data, size, "fuzz.yaml", &b, &err)) {
        check_again(&b);
        iv_bank_release(&b);
    } else {
        must(err.text[0] != '\0', "a refusal says why");
    }
    iv_bank_lint(ctx, (const char *)data, size, "fuzz.yaml", ignore, NULL);
    return 0;
}
