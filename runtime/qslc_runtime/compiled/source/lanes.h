/* Vectors of floats that hold one number of each of LANES tokens. */

#pragma once

#include <math.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define LANES 16
#define INTERLEAVED_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define INTERLEAVED_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif defined(__AVX__)
#define LANES 8
#define INTERLEAVED_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define INTERLEAVED_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LANES 4
#define INTERLEAVED_LOW 0, 4, 1, 5
#define INTERLEAVED_HIGH 2, 6, 3, 7
#endif

typedef float Lanes __attribute__((vector_size(4 * LANES)));
typedef int32_t IntLanes __attribute__((vector_size(4 * LANES)));

#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (IntLanes){__VA_ARGS__})
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE Lanes broadcast(float value) { return (Lanes){0} + value; }

INLINE Lanes select_lanes(IntLanes mask, Lanes yes, Lanes no) {
  return (Lanes)((mask & (IntLanes)yes) | (~mask & (IntLanes)no));
}

INLINE Lanes magnitude(Lanes x) { return (Lanes)((IntLanes)x & INT32_MAX); }

/* x with its sign flipped where the top bit of `signs` is set. */
INLINE Lanes flip_signs(Lanes x, IntLanes signs) {
  return (Lanes)((IntLanes)x ^ (signs & INT32_MIN));
}

INLINE float sum_of_lanes(Lanes x) {
  float sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += x[lane];
  return sum;
}

INLINE int any_lane(IntLanes mask) {
  int any = 0;
  for (int lane = 0; lane < LANES; lane++) any |= mask[lane];
  return any != 0;
}

/* Row i, lane j becomes row j, lane i: each round interleaves the upper with the lower rows. */
INLINE void transpose(Lanes rows[LANES]) {
  for (int round = 1; round < LANES; round *= 2) {
    Lanes next[LANES];
#pragma GCC unroll 16
    for (int i = 0; i < LANES / 2; i++) {
      next[2 * i] = SHUFFLE(rows[i], rows[i + LANES / 2], INTERLEAVED_LOW);
      next[2 * i + 1] = SHUFFLE(rows[i], rows[i + LANES / 2], INTERLEAVED_HIGH);
    }
#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) rows[i] = next[i];
  }
}

/* Sines and cosines to about one unit in the last place (the polynomials of Cephes' sinf). */
INLINE void sines_and_cosines(Lanes x, Lanes *sine, Lanes *cosine) {
  if (any_lane(magnitude(x) > 8192.0f)) { /* beyond the reduction below */
    for (int lane = 0; lane < LANES; lane++) {
      (*sine)[lane] = sinf(x[lane]);
      (*cosine)[lane] = cosf(x[lane]);
    }
    return;
  }
  Lanes half = select_lanes(x < 0, broadcast(-0.5f), broadcast(0.5f));
  IntLanes quarter = __builtin_convertvector(x * 0.636619772f + half, IntLanes);
  Lanes turns = __builtin_convertvector(quarter, Lanes);
  Lanes r = x - turns * 1.5703125f - turns * 4.83751297e-4f - turns * 7.54978995e-8f;
  Lanes z = r * r;
  Lanes s = r + r * z * (-1.6666654611e-1f + z * (8.3321608736e-3f - z * 1.9515295891e-4f));
  Lanes c = 1 - 0.5f * z +
            z * z * (4.166664568e-2f + z * (-1.388731625e-3f + z * 2.443315711e-5f));
  IntLanes swap = (quarter & 1) != 0;
  *sine = flip_signs(select_lanes(swap, c, s), quarter << 30);
  *cosine = flip_signs(select_lanes(swap, s, c), (quarter + 1) << 30);
}
