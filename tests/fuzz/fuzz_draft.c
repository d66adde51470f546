/* fuzz_draft.c - whatever a language model writes as a question: it is read, and one that is taken is a good bank. */
#include "fuzz.h"
#include "interview/generate.h"

static struct iv_known none;

static void count(void *arg, const char *problem)
{
    fprintf(stderr, "%s\n", problem);
    ++*(int *)arg;
}

static void consider(const struct iv_generate_input *in, const iv_json *j)
{
    struct iv_bank one = {calloc(1, sizeof *one.questions), 1}, again;
    struct iv_buf yaml = IV_BUF_INIT(1 << 20);
    char why[GENERATE_WHY_BYTES];
    int problems = 0;

    must(one.questions && !iv_draft_read(in, j, one.questions, NULL), "a draft is read");
    if (iv_draft_is_good(NULL, one.questions, &none, why)) {
        must(!iv_bank_write(&one, &yaml, NULL), "it is written");
        iv_bank_lint(NULL, iv_buf_str(&yaml), yaml.len, "draft", count, &problems);
        must(!problems, "it has no problems");
        must(!iv_bank_parse(iv_buf_str(&yaml), yaml.len, "draft", &again, NULL), "it is read back");
        must(again.n == 1 && !strcmp(again.questions[0].ask, one.questions[0].ask), "as it was");
        iv_bank_release(&again);
    } else {
        must(*why, "what is not taken has a reason");
    }
    iv_buf_release(&yaml);
    iv_bank_release(&one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iv_generate_input in = {.lang = (enum iv_lang)(size % IV_LANG_COUNT),
                                   .type = IV_TYPE_BEHAVIORAL,
                                   .role = "Backend engineer",
                                   .count = 1};
    iv_json *j = NULL;

    if (!iv_json_parse((const char *)data, size, 1 << 20, &j, NULL))
        consider(&in, j);
    iv_json_free(j);
    return 0;
}
