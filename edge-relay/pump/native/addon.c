/* The pump as Node sees it: numbers, typed arrays and two kinds of handles; `addon.ts` says what each function takes. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define NAPI_VERSION 9
#include <node_api.h>
#include "pump.h"

enum { MOST_ARGUMENTS = 8, STREAM_FIELDS = 7 + PUMP_VARIANTS, MOST_SEQUENCES = 1024, TARGET_WORDS = 4, STAT_FIELDS = 6 };

static napi_value fail(napi_env env, const char *code, const char *words) {
  napi_throw_error(env, code, words);
  return NULL;
}

static bool arguments(napi_env env, napi_callback_info info, size_t wanted, napi_value values[MOST_ARGUMENTS]) {
  size_t count = MOST_ARGUMENTS;
  if (napi_get_cb_info(env, info, &count, values, NULL, NULL) == napi_ok && count >= wanted) return true;
  napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "The pump was called with too few arguments.");
  return false;
}

static uint32_t number(napi_env env, napi_value value) {
  uint32_t result = 0;
  (void)napi_get_value_uint32(env, value, &result);
  return result;
}

static napi_value numbered(napi_env env, double value) {
  napi_value result = NULL;
  (void)napi_create_double(env, value, &result);
  return result;
}

/* Bytes of a typed array (a Buffer is one); `elements` of the type given. NULL where it is something else. */
static void *array(napi_env env, napi_value value, napi_typedarray_type wanted, size_t *elements) {
  napi_typedarray_type type;
  void *data = NULL;
  *elements = 0;
  if (napi_get_typedarray_info(env, value, &type, elements, &data, NULL, NULL) != napi_ok || type != wanted) return NULL;
  return data;
}

typedef struct {
  pump *pump;
} pump_handle;

typedef struct {
  pump_frame *frame;
} frame_handle;

static void *handle(napi_env env, napi_value value) {
  void *found = NULL;
  return napi_get_value_external(env, value, &found) == napi_ok ? found : NULL;
}

static pump *pump_of(napi_env env, napi_value value) {
  pump_handle *found = handle(env, value);
  if (found != NULL && found->pump != NULL) return found->pump;
  napi_throw_error(env, "closed", "The pump was closed.");
  return NULL;
}

static void close_pump(pump_handle *handle) {
  if (handle->pump != NULL) pump_destroy(handle->pump);
  handle->pump = NULL;
}

static void drop_pump(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  close_pump(data);
  free(data);
}

static void close_frame(frame_handle *handle) {
  if (handle->frame != NULL) pump_frame_release(handle->frame);
  handle->frame = NULL;
}

static void drop_frame(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  close_frame(data);
  free(data);
}

static bool socket_address(const char *host, uint16_t port, pump_address *to, socklen_t *length) {
  memset(to, 0, sizeof *to);
  if (strchr(host, ':') != NULL) {
    to->six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
    *length = sizeof to->six;
    return inet_pton(AF_INET6, host, &to->six.sin6_addr) == 1;
  }
  to->four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
  *length = sizeof to->four;
  return inet_pton(AF_INET, host, &to->four.sin_addr) == 1;
}

