/* cell_avx2.c - cell.c for eight samples at once, to the same integers.
 *
 * A 32-bit word of luma holds a texel and its right neighbour: y0 a0 y1 a1. Even bytes are luma, odd ones alpha; as 16-bit
 * lanes they are mixed downwards, and one multiply-add of lane pairs mixes them sideways.
 *
 * A gather costs as much as all the rest. A step is about two texels and hardly leaves its line, so the words of eight
 * samples are picked out of a few whole vectors instead; a cell that is bent too much for that is gathered.
 */
#include "avatar/render/cpu/cell.h"

#if defined(__x86_64__)
#include <stddef.h>
#include <immintrin.h>
#include <stdlib.h>

#define AVX2 __attribute__((target("avx2")))
#define PIXELS 8

AVX2 static inline __m256i even(__m256i v)
{
    return _mm256_and_si256(v, _mm256_set1_epi32(0x00ff00ff));
}

AVX2 static inline __m256i odd(__m256i v)
{
    return even(_mm256_srli_epi32(v, 8));
}

AVX2 static inline __m256i fraction(__m256i at)
{
    return _mm256_and_si256(_mm256_srli_epi32(at, 8), _mm256_set1_epi32(255));
}

AVX2 static inline __m256i both_lanes(__m256i f)
{
    return _mm256_or_si256(f, _mm256_slli_epi32(f, 16));
}

/* (p * (256 - f) + q * f) >> 8 in 16-bit lanes */
AVX2 static inline __m256i mix(__m256i p, __m256i q, __m256i f)
{
    __m256i rest = _mm256_sub_epi16(_mm256_set1_epi16(256), f);

    return _mm256_srli_epi16(
        _mm256_add_epi16(_mm256_mullo_epi16(p, rest), _mm256_mullo_epi16(q, f)), 8);
}

/* Lane pairs (left, right) to one value, rounded. */
AVX2 static inline __m256i mix_pairs(__m256i pair, __m256i fx)
{
    __m256i rest = _mm256_sub_epi32(_mm256_set1_epi32(256), fx);
    __m256i weights = _mm256_or_si256(rest, _mm256_slli_epi32(fx, 16));

    return _mm256_srli_epi32(
        _mm256_add_epi32(_mm256_madd_epi16(pair, weights), _mm256_set1_epi32(128)), 8);
}

AVX2 static inline __m256i div255(__m256i v)
{
    __m256i r = _mm256_add_epi32(v, _mm256_set1_epi32(128));

    return _mm256_srli_epi32(_mm256_add_epi32(r, _mm256_srli_epi32(r, 8)), 8);
}

AVX2 static inline __m256i load8(const uint8_t *p)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}

AVX2 static inline void store8(uint8_t *p, __m256i v)
{
    __m128i w = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(w, w));
}

/* start, start + step, ... */
AVX2 static inline __m256i walk(int32_t start, int32_t step)
{
    const __m256i n = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_add_epi32(_mm256_set1_epi32(start),
                            _mm256_mullo_epi32(_mm256_set1_epi32(step), n));
}

/* -- fetching: from one line, the words that hold texel u >> 16 and its neighbour -- */
struct span {
    int32_t first, last; /* texel of the first and of the last sample */
    __m256i at; /* texel of each, counted from `first` */
};

AVX2 static inline struct span span_of(__m256i u, int32_t start, int32_t step)
{
    struct span s = {start >> 16, (start + (PIXELS - 1) * step) >> 16, _mm256_srai_epi32(u, 16)};

    s.at = _mm256_sub_epi32(s.at, _mm256_set1_epi32(s.first));
    return s;
}

