/* Product states: each qubit is its word on |0>, with angles of each token's own. */

#include "tile.h"

/* The state of one qubit, or its adjoint: the real parts of both amplitudes, the imaginary. */
typedef struct {
  Lanes re[2], im[2];
} Qubit;

/* A gate, or its inverse, on a qubit: cosine and sine times a matrix each. */
static Qubit apply_gate(Gate gate, Lanes cosine, Lanes sine, int inverse, Qubit qubit) {
  double even_re[2][2], even_im[2][2], odd_re[2][2], odd_im[2][2];
  gate_matrix(gate, 1, 0, even_re, even_im);
  gate_matrix(gate, 0, gate <= RZ, odd_re, odd_im);
  Qubit result = {{{0}}, {{0}}};
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) {
      int row = inverse ? j : i, column = inverse ? i : j;
      Lanes re = broadcast((float)even_re[row][column]), im = broadcast((float)even_im[row][column]);
      if (gate <= RZ) {
        re = cosine * re + sine * (float)odd_re[row][column];
        im = cosine * im + sine * (float)odd_im[row][column];
      }
      if (inverse) im = -im;
      result.re[i] += re * qubit.re[j] - im * qubit.im[j];
      result.im[i] += re * qubit.im[j] + im * qubit.re[j];
    }
  return result;
}

static void gate_angle(const Tile *tile, const Factor *factor, Lanes *cosine, Lanes *sine) {
  *cosine = broadcast(1);
  *sine = (Lanes){0};
  if (factor->angle >= 0) sines_and_cosines(0.5f * tile->angles[factor->angle], sine, cosine);
}

static Qubit qubit_of(const Tile *tile, const Word *word) {
  Qubit qubit = {{broadcast(1), {0}}, {{0}}};
  for (int i = 0; i < word->count; i++) {
    Lanes cosine, sine;
    gate_angle(tile, &word->factors[i], &cosine, &sine);
    qubit = apply_gate(word->factors[i].gate, cosine, sine, 0, qubit);
  }
  return qubit;
}

/* Twice the gradient of the angle of a gate that has just acted. */
static Lanes turn(Gate gate, const Qubit *qubit, const Qubit *adjoint) {
  const Lanes *ar = qubit->re, *ai = qubit->im, *dr = adjoint->re, *di = adjoint->im;
  switch (gate) {
    case RX: return dr[0] * ai[1] - di[0] * ar[1] + dr[1] * ai[0] - di[1] * ar[0];
    case RY: return dr[1] * ar[0] + di[1] * ai[0] - dr[0] * ar[1] - di[0] * ai[1];
    default: return dr[0] * ai[0] - di[0] * ar[0] - dr[1] * ai[1] + di[1] * ar[1];
  }
}

static void differentiate_word(Tile *tile, const Word *word, Qubit qubit, Qubit adjoint) {
  for (int i = word->count - 1; i >= 0; i--) {
    const Factor *factor = &word->factors[i];
    Lanes cosine, sine;
    gate_angle(tile, factor, &cosine, &sine);
    if (factor->angle >= 0)
      tile->angle_slopes[factor->angle] += 0.5f * turn(factor->gate, &qubit, &adjoint);
    qubit = apply_gate(factor->gate, cosine, sine, 1, qubit);
    adjoint = apply_gate(factor->gate, cosine, sine, 1, adjoint);
  }
}

/* The product of `size` rows with one more qubit: twice as many. In and out may be the same. */
INLINE void extend(int planes, int size, const Qubit *qubit, State in, State out) {
  for (int i = 0; i < size; i++) {
    Lanes re = in.re[i], im = planes == 2 ? in.im[i] : (Lanes){0};
    for (int j = 1; j >= 0; j--) {
      if (planes == 2) out.im[i + j * size] = re * qubit->im[j] + im * qubit->re[j];
      out.re[i + j * size] = re * qubit->re[j] - (planes == 2 ? im * qubit->im[j] : (Lanes){0});
    }
  }
}

void make_product(Tile *tile, const Step *step) {
  State state = tile->state;
  state.re[0] = broadcast(1);
  state.im[0] = (Lanes){0};
  for (int bit = 0; bit < tile->plan->bits; bit++) {
    Qubit qubit = qubit_of(tile, &step->words[bit]);
    if (step->planes == 2)
      extend(2, 1 << bit, &qubit, state, state);
    else
      extend(1, 1 << bit, &qubit, state, state);
  }
}

/* Rows `begin` to `end` of the product and of either half of the adjoint: adds to the adjoint of
 * the last qubit, and leaves that of the product in the first half. */
INLINE void reduce_rows(int planes, int size, int begin, int end, const Qubit *qubit,
                        State product, State adjoint, Qubit *sum) {
  Qubit part = {{{0}}, {{0}}};
  for (int i = begin; i < end; i++) {
    Lanes pr = product.re[i], pi = planes == 2 ? product.im[i] : (Lanes){0};
    Lanes re = {0}, im = {0};
    for (int j = 0; j < 2; j++) {
      Lanes dr = adjoint.re[i + j * size], di = {0};
      if (planes == 2) di = adjoint.im[i + j * size];
      part.re[j] += pr * dr + pi * di;
      part.im[j] += pr * di - pi * dr;
      re += qubit->re[j] * dr + qubit->im[j] * di;
      im += qubit->re[j] * di - qubit->im[j] * dr;
    }
    adjoint.re[i] = re;
    if (planes == 2) adjoint.im[i] = im;
  }
  for (int j = 0; j < 2; j++) {
    sum->re[j] += part.re[j];
    sum->im[j] += part.im[j];
  }
}

/* The adjoint of the last qubit; that of the product of those before it stays in its place. */
static Qubit reduce(int planes, int size, const Qubit *qubit, State product, State adjoint) {
  Qubit sum = {{{0}}, {{0}}};
  for (int begin = 0; begin < size; begin += TERMS) {
    int end = size - begin < TERMS ? size : begin + TERMS;
    if (planes == 2)
      reduce_rows(2, size, begin, end, qubit, product, adjoint, &sum);
    else
      reduce_rows(1, size, begin, end, qubit, product, adjoint, &sum);
  }
  return sum;
}

/* The product of the first k qubits stands in the rows from 2^k on. */
void differentiate_product(Tile *tile, const Step *step) {
  int bits = tile->plan->bits;
  Qubit qubits[32];
  State products = tile->spare;
  products.re[1] = broadcast(1);
  products.im[1] = (Lanes){0};
  for (int bit = 0; bit < bits; bit++) {
    State in = {products.re + (1 << bit), products.im + (1 << bit)};
    State out = {products.re + (2 << bit), products.im + (2 << bit)};
    qubits[bit] = qubit_of(tile, &step->words[bit]);
    if (bit < bits - 1) extend(step->planes, 1 << bit, &qubits[bit], in, out);
  }
  for (int bit = bits - 1; bit >= 0; bit--) {
    State product = {products.re + (1 << bit), products.im + (1 << bit)};
    Qubit adjoint = reduce(step->planes, 1 << bit, &qubits[bit], product, tile->adjoint);
    differentiate_word(tile, &step->words[bit], qubits[bit], adjoint);
  }
}
