// SPDX-License-Identifier: Apache-2.0

internal import Codecs
internal import IIO

/// Opens the image file in memory at `data`, which must stay as it is until iio_close, and sets
/// `image`.
///
/// `options` may name the format and hold its reading options as parameters.
@c(iio_open_memory)
public func openMemory(
  data: UnsafeRawPointer, size: UInt, options: OptionsPointer?,
  image: UnsafeMutablePointer<ImagePointer?>, error: ErrorPointer?
) -> Int32 {
  unsafe reporting(error) { () throws(CodecError) in
    let options = unsafe iio_options(reading: options)
    let buffer = unsafe UnsafeRawBufferPointer(start: data, count: Int(clamping: size))
    let bytes = unsafe Bytes(adopting: buffer) { _ in }
    var policy = DecodePolicy.default
    unsafe policy.limits = options.limits
    let parameters = try unsafe options.metadata()
    let file = try translating { () throws(IIOError) in
      try imopen(
        .bytes(bytes), .read, plugin: unsafe options.format.map { unsafe String(cString: $0) },
        options: parameters.isEmpty ? nil : NamedOptions(parameters), policy: policy)
    }
    unsafe image.pointee = Unmanaged.passRetained(OpenImage(file)).toOpaque()
  }
}

/// Describes image `index`; -1 stands for what the format gives by default, -2 for all images
/// stacked along a new first axis.
@c(iio_info)
public func imageInfo(
  image: ImagePointer, index: Int64, info: InfoPointer, error: ErrorPointer?
) -> Int32 {
  unsafe reporting(error) { () throws(CodecError) in
    let open = unsafe Unmanaged<OpenImage>.fromOpaque(image).takeUnretainedValue()
    let properties = try translating { () throws(IIOError) in
      try open.file.properties(imageIndex(index))
    }
    guard properties.shape.count <= 8 else {
      throw CodecError(.unsupported, codec: "iio", part: "shape", "more than eight axes")
    }
    let size = unsafe info.load(as: UInt.self)
    var result = iio_image_info(
      size: size, byte_count: 0, image_count: Int64(open.file.imageCount ?? -1),
      dtype: Int32(properties.dtype.rawValue), rank: Int32(properties.shape.count),
      shape: .init(repeating: 0))
    result.byte_count = UInt(
      try Limits.default.checkedByteCount(
        shape: properties.shape, dtype: properties.dtype, codec: "iio"))
    for (axis, length) in properties.shape.enumerated() { result.shape[axis] = Int64(length) }
    unsafe copy(result, to: info, size: size)
  }
}

/// Decodes image `index` into `output`, which has room for `capacity` bytes, in C order and the
/// machine's byte order. The image is not for two threads at a time.
@c(iio_read_into)
public func readInto(
  image: ImagePointer, index: Int64, output: UnsafeMutableRawPointer, capacity: UInt,
  error: ErrorPointer?
) -> Int32 {
  unsafe reporting(error) { () throws(CodecError) in
    let open = unsafe Unmanaged<OpenImage>.fromOpaque(image).takeUnretainedValue()
    let array = try translating { () throws(IIOError) in
      try open.file.read(imageIndex(index))
    }
    guard array.byteCount <= capacity else {
      throw CodecError(.outputFull(needed: array.byteCount), codec: "iio")
    }
    unsafe array.bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe output.copyMemory(from: start, byteCount: bytes.count)
    }
  }
}

/// Closes an image and frees what belongs to it. Null is allowed.
@c(iio_close)
public func close(image: ImagePointer?) {
  guard let image = unsafe image else { return }
  unsafe Unmanaged<OpenImage>.fromOpaque(image).release()
}

private final class OpenImage {
  var file: ImageFile
  init(_ file: consuming ImageFile) { self.file = file }
}

private func imageIndex(_ index: Int64) -> ImageIndex {
  switch index {
  case -1: .automatic
  case -2: .all
  default: .at(Int(index))
  }
}

/// The codec's error within an ``IIOError``, or one that says the same.
private func translating<Result: ~Copyable>(
  _ body: () throws(IIOError) -> Result
) throws(CodecError) -> Result {
  do throws(IIOError) {
    return try body()
  } catch {
    switch error {
    case .codec(let failure, _): throw failure
    case .noFormat, .unknownFormat, .unsupported:
      throw CodecError(.unsupported, codec: "iio", part: "format", "no format reads this")
    case .optionsMismatch: throw CodecError.invalidCall("the options are not this format's")
    case .indexOutOfRange: throw CodecError.invalidCall("there is no image of that index")
    case .system: throw CodecError(.outOfMemory, codec: "iio")
    }
  }
}
