// SPDX-License-Identifier: Apache-2.0
public import Codecs

/// Decodes `bytes` into outputs of several sizes; a result must not depend on the size when both
/// are large enough.
public func fuzzDecode<C: ByteDecoder>(
  _ codec: C.Type, _ bytes: [UInt8], options: C.DecodeOptions, capacity: Int = 1 << 16
) {
  let whole = try? C.decode(bytes, byteCount: capacity, options: options)
  guard let whole else {
    _ = try? C.decode(bytes, byteCount: bytes.count, options: options)
    return
  }
  let exact = try? C.decode(bytes, byteCount: whole.count, options: options)
  require(exact == whole, "an output of the exact size gives something else")
  if !whole.isEmpty {
    _ = try? C.decode(bytes, byteCount: whole.count - 1, options: options)
    _ = try? C.decode(bytes, byteCount: whole.count / 2, options: options)
  }
}

/// Decodes `bytes` after measuring them; measuring and decoding must agree.
public func fuzzMeasured<C: MeasurableCodec>(
  _ codec: C.Type, _ bytes: [UInt8], options: C.DecodeOptions, capacity: Int = 1 << 16
) {
  let limits = Limits(maxOutputBytes: capacity)
  let measured = try? C.decode(bytes, options: options, limits: limits)
  if let measured {
    let decoded = try? C.decode(bytes, byteCount: capacity, options: options)
    require(decoded == measured, "measured and unmeasured decoding differ")
  }
  fuzzDecode(C.self, bytes, options: options, capacity: capacity)
}

/// What is encoded within its bound decodes to the same bytes.
public func fuzzRoundTrip<C: ByteCodec>(
  _ codec: C.Type, _ bytes: [UInt8], encode: C.EncodeOptions, decode: C.DecodeOptions
) {
  do {
    let encoded = try C.encode(bytes, options: encode)
    let decoded = try C.decode(encoded, byteCount: bytes.count, options: decode)
    require(decoded == bytes, "decodes to other bytes")
  } catch { require(false, "\(error)") }
}
