/* blur.c - soft edges. */
#include <stdlib.h>
#include <string.h>

#include "avatar/render/cpu/paint.h"

#define MAX_LINE 4096
#define PASSES 3

/* Mean of 2 * r + 1 pixels along a line of n, `step` bytes apart; outside counts as empty. */
static void box_line(uint8_t *px, int n, int step, int r, uint8_t *copy)
{
    unsigned sum = 0, width = (unsigned)(2 * r + 1);
    unsigned scale = (1u << 16) / width;

    for (int i = 0; i < n; i++)
        copy[i] = px[(ptrdiff_t)i * step];
    for (int i = 0; i < r && i < n; i++)
        sum += copy[i];
    for (int i = 0; i < n; i++) {
        if (i + r < n)
            sum += copy[i + r];
        if (i - r > 0)
            sum -= copy[i - r - 1];
        px[(ptrdiff_t)i * step] = (uint8_t)((sum * scale + (1u << 15)) >> 16);
    }
}

void iv_blur_a8(uint8_t *px, int width, int height, int stride, int radius)
{
    uint8_t copy[MAX_LINE];
    int r = (radius + 1) / 2;

    if (r < 1 || width > MAX_LINE || height > MAX_LINE)
        return;
    for (int pass = 0; pass < PASSES; pass++) {
        for (int y = 0; y < height; y++)
            box_line(px + (ptrdiff_t)y * stride, width, 1, r, copy);
        for (int x = 0; x < width; x++)
            box_line(px + x, height, stride, r, copy);
    }
}