AVX2 static inline __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Two texels of luma to a word: an odd texel's pair lies across two words. */
AVX2 static inline __m256i pick_ya(const uint8_t *line, const struct span *s)
{
    const uint8_t *p = line + (ptrdiff_t)s->first * 2;
    __m256i word = _mm256_srli_epi32(s->at, 1);
    __m256i shift = _mm256_slli_epi32(_mm256_and_si256(s->at, _mm256_set1_epi32(1)), 4);
    __m256i low = _mm256_permutevar8x32_epi32(load(p), word);
    __m256i high = _mm256_permutevar8x32_epi32(load(p + 4), word);

    return _mm256_or_si256(_mm256_srlv_epi32(low, shift),
                           _mm256_sllv_epi32(high, _mm256_sub_epi32(_mm256_set1_epi32(32), shift)));
}

/* One texel of chroma to a word: four samples come from each of two vectors. */
AVX2 static inline __m256i pick_uva(const uint8_t *line, const struct span *s, int32_t fifth)
{
    const uint8_t *p = line + (ptrdiff_t)s->first * 4;
    __m256i low = _mm256_permutevar8x32_epi32(load(p), s->at);
    __m256i high = _mm256_permutevar8x32_epi32(load(p + (ptrdiff_t)fifth * 4),
                                               _mm256_sub_epi32(s->at, _mm256_set1_epi32(fifth)));

    return _mm256_blend_epi32(low, high, 0xf0);
}

AVX2 static inline __m256i gather(const uint8_t *base, __m256i u, __m256i v, int stride,
                                  int texel_bits)
{
    __m256i line = _mm256_mullo_epi32(_mm256_srai_epi32(v, 16), _mm256_set1_epi32(stride));
    __m256i at = _mm256_add_epi32(line, _mm256_slli_epi32(_mm256_srai_epi32(u, 16), texel_bits));

    return _mm256_i32gather_epi32((const int *)(const void *)base, at, 1);
}

/* Which samples lie on the second line of two? */
AVX2 static inline __m256i on_second(__m256i v, int32_t upper)
{
    return _mm256_cmpgt_epi32(_mm256_srai_epi32(v, 16), _mm256_set1_epi32(upper));
}

/* -- luma -- */
AVX2 static inline void fetch_ya(const uint8_t *ya, int stride, __m256i u, __m256i v,
                                 struct corner at, struct corner step, __m256i *top, __m256i *low)
{
    struct span across = span_of(u, at.u, step.u), down = span_of(v, at.v, step.v);
    int32_t upper = down.first < down.last ? down.first : down.last;
    const uint8_t *line = ya + (ptrdiff_t)upper * stride;

    if (step.u < 0 || across.last - across.first > 15 || abs(down.last - down.first) > 1) {
        *top = gather(ya, u, v, stride, 1);
        *low = gather(ya + stride, u, v, stride, 1);
        return;
    }
    *top = pick_ya(line, &across);
    *low = pick_ya(line + stride, &across);
    if (down.first != down.last) {
        __m256i second = on_second(v, upper);

        *top = _mm256_blendv_epi8(*top, *low, second);
        *low = _mm256_blendv_epi8(*low, pick_ya(line + 2 * (ptrdiff_t)stride, &across), second);
    }
}

AVX2 static inline void luma8(const uint8_t *ya, int stride, struct corner at, struct corner step,
                              uint8_t *to)
{
    __m256i u = walk(at.u, step.u), v = walk(at.v, step.v);
    __m256i fx = fraction(u), fy = both_lanes(fraction(v));
    __m256i top, low, y, a, rest;

    fetch_ya(ya, stride, u, v, at, step, &top, &low);
    y = mix_pairs(mix(even(top), even(low), fy), fx);
    a = mix_pairs(mix(odd(top), odd(low), fy), fx);
    rest = _mm256_sub_epi32(_mm256_set1_epi32(255), a);
    store8(to, _mm256_add_epi32(y, div255(_mm256_mullo_epi32(load8(to), rest))));
}

AVX2 static void avx2_luma(const uint8_t *ya, int stride, const struct cell_walk *w, uint8_t *to,
                           int to_stride)
{
    for (int row = 0; row < 1 << LUMA_BITS; row++, to += to_stride) {
        struct corner at, step;

        iv_cell_row(w, row, LUMA_BITS, &at, &step);
        luma8(ya, stride, at, step, to);
        at.u += PIXELS * step.u;
        at.v += PIXELS * step.v;
        luma8(ya, stride, at, step, to + PIXELS);
    }
}

