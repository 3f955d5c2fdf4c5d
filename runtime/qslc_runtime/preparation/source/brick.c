#include "brick.h"

#include <string.h>

#include "vectors.h"

int find_middle(const Brick *brick) { return brick->rotations / 2 / BLOCK * BLOCK; }

static const uint8_t *find_turned(const Brick *brick, int rotation) {
  return brick->turned + (int64_t)rotation * brick->size;
}

static void rotate(const Brick *brick, int rotation, Rotation by, double *state) {
  int stride = brick->stride[rotation];
  const uint8_t *turned = find_turned(brick, rotation);
  const double sines[2] = {by.sine, -by.sine};
  for (int first = 0; first < brick->size; first += 2 * stride)
    for (int i = first; i < first + stride; i++) {
      double sine = sines[turned[i]], low = state[i], high = state[i + stride];
      state[i] = by.cosine * low - sine * high;
      state[i + stride] = sine * low + by.cosine * high;
    }
}

static Rotation invert(Rotation rotation) { return (Rotation){rotation.cosine, -rotation.sine}; }

void simulate(const Brick *brick, const Rotation *rotations, double *states) {
  int size = brick->size;
  memset(states, 0, sizeof(double) * (size_t)size);
  states[0] = 1;
  for (int k = 0; k < brick->rotations; k++) {
    double *state = states + (int64_t)k * size;
    if (k) memcpy(state, state - size, sizeof(double) * (size_t)size);
    rotate(brick, k, rotations[k], state);
  }
}

void undo(const Brick *brick, const Rotation *rotations, int first, double *state) {
  for (int k = brick->rotations - 1; k >= first; k--)
    rotate(brick, k, invert(rotations[k]), state);
}

/* Two rows of a block, rotated. */
INLINE void rotate_rows(double cosine, double sine, Vector *low, Vector *high) {
#pragma GCC unroll 2
  for (int half = 0; half < 2; half++) {
    Vector kept = low[half];
    low[half] = cosine * kept - sine * high[half];
    high[half] = sine * kept + cosine * high[half];
  }
}

static void rotate_block(const Brick *brick, int rotation, Rotation by, double *block) {
  int stride = brick->stride[rotation];
  const uint8_t *turned = find_turned(brick, rotation);
  const double sines[2] = {by.sine, -by.sine};
  for (int first = 0; first < brick->size; first += 2 * stride)
    for (int i = first; i < first + stride; i++)
      rotate_rows(by.cosine, sines[turned[i]], (Vector *)(block + i * BLOCK),
                  (Vector *)(block + (i + stride) * BLOCK));
}

/* Two rotations of different qubits, one after the other: each row is read and written once. */
static void rotate_block_twice(const Brick *brick, const int rotations[2], const Rotation by[2],
                               double *block) {
  int a = brick->stride[rotations[0]], b = brick->stride[rotations[1]];
  int wide = a > b ? a : b, narrow = a > b ? b : a;
  const uint8_t *turned[2] = {find_turned(brick, rotations[0]), find_turned(brick, rotations[1])};
  const double sines[2][2] = {{by[0].sine, -by[0].sine}, {by[1].sine, -by[1].sine}};
  for (int outer = 0; outer < brick->size; outer += 2 * wide)
    for (int inner = outer; inner < outer + wide; inner += 2 * narrow)
      for (int i = inner; i < inner + narrow; i++) {
        Vector rows[4][2];
        Vector *places[4];
        const int at[4] = {i, i + a, i + b, i + a + b};
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
          places[k] = (Vector *)(block + at[k] * BLOCK);
          rows[k][0] = places[k][0];
          rows[k][1] = places[k][1];
        }
        rotate_rows(by[0].cosine, sines[0][turned[0][at[0]]], rows[0], rows[1]);
        rotate_rows(by[0].cosine, sines[0][turned[0][at[2]]], rows[2], rows[3]);
        rotate_rows(by[1].cosine, sines[1][turned[1][at[0]]], rows[0], rows[2]);
        rotate_rows(by[1].cosine, sines[1][turned[1][at[1]]], rows[1], rows[3]);
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
          places[k][0] = rows[k][0];
          places[k][1] = rows[k][1];
        }
      }
}

/* The rotations from `begin` to before `end`; backward they are undone. In pairs where they are of
 * different qubits. */
static void rotate_block_by(const Brick *brick, const Rotation *rotations, int begin, int end,
                            double *block) {
  int step = begin < end ? 1 : -1;
  for (int k = begin; k != end;) {
    Rotation by = step > 0 ? rotations[k] : invert(rotations[k]);
    int next = k + step;
    if (next != end && brick->stride[k] != brick->stride[next]) {
      Rotation then = step > 0 ? rotations[next] : invert(rotations[next]);
      rotate_block_twice(brick, (int[]){k, next}, (Rotation[]){by, then}, block);
      k = next + step;
    } else {
      rotate_block(brick, k, by, block);
      k = next;
    }
  }
}

/* The derivative of a state for the half angle of the rotation that acted last. */
static void insert(const Brick *brick, int rotation, const double *states, double *column) {
  int stride = brick->stride[rotation];
  const uint8_t *turned = find_turned(brick, rotation);
  const double *state = states + (int64_t)rotation * brick->size;
  for (int first = 0; first < brick->size; first += 2 * stride)
    for (int i = first; i < first + stride; i++) {
      double sign = 1 - 2 * turned[i];
      column[i * BLOCK] = -sign * state[i + stride];
      column[(i + stride) * BLOCK] = sign * state[i];
    }
}

void differentiate(const Brick *brick, const Rotation *rotations, const double *states,
                   double *jacobian) {
  int middle = find_middle(brick), count = brick->rotations;
  for (int begin = 0; begin < count; begin += BLOCK) {
    double *block = jacobian + (int64_t)begin * brick->size;
    int end = begin + BLOCK < count ? begin + BLOCK : count;
    memset(block, 0, sizeof(double) * BLOCK * (size_t)brick->size);
    if (begin < middle) {
      for (int k = begin; k < end; k++) {
        if (k > begin) rotate_block(brick, k, rotations[k], block);
        insert(brick, k, states, block + k - begin);
      }
      rotate_block_by(brick, rotations, end, middle, block);
    } else {
      for (int k = end - 1; k >= begin; k--) {
        insert(brick, k, states, block + k - begin);
        rotate_block(brick, k, invert(rotations[k]), block);
      }
      rotate_block_by(brick, rotations, begin - 1, middle - 1, block);
    }
  }
}
