/* cell_avx2.c - cell.c for eight samples at once, to the same integers.
 *
 * A gathered 32-bit word of luma holds a texel and its right neighbour: y0 a0 y1 a1. Even bytes are luma, odd ones alpha; as
 * 16-bit lanes they are mixed downwards, and one multiply-add of lane pairs mixes them sideways.
 */
#include "avatar/render/cpu/cell.h"

#if defined(__x86_64__)
#include <immintrin.h>

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

AVX2 static inline __m256i address(__m256i u, __m256i v, int stride, int texel_bits)
{
    __m256i line = _mm256_mullo_epi32(_mm256_srai_epi32(v, 16), _mm256_set1_epi32(stride));

    return _mm256_add_epi32(line, _mm256_slli_epi32(_mm256_srai_epi32(u, 16), texel_bits));
}

AVX2 static inline __m256i gather(const uint8_t *base, __m256i at)
{
    return _mm256_i32gather_epi32((const int *)(const void *)base, at, 1);
}

AVX2 static inline void luma8(const uint8_t *ya, int stride, struct corner at, struct corner step,
                              uint8_t *to)
{
    __m256i u = walk(at.u, step.u), v = walk(at.v, step.v);
    __m256i p = address(u, v, stride, 1), fx = fraction(u), fy = both_lanes(fraction(v));
    __m256i top = gather(ya, p), low = gather(ya + stride, p);
    __m256i y = mix_pairs(mix(even(top), even(low), fy), fx);
    __m256i a = mix_pairs(mix(odd(top), odd(low), fy), fx);
    __m256i rest = _mm256_sub_epi32(_mm256_set1_epi32(255), a);

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
        __m256i u, v, p, fx, fy, nw, ne, sw, se, ua, va, rest;

        iv_cell_row(w, row, CHROMA_BITS, &at, &step);
        u = walk(at.u, step.u);
        v = walk(at.v, step.v);
        p = address(u, v, stride, 2);
        fx = both_lanes(fraction(u));
        fy = both_lanes(fraction(v));
        nw = gather(uva, p);
        ne = gather(uva + 4, p);
        sw = gather(uva + stride, p);
        se = gather(uva + stride + 4, p);
        ua = mix(mix(even(nw), even(ne), fx), mix(even(sw), even(se), fx), fy);
        va = mix(mix(odd(nw), odd(ne), fx), mix(odd(sw), odd(se), fx), fy);
        rest = _mm256_sub_epi32(byte, _mm256_srli_epi32(ua, 16));
        over_chroma8(_mm256_and_si256(ua, byte), rest, to_u);
        over_chroma8(_mm256_and_si256(va, byte), rest, to_v);
    }
}

const struct iv_cell_ops iv_cell_avx2 = {"avx2", avx2_luma, avx2_chroma};
#endif
