// SPDX-License-Identifier: Apache-2.0

#if canImport(Codecs)
  internal import Codecs
#endif

/// Encodes `source` into `output`, which has room for `capacity` bytes, and sets `output_size`.
///
/// iio_bound tells how much room is always enough. With too little the status is 7.
@c(iio_encode)
public func encode(
  codec: UnsafePointer<CChar>, source: UnsafeRawPointer?, source_size: UInt,
  output: UnsafeMutableRawPointer?, capacity: UInt, output_size: UnsafeMutablePointer<UInt>,
  options: OptionsPointer?, error: ErrorPointer?
) -> Int32 {
  unsafe reporting(error, { unsafe complaint(codec, options, isEncoding: true) }) {
    () throws(CodecError) in
    let options = unsafe iio_options(reading: options)
    guard let encode = try unsafe registered(codec).encodeInto else {
      throw CodecError(.unsupported, codec: "iio", part: "codec", "it cannot encode")
    }
    unsafe output_size.pointee = try append(to: output, capacity) { (span) throws(CodecError) in
      try unsafe encode(rawSpan(source, source_size), options.metadata(), &span)
    }
  }
}

/// Decodes `source` into `output`, which has room for `capacity` bytes, and sets `output_size`.
///
/// With a null `output` it only finds the size, in the time that decoding takes.
@c(iio_decode)
public func decode(
  codec: UnsafePointer<CChar>, source: UnsafeRawPointer?, source_size: UInt,
  output: UnsafeMutableRawPointer?, capacity: UInt, output_size: UnsafeMutablePointer<UInt>,
  options: OptionsPointer?, error: ErrorPointer?
) -> Int32 {
  unsafe reporting(error, { unsafe complaint(codec, options, isEncoding: false) }) {
    () throws(CodecError) in
    let options = unsafe iio_options(reading: options)
    let codec = try unsafe registered(codec)
    guard let decodeInto = codec.decodeInto, let decode = codec.decode else {
      throw CodecError(.unsupported, codec: "iio", part: "codec", "it cannot decode")
    }
    let parameters = try unsafe options.metadata()
    let source = unsafe rawSpan(source, source_size)
    if unsafe output == nil {
      unsafe output_size.pointee = UInt(try decode(source, parameters, options.limits).count)
      return
    }
    unsafe output_size.pointee = try append(to: output, capacity) { (span) throws(CodecError) in
      try unsafe decodeInto(source, parameters, options.limits, &span)
    }
  }
}

/// Sets `bound` to a number of bytes that encoding any `source_size` bytes never exceeds.
@c(iio_bound)
public func bound(
  codec: UnsafePointer<CChar>, source_size: UInt, bound: UnsafeMutablePointer<UInt>,
  options: OptionsPointer?, error: ErrorPointer?
) -> Int32 {
  unsafe reporting(error, { unsafe complaint(codec, options, isEncoding: true) }) {
    () throws(CodecError) in
    let options = unsafe iio_options(reading: options)
    guard let function = try unsafe registered(codec).encodedByteCountBound else {
      throw CodecError(.unsupported, codec: "iio", part: "codec", "it cannot encode")
    }
    guard let size = Int(exactly: source_size), size < 1 << 48 else {
      throw CodecError.invalidCall("the size is beyond all memory")
    }
    unsafe bound.pointee = UInt(try function(size, try options.metadata()))
  }
}

/// Writes what there is to know of a codec as a JSON object in UTF-8, without a final zero, into
/// `text`, and sets `size` to its length; all codecs as an array when `codec` is null.
///
/// With a null `text` it only finds the size.
@c(iio_codec_info)
public func codecInfo(
  codec: UnsafePointer<CChar>?, text: UnsafeMutablePointer<CChar>?, capacity: UInt,
  size: UnsafeMutablePointer<UInt>
) -> Int32 {
  reporting(nil) { () throws(CodecError) in
    var json = ""
    if let codec = unsafe codec {
      json = try unsafe registered(codec).json
    } else {
      let all = registry.codecs.map { $0.json }
      json = "[" + all.joined(separator: ",") + "]"
    }
    let bytes = Array(json.utf8)
    unsafe size.pointee = UInt(bytes.count)
    guard let text = unsafe text else { return }
    guard bytes.count <= capacity else {
      throw CodecError(.outputFull(needed: bytes.count), codec: "iio")
    }
    for (index, byte) in bytes.enumerated() { unsafe text[index] = CChar(bitPattern: byte) }
  }
}

