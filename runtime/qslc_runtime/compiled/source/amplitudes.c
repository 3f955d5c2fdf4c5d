/* Tokens as amplitudes: rows of features turned into columns, and divided by their norm. */

#include <float.h>
#include <string.h>

#include "squares.h"
#include "tile.h"

/* Features as rows, 0 for tokens that are not finite: tile->finite says which are. */
static void read_rows(Tile *tile, Matrix tokens, int count, Lanes *rows) {
  int features = tile->plan->features;
  Lanes poison = {0};
  for (int first = 0; first < features; first += LANES) {
    Lanes square[LANES];
    read_square(tokens, count, first, square);
    transpose(square);
    for (int i = 0; i < LANES && first + i < features; i++) {
      poison += 0 * square[i];
      rows[first + i] = square[i];
    }
  }
  tile->finite = poison == 0;
  if (!any_lane(~tile->finite)) return;
  for (int i = 0; i < features; i++) rows[i] = select_lanes(tile->finite, rows[i], (Lanes){0});
}

static Lanes sum_of_squares(const Lanes *rows, int count) {
  Lanes sums[4] = {{0}};
  for (int i = 0; i < count; i++) sums[i % 4] += rows[i] * rows[i];
  return sums[0] + sums[1] + (sums[2] + sums[3]);
}

static Lanes inverse_root(Lanes x) {
  for (int lane = 0; lane < LANES; lane++) x[lane] = 1 / sqrtf(x[lane]);
  return x;
}

/* Rows divided by the largest of each lane, where the squares alone are too large or small.
 * Returns what they are divided by; infinity where all are 0. */
static Lanes divide_by_largest(Lanes *rows, int count) {
  Lanes largest = {0};
  for (int i = 0; i < count; i++)
    largest = select_lanes(magnitude(rows[i]) > largest, magnitude(rows[i]), largest);
  largest = select_lanes(largest < FLT_MIN, broadcast(INFINITY), largest);
  for (int i = 0; i < count; i++) rows[i] = rows[i] / largest;
  return largest;
}

void load_amplitudes(Tile *tile, int bias, Matrix tokens, int count) {
  Lanes *rows = tile->state.re;
  int used = tile->plan->features + bias, all = 1 << tile->plan->bits;
  read_rows(tile, tokens, count, rows);
  if (bias) rows[tile->plan->features] = broadcast(1);
  memset(rows + used, 0, sizeof(Lanes) * (size_t)(all - used));
  Lanes squares = sum_of_squares(rows, used), unit = broadcast(1);
  if (any_lane((squares < 1e-20f) | (squares > 1e30f))) {
    unit = divide_by_largest(rows, used);
    squares = sum_of_squares(rows, used);
  }
  Lanes scale = inverse_root(select_lanes(squares == 0, broadcast(1), squares));
  for (int i = 0; i < used; i++) rows[i] *= scale;
  tile->scale = scale / unit;
}

/* The part of the adjoint across the unit vector, over the norm. */
void store_amplitude_slopes(Tile *tile, int bias, Matrix slopes, int count) {
  const Lanes *unit = tile->state.re, *adjoint = tile->adjoint.re;
  int features = tile->plan->features;
  Lanes along = {0};
  for (int i = 0; i < features + bias; i++) along += unit[i] * adjoint[i];
  for (int first = 0; first < features; first += LANES) {
    Lanes square[LANES];
    for (int i = 0; i < LANES; i++)
      square[i] = first + i < features
                      ? (adjoint[first + i] - unit[first + i] * along) * tile->scale
                      : (Lanes){0};
    transpose(square);
    write_square(slopes, count, first, square);
  }
}

void load_features(Tile *tile, Matrix tokens, int count) {
  read_rows(tile, tokens, count, tile->features);
}

void store_feature_slopes(Tile *tile, Matrix slopes, int count) {
  int features = tile->plan->features;
  for (int first = 0; first < features; first += LANES) {
    Lanes square[LANES];
    for (int i = 0; i < LANES; i++)
      square[i] = first + i < features ? tile->feature_slopes[first + i] : (Lanes){0};
    transpose(square);
    write_square(slopes, count, first, square);
  }
}