/* -- chroma -- */
struct uva {
    __m256i nw, ne, sw, se;
};

AVX2 static inline struct uva gather_uva(const uint8_t *uva, int stride, __m256i u, __m256i v)
{
    return (struct uva){gather(uva, u, v, stride, 2), gather(uva + 4, u, v, stride, 2),
                        gather(uva + stride, u, v, stride, 2),
                        gather(uva + stride + 4, u, v, stride, 2)};
}

AVX2 static inline struct uva fetch_uva(const uint8_t *uva, int stride, __m256i u, __m256i v,
                                        struct corner at, struct corner step)
{
    struct span across = span_of(u, at.u, step.u), down = span_of(v, at.v, step.v);
    int32_t fourth = (at.u + 3 * step.u) >> 16, fifth = (at.u + 4 * step.u) >> 16;
    int32_t upper = down.first < down.last ? down.first : down.last;
    const uint8_t *line = uva + (ptrdiff_t)upper * stride;
    struct uva t;

    if (step.u < 0 || fourth - across.first > 7 || across.last - fifth > 7 ||
        abs(down.last - down.first) > 1)
        return gather_uva(uva, stride, u, v);
    fifth -= across.first;
    t.nw = pick_uva(line, &across, fifth);
    t.ne = pick_uva(line + 4, &across, fifth);
    t.sw = pick_uva(line + stride, &across, fifth);
    t.se = pick_uva(line + stride + 4, &across, fifth);
    if (down.first != down.last) {
        const uint8_t *third = line + 2 * (ptrdiff_t)stride;
        __m256i second = on_second(v, upper);

        t.nw = _mm256_blendv_epi8(t.nw, t.sw, second);
        t.ne = _mm256_blendv_epi8(t.ne, t.se, second);
        t.sw = _mm256_blendv_epi8(t.sw, pick_uva(third, &across, fifth), second);
        t.se = _mm256_blendv_epi8(t.se, pick_uva(third + 4, &across, fifth), second);
    }
    return t;
}

AVX2 static inline void over_chroma8(__m256i top, __m256i rest, uint8_t *to)
{
    __m256i below = div255(_mm256_mullo_epi32(load8(to), rest));
    __m256i bias = div255(_mm256_slli_epi32(rest, 7));

    store8(to, _mm256_add_epi32(top, _mm256_sub_epi32(below, bias)));
}

AVX2 static void avx2_chroma(const uint8_t *uva, int stride, const struct cell_walk *w,
                             uint8_t *to_u, uint8_t *to_v, int to_stride)
{
    for (int row = 0; row < 1 << CHROMA_BITS; row++, to_u += to_stride, to_v += to_stride) {
        const __m256i byte = _mm256_set1_epi32(255);
        struct corner at, step;
        __m256i u, v, fx, fy, ua, va, rest;
        struct uva t;

        iv_cell_row(w, row, CHROMA_BITS, &at, &step);
        u = walk(at.u, step.u);
        v = walk(at.v, step.v);
        t = fetch_uva(uva, stride, u, v, at, step);
        fx = both_lanes(fraction(u));
        fy = both_lanes(fraction(v));
        ua = mix(mix(even(t.nw), even(t.ne), fx), mix(even(t.sw), even(t.se), fx), fy);
        va = mix(mix(odd(t.nw), odd(t.ne), fx), mix(odd(t.sw), odd(t.se), fx), fy);
        rest = _mm256_sub_epi32(byte, _mm256_srli_epi32(ua, 16));
        over_chroma8(_mm256_and_si256(ua, byte), rest, to_u);
        over_chroma8(_mm256_and_si256(va, byte), rest, to_v);
    }
}

/* -- from painted pixels -- */
AVX2 static inline __m256i byte_of(__m256i px, int shift)
{
    return _mm256_and_si256(_mm256_srli_epi32(px, shift), _mm256_set1_epi32(255));
}