/// Sets `value` to a checksum of `source`: adler32, crc32, fletcher32, lookup3, xxh32, xxh64, or HDF5's
/// h5crc, h5metadata, h5string.
///
/// `initial` is the checksum of what came before (crc32: 0, adler32: 1 for nothing), or a seed. The
/// status is 4 for md5, sha1 and sha256: see iio_digest.
@c(iio_checksum)
public func checksum(
  name: UnsafePointer<CChar>, source: UnsafeRawPointer?, source_size: UInt, initial: UInt64,
  value: UnsafeMutablePointer<UInt64>
) -> Int32 {
  reporting(nil) { () throws(CodecError) in
    let checksum = try unsafe registeredChecksum(name)
    guard let number = unsafe checksum.value(of: rawSpan(source, source_size), initial: initial)
    else {
      throw CodecError(.unsupported, codec: "iio", part: "checksum", "it is no number of 64 bits")
    }
    unsafe value.pointee = number
  }
}

/// Writes the digest of `source` (md5, sha1, sha256), or the bytes of a checksum with the highest
/// first, into `output`, and sets `output_size`: at most 32 bytes.
@c(iio_digest)
public func digest(
  name: UnsafePointer<CChar>, source: UnsafeRawPointer?, source_size: UInt,
  output: UnsafeMutableRawPointer?, capacity: UInt, output_size: UnsafeMutablePointer<UInt>
) -> Int32 {
  reporting(nil) { () throws(CodecError) in
    let bytes = try unsafe registeredChecksum(name).bytes(of: rawSpan(source, source_size))
    unsafe output_size.pointee = try append(to: output, capacity) { (span) throws(CodecError) in
      guard bytes.count <= span.freeCapacity else {
        throw CodecError(.outputFull(needed: bytes.count), codec: "iio")
      }
      for byte in bytes { span.append(byte) }
    }
  }
}

/// One line for a status that a function of this library returned. Never freed.
@c(iio_strerror)
public func statusText(status: Int32) -> UnsafePointer<CChar> {
  let text = Status(rawValue: status)?.text ?? "not a status of this library"
  return unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

// MARK: What the functions share

#if hasFeature(Embedded)
  /// Made for each call: what is made once is not safe between threads there.
  private var registry: CodecRegistry { .standard }
#else
  /// Made once: that takes ten times as long as a short call.
  private let registry = CodecRegistry.standard
#endif

private func registered(_ name: UnsafePointer<CChar>) throws(CodecError) -> RegisteredCodec {
  guard let codec = unsafe registry[String(cString: name)] else {
    throw CodecError(.unsupported, codec: "iio", part: "codec", "there is none of that name")
  }
  return codec
}

/// Which of the parameters is wrong, for errors that cannot name it.
private func complaint(
  _ name: UnsafePointer<CChar>, _ options: OptionsPointer?, isEncoding: Bool
) -> String? {
  guard let codec = unsafe try? registered(name),
    let parameters = unsafe try? iio_options(reading: options).metadata()
  else { return nil }
  return codec.complaint(about: parameters, isEncoding: isEncoding)
}

private func registeredChecksum(
  _ name: UnsafePointer<CChar>
) throws(CodecError) -> RegisteredChecksum {
  guard let checksum = unsafe RegisteredChecksum(name: String(cString: name)) else {
    throw CodecError(.unsupported, codec: "iio", part: "checksum", "there is none of that name")
  }
  return checksum
}

/// The caller's memory; it lives as long as the call.
@_lifetime(immortal)
func rawSpan(_ start: UnsafeRawPointer?, _ count: UInt) -> RawSpan {
  let buffer = unsafe UnsafeRawBufferPointer(
    start: start, count: start == nil ? 0 : Int(clamping: count))
  let span = unsafe RawSpan(_unsafeBytes: buffer)
  return unsafe _overrideLifetime(span, borrowing: ())
}

/// Lets `body` append to the caller's buffer.
///
/// - Returns: bytes in it afterwards.
private func append(
  to start: UnsafeMutableRawPointer?, _ capacity: UInt,
  _ body: (inout OutputRawSpan) throws(CodecError) -> Void
) throws(CodecError) -> UInt {
  let buffer = unsafe UnsafeMutableRawBufferPointer(
    start: start, count: start == nil ? 0 : Int(clamping: capacity))
  var span = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
  var failure: CodecError?
  do throws(CodecError) { try body(&span) } catch { failure = error }
  let count = unsafe span.finalize(for: buffer)
  if let failure { throw failure }
  return UInt(count)
}
