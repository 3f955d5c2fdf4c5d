/* What a layer gives for a tile: the expectations, or their linear map `up`. */

#include <string.h>

#include "squares.h"
#include "tile.h"

static void measure_all(Tile *tile) {
  const Plan *plan = tile->plan;
  for (int i = 1; i < plan->step_count; i++)
    if (plan->steps[i].kind == MEASURE) measure(tile, &plan->steps[i]);
}

/* LANES units of each token; a local square stays in registers. */
static void map_square(const Tile *tile, int block, Lanes square[LANES]) {
  Lanes sums[LANES] = {{0}};
  for (int i = 0; i < tile->plan->outputs; i++) {
    Lanes up = tile->up.rows[i * tile->up.blocks + block];
    for (int token = 0; token < LANES; token++) sums[token] += tile->values[i][token] * up;
  }
  memcpy(square, sums, sizeof sums);
}

/* Some of the expectations of each token. */
static void values_square(const Tile *tile, int first, Lanes square[LANES]) {
  for (int i = 0; i < LANES; i++)
    square[i] = first + i < tile->plan->outputs ? tile->values[first + i] : (Lanes){0};
  transpose(square);
}

void write_outputs(Tile *tile, Matrix outputs, int count) {
  Lanes square[LANES];
  measure_all(tile);
  for (int i = 0; i < tile->plan->outputs; i++)
    tile->values[i] = select_lanes(tile->finite, tile->values[i], broadcast(NAN));
  for (int64_t first = 0; first < outputs.columns; first += LANES) {
    if (tile->up.rows)
      map_square(tile, (int)(first / LANES), square);
    else
      values_square(tile, (int)first, square);
    write_square(outputs, count, first, square);
  }
}

/* The sum of a square's rows, each times its weight. */
INLINE Lanes weighted(const Lanes *weights, const Lanes square[LANES]) {
  Lanes sums[4] = {{0}};
#pragma GCC unroll 16
  for (int i = 0; i < LANES; i++) sums[i % 4] += (*weights)[i] * square[i];
  return sums[0] + sums[1] + (sums[2] + sums[3]);
}

/* The gradients of LANES units, a row for each token, add to those of the map and become those
 * of the expectations. */
static void differentiate_map(Tile *tile, int block, Lanes square[LANES]) {
  int observables = tile->plan->outputs, blocks = tile->up.blocks;
  for (int i = 0; i < observables; i++)
    tile->up_slopes.rows[i * blocks + block] += weighted(&tile->values[i], square);
  transpose(square);
  for (int i = 0; i < observables; i++)
    tile->upstream[i] += weighted(&tile->up.rows[i * blocks + block], square);
}

static void place_upstream(Tile *tile, int first, Lanes square[LANES]) {
  transpose(square);
  for (int i = 0; i < LANES && first + i < tile->plan->outputs; i++)
    tile->upstream[first + i] = square[i];
}

/* Tokens that are not finite have no gradient. */
void read_upstream(Tile *tile, Matrix upstream, int count) {
  Lanes square[LANES];
  if (tile->up.rows) measure_all(tile);
  for (int i = 0; i < tile->plan->outputs; i++) tile->upstream[i] = (Lanes){0};
  for (int64_t first = 0; first < upstream.columns; first += LANES) {
    read_square(upstream, count, first, square);
    for (int token = 0; token < LANES; token++)
      if (!tile->finite[token]) square[token] = (Lanes){0};
    if (tile->up.rows)
      differentiate_map(tile, (int)(first / LANES), square);
    else
      place_upstream(tile, (int)first, square);
  }
}
