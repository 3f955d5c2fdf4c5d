#include "brick.h"

#include <string.h>

#include "vectors.h"

int find_middle(const Brick *brick) { return brick->rotations / 2 / BLOCK * BLOCK; }

static const uint8_t *find_turned(const Brick *brick, int rotation) {
  return brick->turned + (int64_t)rotation * (brick->size / 2);
}

static void rotate(const Brick *brick, int rotation, Rotation by, double *state) {
  int stride = brick->stride[rotation];
  const uint8_t *turned = find_turned(brick, rotation);
  const double sines[2] = {by.sine, -by.sine};
  for (int first = 0; first < brick->size; first += 2 * stride)
    for (int i = first; i < first + stride; i++) {
      double sine = sines[*turned++], low = state[i], high = state[i + stride];
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

static void rotate_block(const Brick *brick, int rotation, Rotation by, double *block) {
  int stride = brick->stride[rotation];
  const uint8_t *turned = find_turned(brick, rotation);
  const double sines[2] = {by.sine, -by.sine};
  for (int first = 0; first < brick->size; first += 2 * stride)
    for (int i = first; i < first + stride; i++) {
      double sine = sines[*turned++];
      Vector *low = (Vector *)(block + i * BLOCK), *high = (Vector *)(block + (i + stride) * BLOCK);
#pragma GCC unroll 2
      for (int half = 0; half < 2; half++) {
        Vector kept = low[half];
        low[half] = by.cosine * kept - sine * high[half];
        high[half] = sine * kept + by.cosine * high[half];
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
      double sign = 1 - 2 * *turned++;
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
    for (int k = begin; k < middle; k++) {
      if (k > begin) rotate_block(brick, k, rotations[k], block);
      if (k < end) insert(brick, k, states, block + k - begin);
    }
    for (int k = end - 1; k >= middle; k--) {
      if (k >= begin) insert(brick, k, states, block + k - begin);
      rotate_block(brick, k, invert(rotations[k]), block);
    }
  }
}
