/* One tile of LANES tokens: its state, the adjoint of its state, and the gradients it adds to. */

#ifndef QSLC_TILE_H
#define QSLC_TILE_H

#include "kernel.h"
#include "plan.h"

/* So many terms are added up by themselves: long sums of floats lose digits. */
enum { TERMS = 128 };

/* The rows of a state; `im` means nothing while the state is real. */
typedef struct {
  Lanes *re, *im;
} State;

/* The linear map from expectations to units: rows of whole vectors, filled up with 0. */
typedef struct {
  Lanes *rows; /* null: there is none */
  int blocks;  /* a row has so many vectors */
} Map;

typedef struct {
  const Plan *plan;
  State state, adjoint; /* the adjoint is the gradient of re and im */
  State spare, adjoint_spare;
  Lanes *features;                    /* of a product state's tokens: a row each */
  Lanes *feature_slopes;
  Lanes *angles, *angle_slopes;       /* a row each; those that all tokens share are broadcast */
  Lanes *values, *sums, *upstream;    /* a row for each output */
  Lanes (*turns)[3];                  /* for each word: the gradient of a turn about X, Y and Z */
  float *phase_slopes;                /* for each shared phase: the gradient of each row's phase */
  Lanes *weight_slopes;
  Map up, up_slopes;
  Lanes scale;                        /* AMPLITUDES: 1 / norm, or 0 */
  IntLanes finite;                    /* the tokens that hold neither NaN nor infinity */
} Tile;

/* So many vectors, 0. */
Lanes *lanes(Arena *arena, int count);

/* A tile without gradients, and what they need. */
Tile tile_of(const Plan *plan, Map up, Arena *arena);
void take_slopes(Tile *tile, Map up_slopes, Arena *arena);

/* Tokens to the state at the end, and from the gradients of the expectations back. */
void simulate(Tile *tile, Matrix tokens, int count);
void go_back(Tile *tile, Matrix slopes, int count);

/* The gradients of weights, from those that words and phases have collected from all tiles. */
void add_up(Tile *tile, double *theta_slopes);

INLINE void swap_states(State *a, State *b) {
  State kept = *a;
  *a = *b;
  *b = kept;
}

/* The angles that are, or are not, different for each token. */
void evaluate_angles(Tile *tile, int per_token);
void differentiate_angles(Tile *tile, int per_token);

/* Features of tokens (count, features) as rows, and their gradients back. */
void load_features(Tile *tile, Matrix tokens, int count);
void store_feature_slopes(Tile *tile, Matrix slopes, int count);

/* Amplitudes from tokens (count, features), and back. */
void load_amplitudes(Tile *tile, int bias, Matrix tokens, int count);
void store_amplitude_slopes(Tile *tile, int bias, Matrix slopes, int count);

void make_product(Tile *tile, const Step *step);
void differentiate_product(Tile *tile, const Step *step);

void apply_words(Tile *tile, const Step *step);
void differentiate_words(Tile *tile, const Step *step);
void add_turns(Tile *tile, const Step *step);

void move_rows(const Plan *plan, const int32_t *rows, int planes, State *state, State *spare);
void move_rows_back(const Plan *plan, const int32_t *rows, int planes, State *state, State *spare);

void apply_phase(Tile *tile, const Step *step);
void differentiate_phase(Tile *tile, const Step *step);
void add_phase_slopes(Tile *tile, const Step *step);

void measure(Tile *tile, const Step *step);
void differentiate_measure(Tile *tile, const Step *step, int first);

/* Outputs (count, units or expectations) from the state, and the gradients of the expectations
 * from theirs. */
void write_outputs(Tile *tile, Matrix outputs, int count);
void read_upstream(Tile *tile, Matrix upstream, int count);

#endif
