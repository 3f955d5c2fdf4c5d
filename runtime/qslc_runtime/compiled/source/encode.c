/* Start states: tokens as amplitudes, or as the angles of gates on |0...0>. */

#include <float.h>
#include <string.h>

#include "steps.h"

static const float ROOT_OF_HALF = 0.70710678f;

void load_features(Tile *tile, Array tokens, int count, Lanes *rows) {
  int features = tile->plan->features;
  Lanes poison = {0};
  read_columns(tokens, count, rows);
  for (int i = 0; i < features; i++) poison += 0 * rows[i];
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

void load_amplitudes(Tile *tile, Array tokens, int count, Lanes *rows) {
  const Step *step = &tile->plan->steps[0];
  int features = tile->plan->features, used = features + step->bias;
  load_features(tile, tokens, count, rows);
  if (step->bias) rows[features] = broadcast(1);
  Lanes squares = sum_of_squares(rows, used), unit = broadcast(1);
  if (any_lane((squares < 1e-20f) | (squares > 1e30f))) {
    unit = divide_by_largest(rows, used);
    squares = sum_of_squares(rows, used);
  }
  IntLanes empty = squares == 0;
  Lanes scale = inverse_root(select_lanes(empty, broadcast(1), squares));
  if (step->reference) {
    scale *= ROOT_OF_HALF;
    rows[features] = select_lanes(empty, broadcast(1), broadcast(ROOT_OF_HALF));
  }
  for (int i = 0; i < used; i++) rows[i] *= scale;
  tile->scale = scale / unit;
}

void load_units(const Plan *plan, int first, Lanes *rows) {
  for (int i = 0; i < count_amplitudes(plan); i++) {
    rows[i] = (Lanes){0};
    if (i >= first && i < first + LANES) rows[i][i - first] = 1;
  }
}

void place_amplitudes(const Plan *plan, Lanes *rows) {
  int all = 1 << plan->bits, used = count_amplitudes(plan), reference = plan->steps[0].reference;
  Lanes constant = reference ? rows[--used] / sqrtf((float)reference) : (Lanes){0};
  memset(rows + used, 0, sizeof(Lanes) * (size_t)(all - used));
  for (int i = reference; i < 2 * reference; i++) rows[i] = constant;
}

/* The part of the adjoint across the vector that has been divided by its norm, over the norm. */
void store_amplitude_gradients(const Tile *tile, const Lanes *rows, Lanes *adjoint, Array gradients,
                               int count) {
  const Step *step = &tile->plan->steps[0];
  int features = tile->plan->features;
  Lanes along = {0};
  for (int i = 0; i < features + step->bias; i++) along += rows[i] * adjoint[i];
  if (step->reference) along *= 2; /* over the square of the norm, a half */
  for (int i = 0; i < features; i++) adjoint[i] = (adjoint[i] - rows[i] * along) * tile->scale;
  write_columns(gradients, count, adjoint);
}

/* A gate, or its inverse, on a qubit: cosine and sine times a matrix each. */
static Qubit apply_gate(Gate gate, Lanes cosine, Lanes sine, int inverse, Qubit qubit) {
  Complex even[2][2], odd[2][2];
  make_gate(gate, 1, 0, even);
  make_gate(gate, 0, gate <= RZ, odd);
  Qubit result = {{{0}}, {{0}}};
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) {
      int row = inverse ? j : i, column = inverse ? i : j;
      Lanes re = broadcast((float)creal(even[row][column]));
      Lanes im = broadcast((float)cimag(even[row][column]));
      if (gate <= RZ) {
        re = cosine * re + sine * (float)creal(odd[row][column]);
        im = cosine * im + sine * (float)cimag(odd[row][column]);
      }
      if (inverse) im = -im;
      result.re[i] += re * qubit.re[j] - im * qubit.im[j];
      result.im[i] += re * qubit.im[j] + im * qubit.re[j];
    }
  return result;
}

static void evaluate_gate(const Tile *tile, const GateUse *use, Lanes *cosine, Lanes *sine) {
  *cosine = broadcast(1);
  *sine = (Lanes){0};
  if (use->angle >= 0) sines_and_cosines(0.5f * tile->angles[use->angle], sine, cosine);
}

static Qubit make_qubit(const Tile *tile, const QubitGates *gates) {
  Qubit qubit = {{broadcast(1), {0}}, {{0}}};
  for (int i = 0; i < gates->count; i++) {
    Lanes cosine, sine;
    evaluate_gate(tile, &gates->uses[i], &cosine, &sine);
    qubit = apply_gate(gates->uses[i].gate, cosine, sine, 0, qubit);
  }
  return qubit;
}

