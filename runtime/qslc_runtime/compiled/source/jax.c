/* The kernel as calls of XLA's foreign function interface. */

#include <string.h>

#include "kernel.h"
#include "xla/ffi/api/c_api.h"

#define EXPORTED __attribute__((visibility("default")))

/* XLA asks for the version before it calls. */
static int answers_metadata(const XLA_FFI_CallFrame *frame) {
  /* Its type has had two names. */
  __typeof__(frame->extension_start) extension = frame->extension_start;
  if (!extension || extension->type != XLA_FFI_Extension_Metadata) return 0;
  XLA_FFI_Metadata *metadata = ((XLA_FFI_Metadata_Extension *)extension)->metadata;
  metadata->api_version.major_version = XLA_FFI_API_MAJOR;
  metadata->api_version.minor_version = XLA_FFI_API_MINOR;
  return 1;
}

static const void *attribute(const XLA_FFI_CallFrame *frame, const char *name) {
  for (int64_t i = 0; i < frame->attrs.size; i++) {
    XLA_FFI_ByteSpan *span = frame->attrs.names[i];
    if (span->len != strlen(name) || memcmp(span->ptr, name, span->len)) continue;
    if (frame->attrs.types[i] == XLA_FFI_AttrType_ARRAY)
      return ((XLA_FFI_Array *)frame->attrs.attrs[i])->data;
    return ((XLA_FFI_Scalar *)frame->attrs.attrs[i])->value;
  }
  return 0;
}

/* Inputs, theta, up, and for gradients the upstream. */
enum { INPUTS, THETA, UP, UPSTREAM };

static const XLA_FFI_Buffer *argument(const XLA_FFI_CallFrame *frame, int place) {
  return frame->args.args[place];
}

static const XLA_FFI_Buffer *result(const XLA_FFI_CallFrame *frame, int place) {
  return frame->rets.rets[place];
}

static Matrix matrix(const XLA_FFI_Buffer *buffer) {
  Type type = buffer->dtype == XLA_FFI_DataType_F16    ? FLOAT16
              : buffer->dtype == XLA_FFI_DataType_BF16 ? BFLOAT16
                                                       : FLOAT32;
  return (Matrix){buffer->data, type, buffer->dims[1]};
}

static XLA_FFI_Error *error(const XLA_FFI_CallFrame *frame, XLA_FFI_Error_Code code,
                            const char *message) {
  XLA_FFI_Error_Create_Args arguments = {
      .struct_size = XLA_FFI_Error_Create_Args_STRUCT_SIZE,
      .message = message,
      .errc = code,
  };
  return frame->api->XLA_FFI_Error_Create(&arguments);
}

static XLA_FFI_Error *refuse(const XLA_FFI_CallFrame *frame) {
  return error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
               "the circuit is for arrays of other shapes");
}

/* Success, or that there was no memory. */
static XLA_FFI_Error *report_end(const XLA_FFI_CallFrame *frame, bool done) {
  if (done) return 0;
  return error(frame, XLA_FFI_Error_Code_RESOURCE_EXHAUSTED,
               "the quantum sublayer's kernel has no memory left");
}

static int has_shapes(const XLA_FFI_CallFrame *frame, const int32_t *program) {
  const XLA_FFI_Buffer *inputs = argument(frame, INPUTS), *theta = argument(frame, THETA);
  const XLA_FFI_Buffer *up = argument(frame, UP);
  Sizes sizes = qslc_sizes(program);
  return inputs->rank == 2 && inputs->dims[1] == sizes.features && theta->rank == 1 &&
         theta->dims[0] == sizes.weights && up->rank == 2 &&
         (!up->dims[1] || up->dims[0] == sizes.observables);
}

static Layer read_layer(const XLA_FFI_CallFrame *frame, const int32_t *program) {
  const int32_t *threads = attribute(frame, "threads");
  return (Layer){program, *threads, argument(frame, INPUTS)->dims[0], argument(frame, UP)->dims[1]};
}

static Arguments arguments(const XLA_FFI_CallFrame *frame) {
  return (Arguments){matrix(argument(frame, INPUTS)), argument(frame, THETA)->data,
                     argument(frame, UP)->data};
}

EXPORTED XLA_FFI_Error *qslc_jax_outputs(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame)) return 0;
  const int32_t *program = attribute(frame, "program");
  if (!has_shapes(frame, program)) return refuse(frame);
  Layer layer = read_layer(frame, program);
  return report_end(frame, qslc_outputs(&layer, arguments(frame), matrix(result(frame, 0))));
}

EXPORTED XLA_FFI_Error *qslc_jax_gradients(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame)) return 0;
  const int32_t *program = attribute(frame, "program");
  if (!has_shapes(frame, program)) return refuse(frame);
  Layer layer = read_layer(frame, program);
  Arguments gradients = {matrix(result(frame, INPUTS)), result(frame, THETA)->data,
                      result(frame, UP)->data};
  Matrix upstream = matrix(argument(frame, UPSTREAM));
  return report_end(frame, qslc_gradients(&layer, arguments(frame), upstream, gradients));
}

static Array array(const XLA_FFI_Buffer *buffer) {
  Array own = {buffer->data, (int)buffer->rank, {0}};
  for (int i = 0; i < own.rank && i < 3; i++) own.dims[i] = buffer->dims[i];
  return own;
}

EXPORTED XLA_FFI_Error *qslc_jax_folded(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame)) return 0;
  Folded folded = {.normalizes = *(const int32_t *)attribute(frame, "normalizes")};
  for (int i = 0; i < FOLDED_ARRAYS; i++) folded.arrays[i] = array(argument(frame, i));
  if (qslc_folded_width(&folded) < 0) return refuse(frame);
  return report_end(frame, qslc_folded(&folded, result(frame, 0)->data));
}
