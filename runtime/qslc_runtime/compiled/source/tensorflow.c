/* The kernel as operations of TensorFlow: a layer, its gradients, and a folded layer. */

#include <stdbool.h>
#include <stdlib.h>

#include "kernel.h"
#include "tensorflow_api.h"

/* What the attributes of an operation say: of a layer, or of a folded layer. */
typedef struct {
  int32_t threads;
  unsigned char normalizes;
  int32_t program[];
} Operation;

static Layer read_layer(const Operation *operation) {
  return (Layer){operation->program, operation->threads};
}

static void *create(TF_OpKernelConstruction *context) {
  TF_Status *status = TF_NewStatus();
  bool is_layer = TF_OpKernelConstruction_HasAttr(context, "program", status);
  int32_t count = 0, bytes = 0;
  if (is_layer) TF_OpKernelConstruction_GetAttrSize(context, "program", &count, &bytes, status);
  Operation *operation = calloc(1, sizeof *operation + (size_t)bytes);
  if (!operation) {
    const char *message = is_layer ? "no memory for a circuit" : "no memory for a folded layer";
    TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, message);
  } else if (is_layer) {
    char *program = (char *)operation->program;
    TF_OpKernelConstruction_GetAttrString(context, "program", program, (size_t)bytes, status);
    TF_OpKernelConstruction_GetAttrInt32(context, "threads", &operation->threads, status);
  } else {
    TF_OpKernelConstruction_GetAttrBool(context, "normalizes", &operation->normalizes, status);
  }
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(context, status);
  TF_DeleteStatus(status);
  return operation;
}

static Array read_array(const TF_Tensor *tensor) {
  TF_DataType type = TF_TensorType(tensor);
  Type own = type == TF_HALF ? FLOAT16 : type == TF_BFLOAT16 ? BFLOAT16 : FLOAT32;
  Array array = {TF_TensorData(tensor), own, TF_NumDims(tensor), {0}};
  for (int i = 0; i < array.rank && i < 3; i++) array.dims[i] = TF_Dim(tensor, i);
  return array;
}

/* One call of an operation: what is to be deleted at its end. */
typedef struct {
  TF_OpKernelContext *context;
  TF_Status *status;
  TF_Tensor *inputs[FOLDED_ARRAYS], *results[UPSTREAM];
} Call;

static bool is_ok(const Call *call) { return TF_GetCode(call->status) == TF_OK; }

static Call begin_call(TF_OpKernelContext *context, int count, Array *arrays) {
  Call call = {context, TF_NewStatus()};
  for (int i = 0; i < count && is_ok(&call); i++) {
    TF_GetInput(context, i, &call.inputs[i], call.status);
    if (is_ok(&call)) arrays[i] = read_array(call.inputs[i]);
  }
  return call;
}

/* Nothing where the call has failed, or fails as there is no memory. */
static Array make_result(Call *call, int place, int rank, const int64_t *dims) {
  if (!is_ok(call)) return (Array){0};
  TF_DataType type = TF_ExpectedOutputDataType(call->context, place);
  size_t bytes = TF_DataTypeSize(type);
  for (int i = 0; i < rank; i++) bytes *= (size_t)dims[i];
  call->results[place] =
      TF_AllocateOutput(call->context, place, type, dims, rank, bytes, call->status);
  return is_ok(call) ? read_array(call->results[place]) : (Array){0};
}

static void refuse_shapes(Call *call, const char *message) {
  if (is_ok(call)) TF_SetStatus(call->status, TF_INVALID_ARGUMENT, message);
}

static void end_call(Call *call, bool done) {
  if (is_ok(call) && !done)
    TF_SetStatus(call->status, TF_RESOURCE_EXHAUSTED,
                 "the quantum sublayer's kernel has no memory left");
  if (!is_ok(call)) TF_OpKernelContext_Failure(call->context, call->status);
  for (int i = 0; i < FOLDED_ARRAYS; i++) TF_DeleteTensor(call->inputs[i]);
  for (int i = 0; i < UPSTREAM; i++) TF_DeleteTensor(call->results[i]);
  TF_DeleteStatus(call->status);
}

static const char OTHER_SHAPES[] = "the circuit is for tensors of other shapes";

