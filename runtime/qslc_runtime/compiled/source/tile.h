/* One tile of LANES tokens: its state, the adjoint of its state, and the gradients it adds to. */

#pragma once

#include "matrix.h"

/* Terms that are summed by themselves: long sums of float32 lose digits. */
enum { TERMS = 128 };

/* The rows of a state; `im` means nothing while the state is real. */
typedef struct {
  Lanes *re, *im;
} State;

/* The linear map from expectations to units: LANES units of each row, block by block, filled up
 * with 0. */
typedef struct {
  Lanes *rows; /* (blocks, observables); null: there is none */
  int blocks;
} Map;

typedef struct {
  const Plan *plan;
  const Matrix *matrix;            /* null: gates are applied to each token */
  State state, adjoint;            /* the adjoint is the gradient of re and im */
  State scratch, adjoint_scratch;
  Lanes *amplitudes;               /* of tokens before the matrix */
  Lanes *features;                 /* of a product state's tokens: a row each */
  Lanes *feature_gradients;
  Lanes *angles, *angle_gradients; /* a row each; those that all tokens share are broadcast */
  Lanes *values, *sums, *upstream; /* a row for each output */
  /* for each qubit of each step of gates: that of a rotation about X, Y and Z */
  Lanes (*rotation_gradients)[3];
  float *phase_gradients;          /* for each shared phase: the gradient of each row's phase */
  Lanes *weight_gradients;
  Map up, up_gradients;
  Columns matrix_gradients;
  Lanes scale;                     /* AMPLITUDES: 1 / norm, or 0 */
  IntLanes finite;                 /* the tokens that hold neither NaN nor infinity */
} Tile;

/* `count` vectors of zeros. */
Lanes *allocate_lanes(Arena *arena, int count);

/* A tile for outputs, and what gradients need beside it. */
Tile make_tile(const Plan *plan, const Matrix *matrix, Map up, Arena *arena);
void allocate_gradients(Tile *tile, Map up_gradients, Arena *arena);

/* A call with `components` known when it is compiled. */
#define BY_COMPONENTS(components, function, ...) \
  ((components) == 2 ? function(2, __VA_ARGS__) : function(1, __VA_ARGS__))

/* Both amplitudes of a qubit, or their adjoint: the real parts, the imaginary. */
typedef struct {
  Lanes re[2], im[2];
} Qubit;

/* Twice the gradient of the angle of a rotation that has just acted. */
INLINE Lanes differentiate_rotation(Gate gate, Qubit a, Qubit d) {
  switch (gate) {
    case RX: return d.re[0] * a.im[1] - d.im[0] * a.re[1] + d.re[1] * a.im[0] - d.im[1] * a.re[0];
    case RY: return d.re[1] * a.re[0] + d.im[1] * a.im[0] - d.re[0] * a.re[1] - d.im[0] * a.im[1];
    default: return d.re[0] * a.im[0] - d.im[0] * a.re[0] - d.re[1] * a.im[1] + d.im[1] * a.re[1];
  }
}

INLINE void swap_states(State *a, State *b) {
  State kept = *a;
  *a = *b;
  *b = kept;
}

/* The angles that are, or are not, different for each token. */
void evaluate_angles(Tile *tile, int per_token);
void differentiate_angles(Tile *tile, int per_token);
