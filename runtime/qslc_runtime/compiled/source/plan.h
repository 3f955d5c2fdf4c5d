/* A circuit, ready to simulate: the program's steps with all that the tokens of a call share.
 *
 * A state has 2^bits rows of LANES numbers; qubits are bits of the row, the last qubit bit 0. */

#pragma once

#include <complex.h>

#include "arena.h"
#include "lanes.h"

typedef enum { RX, RY, RZ, H, X, Z, S, S_INVERSE, T } Gate;

typedef enum { AMPLITUDES, PRODUCT, GATES, PERMUTE, PARITY, PHASE, MEASURE } Kind;

/* A product of weights and features with a coefficient. Symbols below `weights` are weights. */
typedef struct {
  float coefficient;
  int count;
  const int32_t *symbols;
} Monomial;

typedef struct {
  int count, per_token;
  Monomial *monomials;
} Angle;

/* A gate on one qubit; `angle` is its place among the angles, or negative.
 * `axis` is the Pauli vector of its rotation, rotated by the later gates on its qubit. */
typedef struct {
  Gate gate;
  int angle;
  float axis[3];
} GateUse;

/* The gates on one qubit, in order, and their product [row][column] if all tokens share it. */
typedef struct {
  int bit, count;
  GateUse *uses;
  float re[2][2], im[2][2];
} QubitGates;

typedef struct {
  int mask, angle;
  float factor;
} Term;

typedef struct {
  int mask, output;
  float sign;
} Observable;

typedef struct {
  Kind kind;
  int components;       /* of the amplitudes behind the step: 1 if all are real, else 2 */
  int count;            /* of qubits with gates, terms or observables */
  int bias;             /* AMPLITUDES: the constant 1 follows the features, in their norm */
  int reference;        /* AMPLITUDES: behind so many rows, which have the features, are as many
                         * of one amplitude, of the same norm; 0: there are none */
  QubitGates *gates;    /* PRODUCT, one a bit; GATES, from the highest bit to the lowest */
  const int32_t *rows;  /* GATES, PERMUTE: the row that comes here, its sign in the top bit */
  Term *terms;          /* PHASE */
  int per_token;        /* PHASE: whether an angle is */
  float *cosine, *sine; /* PHASE: of the phase of each row, if the tokens share it */
  int flip, odd;        /* MEASURE: the bits that are flipped; an odd number of Y */
  Observable *observables;
  int place;            /* of the first qubit's gates, or of the phase, among all of the plan */
} Step;

typedef struct {
  int bits, features, weights, outputs, angle_count, step_count, gates_count, phase_count;
  Angle *angles;
  Step *steps;
  const float *theta;
} Plan;

/* Reads a program (see compiled/program.py) and computes what depends on `theta` alone. */
Plan read_plan(const int32_t *program, const float *theta, Arena *arena);

typedef double complex Complex;

/* The amplitudes that tokens have: their features and the constant. */
int count_amplitudes(const Plan *plan);

/* The matrix of a gate, cosine and sine of half the angle given where it is a rotation. */
void make_gate(Gate gate, double cosine, double sine, Complex matrix[2][2]);

/* In place: row i becomes the sum of all rows j, minus where i & j has an odd number of bits. */
#define WALSH_HADAMARD(rows, bits)                              \
  for (int stride = 1; stride < 1 << (bits); stride *= 2)       \
    for (int row = 0; row < 1 << (bits); row += 2 * stride)     \
      for (int i = row; i < row + stride; i++) {                \
        __typeof__(*(rows)) sum = (rows)[i] + (rows)[i + stride]; \
        (rows)[i + stride] = (rows)[i] - (rows)[i + stride];    \
        (rows)[i] = sum;                                        \
      }