/* openSocket(host, port): a bound UDP socket's descriptor, for `dgram` to adopt. */
static napi_value open_socket(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  char host[INET6_ADDRSTRLEN] = "";
  size_t host_length = 0;
  if (!arguments(env, info, 2, values)) return NULL;
  pump_address to;
  socklen_t length;
  (void)napi_get_value_string_utf8(env, values[0], host, sizeof host, &host_length);
  if (!socket_address(host, (uint16_t)number(env, values[1]), &to, &length)) return fail(env, "ERR_INVALID_ARG_VALUE", "The address to bind is no IP address.");
  int fd = socket(to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(env, "EMFILE", "No UDP socket could be made.");
  if (bind(fd, &to.any, length) == 0) return numbered(env, fd);
  int error = errno;
  close(fd);
  return fail(env, error == EADDRINUSE ? "EADDRINUSE" : error == EACCES ? "EACCES" : "EADDRNOTAVAIL", strerror(error));
}

/* create(fd, queueItems, segmentation) */
static napi_value create(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 3, values)) return NULL;
  bool segmentation = true;
  (void)napi_get_value_bool(env, values[2], &segmentation);
  pump_options options = {.fd = (int)number(env, values[0]), .queue_items = number(env, values[1]), .segmentation = segmentation};
  pump_handle *made = calloc(1, sizeof *made);
  if (made != NULL) made->pump = pump_create(&options);
  napi_value result = NULL;
  if (made != NULL && made->pump != NULL && napi_create_external(env, made, drop_pump, NULL, &result) == napi_ok) return result;
  if (made != NULL) close_pump(made);
  free(made);
  return fail(env, "ENOMEM", "The pump could not be started.");
}

static napi_value destroy(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 1, values)) return NULL;
  pump_handle *found = handle(env, values[0]);
  if (found != NULL) close_pump(found);
  return NULL;
}

