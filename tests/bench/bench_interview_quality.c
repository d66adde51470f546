/* bench_interview_quality - the figures behind the scoring's promises, from tests/answers: mean scores by kind of answer and how
 * often each promise is broken. With -v every set is a line;
 * a name's beginning behind it runs the files that have it. */
#include "../unit/answer_sets.h"

enum promise {
    WRONG_BELOW_THIN,
    THIN_BELOW_COMPLETE,
    STUFFED_BELOW_COMPLETE,
    PARAPHRASE_NEAR,
    DONT_KNOW_NOTHING,
    PROMISES
};
static const char *const promises[PROMISES] = {"wrong < thin", "thin < complete",
                                               "stuffed < complete", "paraphrase within one level",
                                               "don't know earns nothing"};

static int level_gap(const struct answer_score *a, const struct answer_score *b)
{
    return abs(a->level - b->level);
}

static void count_broken(const struct answer_score s[ANSWER_KINDS], int broken[PROMISES])
{
    broken[WRONG_BELOW_THIN] +=
        s[WRONG].content >= s[THIN].content || s[WRONG].overall >= s[THIN].overall;
    broken[THIN_BELOW_COMPLETE] +=
        s[THIN].content >= s[COMPLETE].content || s[THIN].overall >= s[COMPLETE].overall;
    broken[STUFFED_BELOW_COMPLETE] +=
        s[STUFFED].content >= s[COMPLETE].content || s[STUFFED].overall >= s[COMPLETE].overall;
    broken[PARAPHRASE_NEAR] += level_gap(&s[PARAPHRASE], &s[COMPLETE]) > 1;
    broken[DONT_KNOW_NOTHING] += s[DONT_KNOW].content > 0;
}

/* name: of a file of tests/answers. */
static void run(const char *name, int verbose)
{
    iv_json *file = answer_sets_load(name);
    double sum[ANSWER_KINDS] = {0}, overall[ANSWER_KINDS] = {0};
    int n[ANSWER_KINDS] = {0}, broken[PROMISES] = {0}, sets = 0;

    for (const iv_json *j = iv_json_first(iv_json_get(file, "sets")); j; j = iv_json_next(j)) {
        const char *id = iv_json_get_str(j, "question", "");
        struct answer_score s[ANSWER_KINDS];

        if (verbose)
            printf("%-44s", id);
        for (int k = 0; k < ANSWER_KINDS; k++) {
            s[k] = score_of_answer(id, iv_json_get_str(j, answer_kinds[k], ""));
            if (s[k].content >= 0) {
                sum[k] += s[k].content;
                overall[k] += s[k].overall;
                n[k]++;
            }
            if (verbose)
                printf(" %4.1f/%4.1f", s[k].content, s[k].overall);
        }
        count_broken(s, broken);
        sets++;
        if (verbose)
            printf("\n");
    }
    printf("%s: %d sets; mean score of the question (of the report):", name, sets);
    for (int k = 0; k < ANSWER_KINDS; k++)
        printf(" %s %.1f (%.1f)", answer_kinds[k], n[k] ? sum[k] / n[k] : -1,
               n[k] ? overall[k] / n[k] : -1);
    printf("\n%s: broken:", name);
    for (int p = 0; p < PROMISES; p++)
        printf(" %s %d;", promises[p], broken[p]);
    printf("\n");
    iv_json_free(file);
}

int main(int argc, char **argv)
{
    /* The first three were at hand when the word lists were made, the next three when the rules were last changed; of the
     * others the scorer was never shown anything. */
    static const char *const names[] = {"en",         "ko",         "ja",
                                        "devel-en",   "devel-ko",   "devel-ja",
                                        "heldout-en", "heldout-ko", "heldout-ja"};
    int verbose = argc > 1 && !strcmp(argv[1], "-v");
    const char *only = argc > 2 ? argv[2] : "";

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(names[i], only, strlen(only)))
            run(names[i], verbose);
    return 0;
}
