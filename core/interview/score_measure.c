/* score_measure.c - see score_measure.h. */
#include "interview/score_measure.h"

#include <math.h>
#include <stdio.h>

#include "iv/buf.h"

static const int bounds_bp[6] = {0, 1500, 3500, 5500, 7800, IV_BP};

int64_t iv_round_div(int64_t n, int64_t d)
{
    return n < 0 ? -((-n + d / 2) / d) : (n + d / 2) / d;
}

int iv_bp_clamp(int64_t bp)
{
    return (int)(bp < 0 ? 0 : bp > IV_BP ? IV_BP : bp);
}

int iv_level_of(int bp)
{
    int level = 1;

    while (level < 5 && bp >= bounds_bp[level])
        level++;
    return level;
}

int iv_tenths_of(int bp)
{
    int level = iv_level_of(bp), low = bounds_bp[level - 1], high = bounds_bp[level];

    return 20 * (level - 1) + (int)iv_round_div(20ll * (bp - low), high - low);
}

void iv_measure_add(struct iv_measure *m, const char *name, int64_t value_bp, int weight_bp)
{
    if (m->n == IV_PARTS_MAX)
        IV_BUG("a measure has too many parts");
    m->parts[m->n++] = (struct iv_part){name, (int)value_bp, weight_bp};
}

static int product_of(const struct iv_part *p)
{
    return (int)iv_round_div((int64_t)p->value_bp * p->weight_bp, IV_BP);
}

void iv_measure_close(struct iv_measure *m)
{
    int64_t sum = 0;

    for (size_t i = 0; i < m->n; i++)
        sum += product_of(&m->parts[i]);
    m->bp = iv_bp_clamp(sum);
    m->level = iv_level_of(m->bp);
    m->tenths = iv_tenths_of(m->bp);
}

iv_json *iv_bp_json(int bp)
{
    return iv_json_num((double)bp / IV_BP);
}

iv_json *iv_tenths_json(int tenths)
{
    return tenths < 0 ? iv_json_null() : iv_json_num((double)tenths / 10);
}

static int scaled(const iv_json *object, const char *key, double scale, int otherwise)
{
    double n = iv_json_get_num(object, key, NAN) * scale;

    return fabs(n) < 1e8 && fabs(n - nearbyint(n)) < 1e-4 ? (int)nearbyint(n) : otherwise;
}

int iv_bp_of(const iv_json *object, const char *key, int otherwise)
{
    return scaled(object, key, IV_BP, otherwise);
}

int iv_tenths_in(const iv_json *object, const char *key, int otherwise)
{
    return scaled(object, key, 10, otherwise);
}

static void place(iv_json *j, int bp)
{
    iv_json *bounds = iv_json_array();

    for (size_t i = 0; i < IV_LEN(bounds_bp); i++)
        iv_json_append(bounds, iv_bp_json(bounds_bp[i]));
    iv_json_set(j, "measure", iv_bp_json(bp));
    iv_json_set(j, "bounds", bounds);
    iv_json_set_int(j, "level", iv_level_of(bp));
    iv_json_set(j, "score", iv_tenths_json(iv_tenths_of(bp)));
}

static void put_text(const struct iv_measure *m, struct iv_buf *b)
{
    int low = bounds_bp[m->level - 1], high = bounds_bp[m->level];

    for (size_t i = 0; i < m->n; i++) {
        const struct iv_part *p = &m->parts[i];

        iv_buf_addf(b, "%s%s %g x %g", i ? (p->weight_bp < 0 ? " - " : " + ") : "", p->name,
                    (double)p->value_bp / IV_BP, fabs((double)p->weight_bp) / IV_BP);
    }
    iv_buf_addf(b, " = %g; level %d (%g to %g); 2 x (%d + (%g - %g) / %g) = %g",
                (double)m->bp / IV_BP, m->level, (double)low / IV_BP, (double)high / IV_BP,
                m->level - 1, (double)m->bp / IV_BP, (double)low / IV_BP,
                (double)(high - low) / IV_BP, (double)m->tenths / 10);
}

iv_json *iv_measure_json(const struct iv_measure *m)
{
    iv_json *j = iv_json_object(), *parts = iv_json_array();
    struct iv_buf text = IV_BUF_INIT(4096);

    for (size_t i = 0; i < m->n; i++) {
        iv_json *p = iv_json_object();

        iv_json_set_str(p, "name", m->parts[i].name);
        iv_json_set(p, "value", iv_bp_json(m->parts[i].value_bp));
        iv_json_set(p, "weight", iv_bp_json(m->parts[i].weight_bp));
        iv_json_set(p, "product", iv_bp_json(product_of(&m->parts[i])));
        iv_json_append(parts, p);
    }
    iv_json_set(j, "parts", parts);
    place(j, m->bp);
    put_text(m, &text);
    iv_json_set_str(j, "text", iv_buf_str(&text));
    iv_buf_release(&text);
    return j;
}

iv_json *iv_mean_json(iv_json *parts)
{
    iv_json *j = iv_json_object();
    struct iv_buf text = IV_BUF_INIT(1u << 16);
    int64_t sum = 0, n = 0;
    int bp;

    for (const iv_json *p = iv_json_first(parts); p; p = iv_json_next(p), n++) {
        sum += iv_bp_of(p, "measure", 0);
        iv_buf_addf(&text, "%s%g", n ? " + " : "(", (double)iv_bp_of(p, "measure", 0) / IV_BP);
    }
    bp = n ? iv_bp_clamp(iv_round_div(sum, n)) : 0;
    iv_buf_addf(&text, ") / %lld = %g; level %d; score %g", (long long)n, (double)bp / IV_BP,
                iv_level_of(bp), (double)iv_tenths_of(bp) / 10);
    iv_json_set(j, "parts", parts);
    place(j, bp);
    iv_json_set_str(j, "text", iv_buf_str(&text));
    iv_buf_release(&text);
    return j;
}

iv_json *iv_weighted_json(iv_json *parts)
{
    iv_json *j = iv_json_object();
    struct iv_buf text = IV_BUF_INIT(1u << 16);
    int64_t sum = 0, weights = 0;
    int tenths;

    for (const iv_json *p = iv_json_first(parts); p; p = iv_json_next(p)) {
        int score = iv_tenths_in(p, "score", 0);
        int64_t weight = iv_json_get_int(p, "weight", 0);

        weight = weight < 0 || weight > 1000000 ? 0 : weight;
        iv_buf_addf(&text, "%s%g x %lld", text.len ? " + " : "(", (double)score / 10,
                    (long long)weight);
        sum += score * weight;
        weights += weight;
    }
    tenths = weights ? (int)iv_round_div(sum, weights) : -1;
    iv_buf_addf(&text, ") / %lld = %g", (long long)weights, (double)tenths / 10);
    iv_json_set(j, "parts", parts);
    iv_json_set(j, "score", iv_tenths_json(tenths));
    iv_json_set_str(j, "text", tenths < 0 ? NULL : iv_buf_str(&text));
    iv_buf_release(&text);
    return j;
}