/* openSession(pump, key, salt) */
static napi_value open_session(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  size_t key_bytes, salt_bytes;
  if (!arguments(env, info, 3, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  const uint8_t *key = array(env, values[1], napi_uint8_array, &key_bytes);
  const uint8_t *salt = array(env, values[2], napi_uint8_array, &salt_bytes);
  if (self == NULL) return NULL;
  if (key_bytes != PUMP_KEY_BYTES || salt_bytes != PUMP_SALT_BYTES) return fail(env, "ERR_INVALID_ARG_VALUE", "AES-128-GCM takes a key of 16 and a salt of 12 bytes.");
  return numbered(env, pump_open_session(self, key, salt));
}

static napi_value close_session(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 2, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  if (self != NULL) pump_close_session(self, number(env, values[1]));
  return NULL;
}

/* aim(pump, session, address or null, port) */
static napi_value aim(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  char address[INET6_ADDRSTRLEN] = "";
  size_t length = 0;
  if (!arguments(env, info, 4, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  if (self == NULL) return NULL;
  bool known = napi_get_value_string_utf8(env, values[2], address, sizeof address, &length) == napi_ok;
  napi_value result = NULL;
  (void)napi_get_boolean(env, pump_aim(self, number(env, values[1]), known ? address : NULL, (uint16_t)number(env, values[3])), &result);
  return result;
}

static bool read_blocks(const uint32_t *lengths, const uint8_t *bytes, size_t size, pump_stream_options *options) {
  for (size_t at = 0, variant = 0; variant < PUMP_VARIANTS; variant += 1) {
    if (lengths[variant] > PUMP_BLOCK_BYTES || at + lengths[variant] > size) return false;
    options->blocks[variant].length = (uint8_t)lengths[variant];
    if (lengths[variant] > 0) memcpy(options->blocks[variant].bytes, bytes + at, lengths[variant]);
    at += lengths[variant];
  }
  return true;
}

/* openStream(pump, session, fields, blocks) */
static napi_value open_stream(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  size_t fields_count, block_bytes;
  if (!arguments(env, info, 4, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  const uint32_t *fields = array(env, values[2], napi_uint32_array, &fields_count);
  const uint8_t *blocks = array(env, values[3], napi_uint8_array, &block_bytes);
  if (self == NULL) return NULL;
  if (fields == NULL || fields_count != STREAM_FIELDS) return fail(env, "ERR_INVALID_ARG_VALUE", "A stream has thirteen fields.");
  pump_stream_options options = {
    .ssrc = fields[0], .rtx_ssrc = fields[1], .payload_type = (uint8_t)fields[2], .rtx_payload_type = fields[3] > 127 ? PUMP_NO_RTX : (int16_t)fields[3],
    .marks = (fields[4] & 1) != 0, .keeps = (fields[4] & 2) != 0, .urgent = (fields[4] & 4) != 0, .first_sequence = (uint16_t)fields[5], .first_rtx_sequence = (uint16_t)fields[6],
  };
  if (!read_blocks(fields + 7, blocks, block_bytes, &options)) return fail(env, "ERR_INVALID_ARG_VALUE", "A header extension is longer than 64 bytes.");
  return numbered(env, pump_open_stream(self, number(env, values[1]), &options));
}

static napi_value forget(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 2, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  if (self != NULL) pump_forget(self, number(env, values[1]));
  return NULL;
}

static pump_frame *read_frame(napi_env env, napi_value payloads) {
  uint32_t count = 0;
  if (napi_get_array_length(env, payloads, &count) != napi_ok || count == 0 || count > PUMP_MAX_FRAME_PAYLOADS) return NULL;
  const uint8_t **starts = calloc(count, sizeof *starts);
  uint32_t *lengths = calloc(count, sizeof *lengths);
  pump_frame *frame = NULL;
  uint32_t read = 0;
  for (; starts != NULL && lengths != NULL && read < count; read += 1) {
    napi_value payload;
    size_t length;
    if (napi_get_element(env, payloads, read, &payload) != napi_ok) break;
    starts[read] = array(env, payload, napi_uint8_array, &length);
    lengths[read] = (uint32_t)length;
    if (starts[read] == NULL && length > 0) break;
  }
  if (read == count) frame = pump_frame_create(starts, lengths, count);
  free(starts);
  free(lengths);
  return frame;
}

/* openFrame(payloads): null for what a stranger may have made too large, which is no mistake of the caller's */
static napi_value open_frame(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 1, values)) return NULL;
  frame_handle *made = calloc(1, sizeof *made);
  if (made != NULL) made->frame = read_frame(env, values[0]);
  napi_value result = NULL;
  if (made != NULL && made->frame != NULL && napi_create_external(env, made, drop_frame, NULL, &result) == napi_ok) return result;
  if (made != NULL) close_frame(made);
  free(made);
  (void)napi_get_null(env, &result);
  return result;
}

static napi_value release_frame(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 1, values)) return NULL;
  frame_handle *found = handle(env, values[0]);
  if (found != NULL) close_frame(found);
  return NULL;
}

/* send(pump, frame, from, until, targets, count, nowMs) */
static napi_value send_frame(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  size_t words;
  if (!arguments(env, info, 7, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  frame_handle *found = handle(env, values[1]);
  const uint32_t *targets = array(env, values[4], napi_uint32_array, &words);
  uint32_t count = number(env, values[5]);
  if (self == NULL) return NULL;
  if (found == NULL || found->frame == NULL || targets == NULL || (size_t)count * TARGET_WORDS > words) return fail(env, "ERR_INVALID_ARG_VALUE", "No frame, or fewer targets than said.");
  pump_send(self, found->frame, number(env, values[2]), number(env, values[3]), (const pump_target *)targets, count, number(env, values[6]));
  return NULL;
}

static napi_value open_group(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 1, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  return self == NULL ? NULL : numbered(env, pump_open_group(self));
}

static napi_value close_group(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 2, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  if (self != NULL) pump_close_group(self, number(env, values[1]));
  return NULL;
}

/* join(pump, group, stream, variant) */
static napi_value join(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 4, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  if (self == NULL) return NULL;
  napi_value result = NULL;
  (void)napi_get_boolean(env, pump_join(self, number(env, values[1]), number(env, values[2]), number(env, values[3])), &result);
  return result;
}

static napi_value leave(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 2, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  if (self != NULL) pump_leave(self, number(env, values[1]));
  return NULL;
}

/* sendGroup(pump, frame, group, timestamp, variant, nowMs) */
static napi_value send_group(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 6, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  frame_handle *frame = handle(env, values[1]);
  if (self == NULL) return NULL;
  if (frame == NULL || frame->frame == NULL) return fail(env, "ERR_INVALID_ARG_VALUE", "No frame.");
  pump_send_group(self, frame->frame, number(env, values[2]), number(env, values[3]), number(env, values[4]), number(env, values[5]));
  return NULL;
}

/* resend(pump, stream, sequences, againMs, budgetBytes, twiceFrom, nowMs, number or -1): packets * 2^32 + bytes */
static napi_value resend(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  size_t count;
  if (!arguments(env, info, 8, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  const uint16_t *sequences = array(env, values[2], napi_uint16_array, &count);
  if (self == NULL) return NULL;
  pump_resend_options options = {.again_ms = number(env, values[3]), .budget_bytes = number(env, values[4]), .now_ms = number(env, values[6])};
  options.twice_from = (uint8_t)number(env, values[5]);
  int32_t count_from = -1;
  (void)napi_get_value_int32(env, values[7], &count_from);
  options.counted = count_from >= 0;
  options.number = (uint16_t)count_from;
  if (count > MOST_SEQUENCES) count = MOST_SEQUENCES;
  pump_resent resent = pump_resend(self, number(env, values[1]), sequences, (uint32_t)count, &options);
  return numbered(env, resent.packets * 4294967296.0 + resent.bytes);
}

/* probe(pump, stream, number): bytes of payload */
static napi_value probe(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  if (!arguments(env, info, 3, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  return self == NULL ? NULL : numbered(env, pump_probe(self, number(env, values[1]), (uint16_t)number(env, values[2])));
}

/* takeDirect(pump, into): session * 2^16 + length of the datagram that is now in `into`; 0 where there is none */
static napi_value take_direct(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  size_t room;
  if (!arguments(env, info, 2, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  uint8_t *into = array(env, values[1], napi_uint8_array, &room);
  pump_direct sealed;
  if (self == NULL) return NULL;
  if (into == NULL || room < PUMP_MAX_DATAGRAM || !pump_take_direct(self, &sealed)) return numbered(env, 0);
  memcpy(into, sealed.bytes, sealed.length);
  return numbered(env, sealed.session_id * 65536.0 + sealed.length);
}

/* readStats(pump, into) */
static napi_value read_stats(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  size_t room;
  if (!arguments(env, info, 2, values)) return NULL;
  pump *self = pump_of(env, values[0]);
  double *into = array(env, values[1], napi_float64_array, &room);
  if (self == NULL) return NULL;
  if (into == NULL || room < STAT_FIELDS) return fail(env, "ERR_INVALID_ARG_VALUE", "Figures take a Float64Array of six.");
  pump_stats stats;
  pump_read_stats(self, &stats);
  const double fields[STAT_FIELDS] = {(double)stats.packets, (double)stats.bytes, (double)stats.overflowed, (double)stats.refused, (double)stats.calls, (double)stats.wait_ms};
  memcpy(into, fields, sizeof fields);
  return NULL;
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
    {"openSocket", open_socket}, {"create", create}, {"destroy", destroy}, {"openSession", open_session}, {"closeSession", close_session}, {"aim", aim},
    {"openStream", open_stream}, {"forget", forget}, {"openFrame", open_frame}, {"releaseFrame", release_frame}, {"send", send_frame}, {"resend", resend},
    {"openGroup", open_group}, {"closeGroup", close_group}, {"join", join}, {"leave", leave}, {"sendGroup", send_group},
    {"probe", probe}, {"takeDirect", take_direct}, {"readStats", read_stats},
  };
  for (size_t at = 0; at < sizeof functions / sizeof functions[0]; at += 1) {
    napi_value made;
    if (napi_create_function(env, functions[at].name, NAPI_AUTO_LENGTH, functions[at].call, NULL, &made) != napi_ok) return NULL;
    if (napi_set_named_property(env, exports, functions[at].name, made) != napi_ok) return NULL;
  }
  return exports;
}
