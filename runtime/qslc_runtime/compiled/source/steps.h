/* The steps of a plan on a tile: each forward and, where it has one, backward.
 *
 * A backward step undoes the step on the state and on its adjoint, and adds to the gradients. */

#pragma once

#include "kernel.h"
#include "tile.h"

/* Squares of LANES tokens and LANES columns: from a matrix of any type into registers, and back.
 * Rows of a square are tokens; what the matrix does not have is 0. */

/* The matrix without its first `count` rows. */
Array skip_rows(Array matrix, int64_t count);

/* The columns from `first` on of the first `count` rows. */
void read_square(Array matrix, int count, int64_t first, Lanes square[LANES]);
void write_square(Array matrix, int count, int64_t first, const Lanes square[LANES]);

/* All columns of the first `count` rows, a vector each. */
void read_columns(Array matrix, int count, Lanes *columns);
void write_columns(Array matrix, int count, const Lanes *columns);

/* Features of tokens (count, features) as rows: 0 where a token is not finite, which is noted. */
void load_features(Tile *tile, Array tokens, int count, Lanes *rows);

/* The amplitudes of tokens (count, features), or LANES columns of the unit matrix: rows as many as
 * amplitudes. They become the state once they are placed in all of its rows. */
void load_amplitudes(Tile *tile, Array tokens, int count, Lanes *rows);
void load_units(const Plan *plan, int first, Lanes *rows);
void place_amplitudes(const Plan *plan, Lanes *rows);

/* The gradients of the features, from the amplitudes and their adjoint, which is overwritten. */
void store_amplitude_gradients(const Tile *tile, const Lanes *rows, Lanes *adjoint, Array gradients,
                               int count);

/* LANES columns of the matrix from the state that the unit vectors have become. */
void store_columns(const Tile *tile, Matrix *matrix, int block);

/* LANES columns of the matrix and of its gradients as the state and its adjoint. */
void load_columns(Tile *tile, Columns gradients, int block);

/* The state from the amplitudes; the adjoint of these, in the rows of adjoint_scratch. */
void apply_matrix(Tile *tile);
void differentiate_matrix(Tile *tile);

void make_product(Tile *tile, const Step *step);
void differentiate_product(Tile *tile, const Step *step);

void apply_gates(Tile *tile, const Step *step);
void differentiate_gates(Tile *tile, const Step *step);
void collect_gate_gradients(Tile *tile, const Step *step);

/* The state with its rows moved and signs flipped, or back. */
void move_rows(const Plan *plan, const Step *step, int back, State *state, State *scratch);

void apply_phase(Tile *tile, const Step *step);
void differentiate_phase(Tile *tile, const Step *step);
void collect_phase_gradients(Tile *tile, const Step *step);

void measure(Tile *tile, const Step *step);
void differentiate_measure(Tile *tile, const Step *step, int first);

/* Outputs (count, units or expectations) from the state, and the gradients of the expectations
 * from theirs. */
void write_outputs(Tile *tile, Array outputs, int count);
void read_upstream(Tile *tile, Array upstream, int count);
