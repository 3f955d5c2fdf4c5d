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

static const void *find_attribute(const XLA_FFI_CallFrame *frame, const char *name) {
  for (int64_t i = 0; i < frame->attrs.size; i++) {
    XLA_FFI_ByteSpan *span = frame->attrs.names[i];
    if (span->len != strlen(name) || memcmp(span->ptr, name, span->len)) continue;
    if (frame->attrs.types[i] == XLA_FFI_AttrType_ARRAY)
      return ((XLA_FFI_Array *)frame->attrs.attrs[i])->data;
    return ((XLA_FFI_Scalar *)frame->attrs.attrs[i])->value;
  }
  return 0;
}

static Array read_array(const XLA_FFI_Buffer *buffer) {
  Type type = buffer->dtype == XLA_FFI_DataType_F16    ? FLOAT16
              : buffer->dtype == XLA_FFI_DataType_BF16 ? BFLOAT16
                                                       : FLOAT32;
  Array array = {buffer->data, type, (int)buffer->rank, {0}};
  for (int i = 0; i < array.rank && i < 3; i++) array.dims[i] = buffer->dims[i];
  return array;
}

static void read_arguments(const XLA_FFI_CallFrame *frame, int count, Array *arrays) {
  for (int i = 0; i < count; i++) arrays[i] = read_array(frame->args.args[i]);
}

static XLA_FFI_Error *make_error(const XLA_FFI_CallFrame *frame, XLA_FFI_Error_Code code,
                                 const char *message) {
  XLA_FFI_Error_Create_Args arguments = {
      .struct_size = XLA_FFI_Error_Create_Args_STRUCT_SIZE,
      .message = message,
      .errc = code,
  };
  return frame->api->XLA_FFI_Error_Create(&arguments);
}

static XLA_FFI_Error *refuse_shapes(const XLA_FFI_CallFrame *frame) {
  return make_error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                    "the circuit is for arrays of other shapes");
}

/* Success, or that there was no memory. */
static XLA_FFI_Error *report_end(const XLA_FFI_CallFrame *frame, bool done) {
  if (done) return 0;
  return make_error(frame, XLA_FFI_Error_Code_RESOURCE_EXHAUSTED,
                    "the quantum sublayer's kernel has no memory left");
}

static Layer read_layer(const XLA_FFI_CallFrame *frame, int count) {
  Layer layer = {find_attribute(frame, "program"),
                 *(const int32_t *)find_attribute(frame, "threads")};
  read_arguments(frame, count, layer.arrays);
  return layer;
}

EXPORTED XLA_FFI_Error *qslc_jax_outputs(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame)) return 0;
  Layer layer = read_layer(frame, UPSTREAM);
  if (qslc_width(&layer, UPSTREAM) < 0) return refuse_shapes(frame);
  return report_end(frame, qslc_outputs(&layer, read_array(frame->rets.rets[0])));
}

EXPORTED XLA_FFI_Error *qslc_jax_gradients(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame)) return 0;
  Layer layer = read_layer(frame, LAYER_ARRAYS);
  if (qslc_width(&layer, LAYER_ARRAYS) < 0) return refuse_shapes(frame);
  Array gradients[UPSTREAM];
  for (int i = 0; i < UPSTREAM; i++) gradients[i] = read_array(frame->rets.rets[i]);
  return report_end(frame, qslc_gradients(&layer, gradients));
}

EXPORTED XLA_FFI_Error *qslc_jax_folded(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame)) return 0;
  Folded folded = {.normalizes = *(const int32_t *)find_attribute(frame, "normalizes")};
  read_arguments(frame, FOLDED_ARRAYS, folded.arrays);
  if (qslc_folded_width(&folded) < 0) return refuse_shapes(frame);
  return report_end(frame, qslc_folded(&folded, read_array(frame->rets.rets[0]).data));
}
