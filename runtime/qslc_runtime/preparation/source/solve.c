#include "solve.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "vectors.h"

/* The least square of a pivot, about that of rounding errors: gram has traces of about `width`. */
static const double LEAST_PIVOT = 1e-14;

static void store_tile(const Tile *tile, double *to, int stride) {
  for (int i = 0; i < LANES; i++)
    memcpy(to + (int64_t)i * stride, tile->rows[i], sizeof tile->rows[i]);
}

void multiply_transposed(const double *jacobian, const double *x, int size, int blocks,
                         double *gram, double *gradient) {
  int width = blocks * BLOCK;
  for (int i = 0; i < blocks; i++) {
    const double *own = jacobian + (int64_t)i * size * BLOCK;
    Vector low = {0}, high = {0};
    for (int row = 0; row < size; row++) {
      low += x[row] * *(const Vector *)(own + row * BLOCK);
      high += x[row] * *(const Vector *)(own + row * BLOCK + LANES);
    }
    *(Vector *)(gradient + i * BLOCK) = low;
    *(Vector *)(gradient + i * BLOCK + LANES) = high;
    for (int j = i; j < blocks; j++)
      for (int half = 0; half < 2; half++) {
        const double *other = jacobian + (int64_t)j * size * BLOCK;
        Tile tile = multiply_blocks(own + half * LANES, other, BLOCK, size);
        store_tile(&tile, gram + (int64_t)(i * BLOCK + half * LANES) * width + j * BLOCK, width);
      }
  }
}

/* LANES rows of the factor, given the rows above: those of gram less what these account for. */
static void reduce_rows(const double *gram, double damping, int width, int first, double *factor) {
  for (int j = first / BLOCK * BLOCK; j < width; j += BLOCK) {
    Tile tile = multiply_blocks(factor + first, factor + j, width, first);
    for (int i = 0; i < LANES; i++) {
      int64_t at = (int64_t)(first + i) * width + j;
      *(Vector *)(factor + at) = *(const Vector *)(gram + at) - tile.rows[i][0];
      *(Vector *)(factor + at + LANES) = *(const Vector *)(gram + at + LANES) - tile.rows[i][1];
    }
  }
  for (int i = first; i < first + LANES; i++) factor[(int64_t)i * width + i] += damping;
}

static void factorize_rows(int width, int first, double *factor) {
  int begin = first / BLOCK * BLOCK;
  for (int i = first; i < first + LANES; i++) {
    double *row = factor + (int64_t)i * width;
    double scale = 1 / sqrt(fmax(row[i], LEAST_PIVOT));
    for (int k = begin; k < width; k += LANES) *(Vector *)(row + k) *= scale;
    for (int j = i + 1; j < first + LANES; j++) {
      double *other = factor + (int64_t)j * width, share = row[j];
      for (int k = begin; k < width; k += LANES)
        *(Vector *)(other + k) -= share * *(Vector *)(row + k);
    }
  }
}

/* The sum of a[k] b[k] over k from `first` to `width`; a and b are aligned. */
static double multiply_from(int first, int width, const double *a, const double *b) {
  int aligned = (first + LANES - 1) / LANES * LANES;
  double sum = 0;
  Vector sums = {0};
  for (int k = first; k < aligned; k++) sum += a[k] * b[k];
  for (int k = aligned; k < width; k += LANES)
    sums += *(const Vector *)(a + k) * *(const Vector *)(b + k);
  for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
  return sum;
}

void solve_damped(const double *gram, double damping, int width, double *factor, double *x) {
  for (int first = 0; first < width; first += LANES) {
    reduce_rows(gram, damping, width, first, factor);
    factorize_rows(width, first, factor);
  }
  for (int i = 0; i < width; i++) {
    const double *row = factor + (int64_t)i * width;
    x[i] /= row[i];
    for (int j = i + 1; j < width; j++) x[j] -= x[i] * row[j];
  }
  for (int i = width - 1; i >= 0; i--) {
    const double *row = factor + (int64_t)i * width;
    x[i] = (x[i] - multiply_from(i + 1, width, row, x)) / row[i];
  }
}