static void compute_outputs(void *operation, TF_OpKernelContext *context) {
  Layer layer = read_layer(operation);
  Call call = begin_call(context, UPSTREAM, layer.arrays);
  int64_t width = qslc_width(&layer, UPSTREAM);
  if (width < 0) refuse_shapes(&call, OTHER_SHAPES);
  int64_t dims[] = {layer.arrays[INPUTS].dims[0], width};
  Array outputs = make_result(&call, 0, 2, dims);
  end_call(&call, is_ok(&call) && qslc_outputs(&layer, outputs));
}

static void compute_gradients(void *operation, TF_OpKernelContext *context) {
  Layer layer = read_layer(operation);
  Call call = begin_call(context, LAYER_ARRAYS, layer.arrays);
  if (qslc_width(&layer, LAYER_ARRAYS) < 0) refuse_shapes(&call, OTHER_SHAPES);
  Array gradients[UPSTREAM];
  for (int i = 0; i < UPSTREAM; i++)
    gradients[i] = make_result(&call, i, layer.arrays[i].rank, layer.arrays[i].dims);
  end_call(&call, is_ok(&call) && qslc_gradients(&layer, gradients));
}

static void compute_folded(void *operation, TF_OpKernelContext *context) {
  Folded folded = {.normalizes = ((const Operation *)operation)->normalizes};
  Call call = begin_call(context, FOLDED_ARRAYS, folded.arrays);
  int64_t width = qslc_folded_width(&folded);
  if (width < 0) refuse_shapes(&call, "the folded layer is for tensors of other shapes");
  int64_t dims[] = {folded.arrays[FOLDED_INPUTS].dims[0], width};
  Array outputs = make_result(&call, 0, 2, dims);
  end_call(&call, is_ok(&call) && qslc_folded(&folded, outputs.data));
}

/* The shapes of inputs, theta and up are those of their gradients. */
static void infer_gradients(TF_ShapeInferenceContext *context, TF_Status *status) {
  for (int i = 0; i < UPSTREAM; i++) {
    TF_ShapeHandle *shape = TF_NewShapeHandle();
    TF_ShapeInferenceContextGetInput(context, i, shape, status);
    TF_ShapeInferenceContextSetOutput(context, i, shape, status);
    TF_DeleteShapeHandle(shape);
  }
}

typedef void Run(void *, TF_OpKernelContext *);
typedef void Infer(TF_ShapeInferenceContext *, TF_Status *);

/* Lists end with 0. */
static void register_operation(const char *name, const char *const *inputs,
                               const char *const *results, const char *const *attributes,
                               Infer *infer, Run *run) {
  TF_Status *status = TF_NewStatus();
  TF_OpDefinitionBuilder *builder = TF_NewOpDefinitionBuilder(name);
  for (; *inputs; inputs++) TF_OpDefinitionBuilderAddInput(builder, *inputs);
  for (; *results; results++) TF_OpDefinitionBuilderAddOutput(builder, *results);
  for (; *attributes; attributes++) TF_OpDefinitionBuilderAddAttr(builder, *attributes);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, infer);
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) == TF_OK)
    TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, run, free), status);
  TF_DeleteStatus(status);
}

__attribute__((constructor)) static void register_operations(void) {
  static const char *const backward[] = {"inputs: T", "theta: float", "up: float", "upstream: R",
                                         0};
  static const char *const forward[] = {"inputs: T", "theta: float", "up: float", 0};
  static const char *const values[] = {"outputs: R", 0};
  static const char *const gradients[] = {"inputs_gradients: T", "theta_gradients: float",
                                       "up_gradients: float", 0};
  /* Inputs have the type T, outputs the type R. */
  static const char *const attributes[] = {"T: {float, bfloat16, half}",
                                           "R: {float, bfloat16, half}", "program: string",
                                           "threads: int = 0", 0};
  static const char *const folded[] = {"inputs: float", "forms: float", "order: int32",
                                       "signs: float",  "left: float",  "right: float",
                                       "readout: float", "up: float",   0};
  static const char *const folded_values[] = {"outputs: float", 0};
  static const char *const normalizes[] = {"normalizes: bool", 0};
  register_operation("QslcOutputs", forward, values, attributes,
                     TF_ShapeInferenceContextSetUnknownShape, compute_outputs);
  register_operation("QslcGradients", backward, gradients, attributes, infer_gradients,
                     compute_gradients);
  register_operation("QslcFolded", folded, folded_values, normalizes,
                     TF_ShapeInferenceContextSetUnknownShape, compute_folded);
}