AVX2 static inline __m256i times(__m256i v, int factor)
{
    return _mm256_mullo_epi32(v, _mm256_set1_epi32(factor));
}

AVX2 static inline __m256i sum3(__m256i a, __m256i b, __m256i c)
{
    return _mm256_add_epi32(_mm256_add_epi32(a, b), c);
}

/* Eight pixels to words of luma and alpha. */
AVX2 static inline __m256i luma_alpha(const uint32_t *at)
{
    __m256i px = load((const uint8_t *)at);
    __m256i y = sum3(times(byte_of(px, 16), 19595), times(byte_of(px, 8), 38470),
                     times(byte_of(px, 0), 7471));

    y = _mm256_srli_epi32(_mm256_add_epi32(y, _mm256_set1_epi32(32768)), 16);
    return _mm256_or_si256(y, _mm256_slli_epi32(byte_of(px, 24), 8));
}

AVX2 static void avx2_load_luma(uint8_t *to, const uint32_t *px, int n)
{
    int i = 0;

    for (; i + 2 * PIXELS <= n; i += 2 * PIXELS) {
        __m256i v = _mm256_packus_epi32(luma_alpha(px + i), luma_alpha(px + i + PIXELS));

        _mm256_storeu_si256((__m256i *)(void *)(to + 2 * i), _mm256_permute4x64_epi64(v, 0xd8));
    }
    iv_cell_plain.load_luma(to + 2 * i, px + i, n - i);
}

/* Sums of four pixels in 16-bit lanes, eight of them: every second byte, from `shift` on. */
AVX2 static inline __m256i sums(const uint32_t *px, int stride, int shift)
{
    const uint32_t *low = px + stride;
    __m256i left = _mm256_add_epi32(even(_mm256_srli_epi32(load((const uint8_t *)px), shift)),
                                    even(_mm256_srli_epi32(load((const uint8_t *)low), shift)));
    __m256i right =
        _mm256_add_epi32(even(_mm256_srli_epi32(load((const uint8_t *)(px + PIXELS)), shift)),
                         even(_mm256_srli_epi32(load((const uint8_t *)(low + PIXELS)), shift)));

    return _mm256_permute4x64_epi64(_mm256_hadd_epi32(left, right), 0xd8);
}

AVX2 static inline __m256i around_128(__m256i sum)
{
    __m256i v = _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(131072)), 18);

    return _mm256_min_epi32(_mm256_add_epi32(v, _mm256_set1_epi32(128)), _mm256_set1_epi32(255));
}

AVX2 static void avx2_load_chroma(uint8_t *to, const uint32_t *px, int stride, int n)
{
    const __m256i low16 = _mm256_set1_epi32(0xffff);
    int i = 0;

    for (; i + PIXELS <= n; i += PIXELS) {
        __m256i br = sums(px + 2 * i, stride, 0), ga = sums(px + 2 * i, stride, 8);
        __m256i b = _mm256_and_si256(br, low16), r = _mm256_srli_epi32(br, 16);
        __m256i g = _mm256_and_si256(ga, low16), a = _mm256_srli_epi32(ga, 18);
        __m256i u = around_128(sum3(times(r, -11058), times(g, -21710), times(b, 32768)));
        __m256i v = around_128(sum3(times(r, 32768), times(g, -27439), times(b, -5329)));
        __m256i uva =
            _mm256_or_si256(_mm256_or_si256(u, _mm256_slli_epi32(v, 8)), _mm256_slli_epi32(a, 16));

        _mm256_storeu_si256((__m256i *)(void *)(to + 4 * i), uva);
    }
    iv_cell_plain.load_chroma(to + 4 * i, px + 2 * i, stride, n - i);
}

const struct iv_cell_ops iv_cell_avx2 = {"avx2", avx2_luma, avx2_chroma, avx2_load_luma,
                                         avx2_load_chroma};
#endif
