/* Vectors of doubles, as wide as the registers of the processor, and products of narrow blocks. */

#ifndef QSLC_VECTORS_H
#define QSLC_VECTORS_H

#if defined(__AVX512F__)
#define LANES 8
#elif defined(__AVX__)
#define LANES 4
#else
#define LANES 2
#endif

enum { BLOCK = 2 * LANES }; /* columns of a block: two vectors */

typedef double Vector __attribute__((vector_size(8 * LANES)));

typedef struct {
  Vector rows[LANES][2];
} Tile;

#define INLINE static inline __attribute__((always_inline))

/* The sum of a[row][0 ... LANES]^T b[row][0 ... BLOCK] over `count` rows. In both matrices they are
 * `stride` numbers apart; b is aligned. */
INLINE Tile multiply_blocks(const double *a, const double *b, int stride, int count) {
  Tile sum = {{{{0}}}};
  for (int row = 0; row < count; row++) {
    Vector left = *(const Vector *)b, right = *(const Vector *)(b + LANES);
#pragma GCC unroll 8
    for (int i = 0; i < LANES; i++) {
      sum.rows[i][0] += a[i] * left;
      sum.rows[i][1] += a[i] * right;
    }
    a += stride;
    b += stride;
  }
  return sum;
}

#endif