static void differentiate_qubit(Tile *tile, const QubitGates *gates, Qubit qubit, Qubit adjoint) {
  for (int i = gates->count - 1; i >= 0; i--) {
    const GateUse *use = &gates->uses[i];
    Lanes cosine, sine;
    evaluate_gate(tile, use, &cosine, &sine);
    if (use->angle >= 0)
      tile->angle_gradients[use->angle] += 0.5f * differentiate_rotation(use->gate, qubit, adjoint);
    qubit = apply_gate(use->gate, cosine, sine, 1, qubit);
    adjoint = apply_gate(use->gate, cosine, sine, 1, adjoint);
  }
}

/* The product of `size` rows with one more qubit: twice as many. In and out may be the same. */
INLINE void extend(int components, int size, const Qubit *qubit, State in, State out) {
  for (int i = 0; i < size; i++) {
    Lanes re = in.re[i], im = components == 2 ? in.im[i] : (Lanes){0};
    for (int j = 1; j >= 0; j--) {
      if (components == 2) out.im[i + j * size] = re * qubit->im[j] + im * qubit->re[j];
      out.re[i + j * size] = re * qubit->re[j] - (components == 2 ? im * qubit->im[j] : (Lanes){0});
    }
  }
}

void make_product(Tile *tile, const Step *step) {
  State state = tile->state;
  state.re[0] = broadcast(1);
  state.im[0] = (Lanes){0};
  for (int bit = 0; bit < tile->plan->bits; bit++) {
    Qubit qubit = make_qubit(tile, &step->gates[bit]);
    BY_COMPONENTS(step->components, extend, 1 << bit, &qubit, state, state);
  }
}

/* Rows `begin` to `end` of the product and of either half of the adjoint: adds to the adjoint of
 * the last qubit, and leaves that of the product in the first half. */
INLINE void reduce_rows(int components, int size, int begin, int end, const Qubit *qubit,
                        State product, State adjoint, Qubit *sum) {
  Qubit part = {{{0}}, {{0}}};
  for (int i = begin; i < end; i++) {
    Lanes pr = product.re[i], pi = components == 2 ? product.im[i] : (Lanes){0};
    Lanes re = {0}, im = {0};
    for (int j = 0; j < 2; j++) {
      Lanes dr = adjoint.re[i + j * size], di = {0};
      if (components == 2) di = adjoint.im[i + j * size];
      part.re[j] += pr * dr + pi * di;
      part.im[j] += pr * di - pi * dr;
      re += qubit->re[j] * dr + qubit->im[j] * di;
      im += qubit->re[j] * di - qubit->im[j] * dr;
    }
    adjoint.re[i] = re;
    if (components == 2) adjoint.im[i] = im;
  }
  for (int j = 0; j < 2; j++) {
    sum->re[j] += part.re[j];
    sum->im[j] += part.im[j];
  }
}

/* The adjoint of the last qubit; that of the product of those before it stays in its place. */
static Qubit reduce(int components, int size, const Qubit *qubit, State product, State adjoint) {
  Qubit sum = {{{0}}, {{0}}};
  for (int begin = 0; begin < size; begin += TERMS) {
    int end = size - begin < TERMS ? size : begin + TERMS;
    BY_COMPONENTS(components, reduce_rows, size, begin, end, qubit, product, adjoint, &sum);
  }
  return sum;
}

/* The product of the first k qubits stands in the rows from 2^k on. */
void differentiate_product(Tile *tile, const Step *step) {
  int bits = tile->plan->bits;
  Qubit qubits[32];
  State products = tile->scratch;
  products.re[1] = broadcast(1);
  products.im[1] = (Lanes){0};
  for (int bit = 0; bit < bits; bit++) {
    State in = {products.re + (1 << bit), products.im + (1 << bit)};
    State out = {products.re + (2 << bit), products.im + (2 << bit)};
    qubits[bit] = make_qubit(tile, &step->gates[bit]);
    if (bit < bits - 1) extend(step->components, 1 << bit, &qubits[bit], in, out);
  }
  for (int bit = bits - 1; bit >= 0; bit--) {
    State product = {products.re + (1 << bit), products.im + (1 << bit)};
    Qubit adjoint = reduce(step->components, 1 << bit, &qubits[bit], product, tile->adjoint);
    differentiate_qubit(tile, &step->gates[bit], qubits[bit], adjoint);
  }
}
