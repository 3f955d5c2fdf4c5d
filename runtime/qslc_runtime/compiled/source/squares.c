#include "squares.h"

#include <string.h>

#include "halves.h"

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

static void *place(Matrix matrix, int64_t row, int64_t column) {
  return (char *)matrix.data + size_of(matrix.type) * (size_t)(row * matrix.columns + column);
}

static int width(Matrix matrix, int64_t first) {
  return matrix.columns - first < LANES ? (int)(matrix.columns - first) : LANES;
}

Matrix rows_from(Matrix matrix, int64_t row) {
  return (Matrix){place(matrix, row, 0), matrix.type, matrix.columns};
}

void read_square(Matrix matrix, int count, int64_t first, Lanes square[LANES]) {
  int columns = width(matrix, first);
  for (int i = 0; i < LANES; i++)
    square[i] = i < count ? load(place(matrix, i, first), matrix.type, columns) : (Lanes){0};
}

void write_square(Matrix matrix, int count, int64_t first, const Lanes square[LANES]) {
  int columns = width(matrix, first);
  for (int i = 0; i < count; i++)
    store(place(matrix, i, first), matrix.type, columns, square[i]);
}
