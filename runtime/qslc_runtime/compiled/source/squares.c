#include "steps.h"

#include <string.h>

#if defined(__AVX512F__) || defined(__F16C__)
#include <immintrin.h>
#endif

/* Numbers of 16 bits. Conversions to them round to the nearest, ties to even. */
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

static size_t size_of(Type type) { return type == FLOAT32 ? sizeof(float) : sizeof(uint16_t); }

INLINE void copy(void *to, const void *from, size_t size, int count) {
  if (count == LANES)
    memcpy(to, from, LANES * size); /* one instruction */
  else
    memcpy(to, from, (size_t)count * size);
}

INLINE Lanes load(const void *from, Type type, int count) {
  Lanes x = {0};
  HalfLanes halves = {0};
  if (type == FLOAT32) {
    copy(&x, from, sizeof(float), count);
    return x;
  }
  copy(&halves, from, sizeof(uint16_t), count);
  return type == BFLOAT16 ? from_bfloat16(halves) : from_float16(halves);
}

INLINE void store(void *to, Type type, int count, Lanes x) {
  if (type == FLOAT32) {
    copy(to, &x, sizeof(float), count);
    return;
  }
  HalfLanes halves = type == BFLOAT16 ? to_bfloat16(x) : to_float16(x);
  copy(to, &halves, sizeof(uint16_t), count);
}

static void *find_place(Array matrix, int64_t row, int64_t column) {
  return (char *)matrix.data + size_of(matrix.type) * (size_t)(row * matrix.dims[1] + column);
}

static int count_columns(Array matrix, int64_t first) {
  return matrix.dims[1] - first < LANES ? (int)(matrix.dims[1] - first) : LANES;
}

Array skip_rows(Array matrix, int64_t count) {
  matrix.data = find_place(matrix, count, 0);
  return matrix;
}

void read_square(Array matrix, int count, int64_t first, Lanes square[LANES]) {
  int columns = count_columns(matrix, first);
  for (int i = 0; i < LANES; i++)
    square[i] = i < count ? load(find_place(matrix, i, first), matrix.type, columns) : (Lanes){0};
}

void write_square(Array matrix, int count, int64_t first, const Lanes square[LANES]) {
  int columns = count_columns(matrix, first);
  for (int i = 0; i < count; i++)
    store(find_place(matrix, i, first), matrix.type, columns, square[i]);
}

void read_columns(Array matrix, int count, Lanes *columns) {
  Lanes square[LANES];
  for (int64_t first = 0; first < matrix.dims[1]; first += LANES) {
    read_square(matrix, count, first, square);
    transpose(square);
    for (int i = 0; i < count_columns(matrix, first); i++) columns[first + i] = square[i];
  }
}

void write_columns(Array matrix, int count, const Lanes *columns) {
  Lanes square[LANES];
  for (int64_t first = 0; first < matrix.dims[1]; first += LANES) {
    for (int i = 0; i < LANES; i++)
      square[i] = i < count_columns(matrix, first) ? columns[first + i] : (Lanes){0};
    transpose(square);
    write_square(matrix, count, first, square);
  }
}
