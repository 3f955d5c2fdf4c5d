/* Angles as polynomials of weights and features. */

#include "tile.h"

static Lanes symbol(const Tile *tile, int place) {
  int weights = tile->plan->weights;
  return place < weights ? broadcast(tile->plan->theta[place]) : tile->features[place - weights];
}

static Lanes *symbol_slope(Tile *tile, int place) {
  int weights = tile->plan->weights;
  return place < weights ? &tile->weight_slopes[place] : &tile->feature_slopes[place - weights];
}

/* The product of a monomial's symbols but for one. */
static Lanes product_without(const Tile *tile, const Monomial *monomial, int without) {
  Lanes product = broadcast(monomial->coefficient);
  for (int i = 0; i < monomial->count; i++)
    if (i != without) product *= symbol(tile, monomial->symbols[i]);
  return product;
}

void evaluate_angles(Tile *tile, int per_token) {
  for (int i = 0; i < tile->plan->angle_count; i++) {
    const Angle *angle = &tile->plan->angles[i];
    if (angle->per_token != per_token) continue;
    tile->angles[i] = (Lanes){0};
    for (int j = 0; j < angle->count; j++)
      tile->angles[i] += product_without(tile, &angle->monomials[j], -1);
  }
}

void differentiate_angles(Tile *tile, int per_token) {
  for (int i = 0; i < tile->plan->angle_count; i++) {
    const Angle *angle = &tile->plan->angles[i];
    if (angle->per_token != per_token) continue;
    for (int j = 0; j < angle->count; j++)
      for (int k = 0; k < angle->monomials[j].count; k++)
        *symbol_slope(tile, angle->monomials[j].symbols[k]) +=
            tile->angle_slopes[i] * product_without(tile, &angle->monomials[j], k);
    tile->angle_slopes[i] = (Lanes){0};
  }
}
