// SPDX-License-Identifier: Apache-2.0

#if canImport(Codecs)
  internal import Codecs
#endif

// The structures that cross the C interface. `iiocodecs.h` is made of this file's declarations.
//
// Each begins with its size, which the caller sets: a caller built against an older header has a
// shorter one, of which only the fields it knows are read or written.

/// A named parameter. `kind` says which of the other fields holds its value.
@unsafe struct iio_parameter {
  var name: UnsafePointer<CChar>?
  /// 0 integer, 1 real, 2 flag (in integer), 3 text (in bytes), 4 bytes, 5 int64_t numbers (in bytes)
  var kind: Int32
  var reserved: Int32
  var integer: Int64
  var real: Double
  var bytes: UnsafeRawPointer?
  var byte_count: UInt
}

/// What a call may be told besides its data. All zero but `size`: the defaults.
@unsafe struct iio_options {
  /// sizeof(iio_options)
  var size: UInt
  /// The codec's or format's named parameters; see iio_codec_info.
  var parameters: UnsafePointer<iio_parameter>?
  var parameter_count: UInt
  /// Most bytes that decoding may produce; 0: 1 GiB.
  var max_output_bytes: UInt
  /// The format's name, e.g. "PNG"; NULL: found out from the data.
  var format: UnsafePointer<CChar>?
}

/// What went wrong, and where.
struct iio_error {
  /// sizeof(iio_error)
  var size: UInt
  /// As the call returned it.
  var status: Int32
  /// Bit of the byte at `offset`.
  var bit: Int32
  /// Position in the source; -1 when not known.
  var offset: Int64
  /// Who noticed it, e.g. "zlib".
  var codec: InlineArray<32, CChar>
  /// What was being read, e.g. "header".
  var part: InlineArray<32, CChar>
  /// The whole of it as one sentence.
  var message: InlineArray<256, CChar>
}

/// What one image of a file is.
struct iio_image_info {
  /// sizeof(iio_image_info)
  var size: UInt
  /// Bytes that iio_read_into needs.
  var byte_count: UInt
  /// Images in the file; -1 when not known.
  var image_count: Int64
  /// 0 bool, 1-4 uint8-uint64, 5-8 int8-int64, 9-11 float16-float64, 12-13 complex64, complex128
  var dtype: Int32
  /// How many numbers of `shape` there are.
  var rank: Int32
  /// Rows, columns and channels, with the number of images before them when there are several.
  var shape: InlineArray<8, Int64>
}

/// An iio_options.
public typealias OptionsPointer = UnsafeRawPointer
/// An iio_error.
public typealias ErrorPointer = UnsafeMutableRawPointer
/// An iio_image_info.
public typealias InfoPointer = UnsafeMutableRawPointer
/// An open image file.
public typealias ImagePointer = UnsafeMutableRawPointer

extension iio_options {
  /// The caller's options, as far as their size goes; all defaults for NULL.
  init(reading pointer: OptionsPointer?) {
    var copy = unsafe iio_options(
      size: 0, parameters: nil, parameter_count: 0, max_output_bytes: 0, format: nil)
    if let pointer = unsafe pointer {
      let size = unsafe pointer.load(as: UInt.self)
      // Plain fields: their bytes may be copied, and no more than the caller has.
      unsafe withUnsafeMutableBytes(of: &copy) { bytes in
        unsafe bytes.copyMemory(
          from: UnsafeRawBufferPointer(
            start: pointer, count: Int(min(size, UInt(bytes.count)))))
      }
    }
    unsafe self = copy
  }

  /// The named parameters as the registry takes them.
  func metadata() throws(CodecError) -> Metadata {
    var result: Metadata = [:]
    guard let parameters = unsafe parameters else { return result }
    for index in 0..<Int(clamping: unsafe parameter_count) {
      let parameter = unsafe parameters[index]
      guard let name = unsafe parameter.name else {
        throw CodecError.invalidCall("a parameter has no name")
      }
      result[unsafe String(cString: name)] = try unsafe parameter.value()
    }
    return result
  }

  var limits: Limits {
    var limits = Limits.default
    if unsafe max_output_bytes > 0 {
      unsafe limits.maxOutputBytes = Int(clamping: max_output_bytes)
    }
    return limits
  }
}

extension iio_parameter {
  fileprivate func value() throws(CodecError) -> MetadataValue {
    let buffer = unsafe UnsafeRawBufferPointer(
      start: bytes, count: bytes == nil ? 0 : Int(clamping: byte_count))
    switch unsafe kind {
    case 0: return unsafe .int(integer)
    case 1: return unsafe .double(real)
    case 2: return unsafe .bool(integer != 0)
    case 3: return unsafe .string(String(decoding: buffer, as: UTF8.self))
    case 4: return unsafe .bytes(Bytes(Array(buffer)))
    case 5:
      var numbers: [MetadataValue] = []
      for offset in stride(from: 0, to: buffer.count &- 7, by: 8) {
        unsafe numbers.append(.int(buffer.loadUnaligned(fromByteOffset: offset, as: Int64.self)))
      }
      return .array(numbers)
    default: throw CodecError.invalidCall("a parameter's kind is not one of 0 to 5")
    }
  }
}

extension CodecError {
  static func invalidCall(_ message: CodecError.Name) -> CodecError {
    CodecError(.invalidArgument, codec: "iio", part: "argument", message)
  }
}
