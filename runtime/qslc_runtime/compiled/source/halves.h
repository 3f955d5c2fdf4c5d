/* Numbers of 16 bits. Conversions to them round to the nearest, ties to even. */

#ifndef QSLC_HALVES_H
#define QSLC_HALVES_H

#include "lanes.h"

#if defined(__AVX512F__) || defined(__F16C__)
#include <immintrin.h>
#endif

typedef uint16_t HalfLanes __attribute__((vector_size(2 * LANES)));
typedef uint32_t BitLanes __attribute__((vector_size(4 * LANES)));

INLINE Lanes from_bfloat16(HalfLanes x) {
  return (Lanes)(__builtin_convertvector(x, BitLanes) << 16);
}

#if defined(__AVX512BF16__)
INLINE HalfLanes to_bfloat16(Lanes x) { return (HalfLanes)_mm512_cvtneps_pbh((__m512)x); }
#else
INLINE HalfLanes to_bfloat16(Lanes x) {
  BitLanes bits = (BitLanes)x, rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  BitLanes is_nan = (BitLanes)(x != x);
  return __builtin_convertvector((is_nan & 0x7fc0) | (~is_nan & rounded), HalfLanes);
}
#endif

#if LANES == 16
INLINE Lanes from_float16(HalfLanes x) { return (Lanes)_mm512_cvtph_ps((__m256i)x); }

INLINE HalfLanes to_float16(Lanes x) {
  return (HalfLanes)_mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT);
}
#elif LANES == 8 && defined(__F16C__)
INLINE Lanes from_float16(HalfLanes x) { return (Lanes)_mm256_cvtph_ps((__m128i)x); }

INLINE HalfLanes to_float16(Lanes x) {
  return (HalfLanes)_mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT);
}
#else
typedef union {
  HalfLanes bits;
  _Float16 numbers[LANES];
} Floats16;

INLINE Lanes from_float16(HalfLanes x) {
  Floats16 from = {x};
  Lanes to;
  for (int lane = 0; lane < LANES; lane++) to[lane] = (float)from.numbers[lane];
  return to;
}

INLINE HalfLanes to_float16(Lanes x) {
  Floats16 to;
  for (int lane = 0; lane < LANES; lane++) to.numbers[lane] = (_Float16)x[lane];
  return to.bits;
}
#endif

#endif
