// SPDX-License-Identifier: Apache-2.0

extension NPY {
  /// Decodes the array: in C order and machine byte order, whatever the file has.
  ///
  /// - Throws: `truncated`, `corrupt`, `limitExceeded`; `unsupported` for texts, times, records and
  ///   Python objects.
  public static func decode(
    _ source: RawSpan, options: NoFormatOptions = .init(), policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let header = try checkedHeader(source, policy, &diagnostics)
    return try NDArray(
      shape: header.shape, dtype: header.element.dtype, limits: policy.limits, codec: name
    ) { (output) throws(CodecError) in
      appendElements(of: source, header, to: &output)
    }
  }

  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NoFormatOptions = .init(),
    policy: DecodePolicy = .default, diagnostics: inout Diagnostics
  ) throws(CodecError) {
    let header = try checkedHeader(source, policy, &diagnostics)
    try output.require(header.byteCount, codec: name)
    appendElements(of: source, header, to: &output)
  }

  /// The header of a file that has all of its array.
  private static func checkedHeader(
    _ source: RawSpan, _ policy: DecodePolicy, _ diagnostics: inout Diagnostics
  ) throws(CodecError) -> Header {
    let header = try Header(parsing: source, limits: policy.limits)
    let end = header.start + header.byteCount
    guard end <= source.byteCount else {
      throw CodecError(
        .truncated(needed: end - source.byteCount), codec: name, part: "array",
        at: source.byteCount)
    }
    if end < source.byteCount {
      try diagnostics.warn(
        Warning(codec: name, part: "array", "is not the end of the file", at: end), policy: policy)
    }
    return header
  }

  private static func appendElements(
    of source: RawSpan, _ header: Header, to output: inout OutputRawSpan
  ) {
    let data = source.extracting(header.start..<header.start + header.byteCount)
    let shape = header.isColumnMajor ? header.shape : [header.shape.reduce(1, *)]
    let swaps = header.element.isBigEndian != Element.machineIsBigEndian
    switch header.element.dtype {
    // Any byte but 0 is true.
    case .bool: append(data, columnMajor: shape, to: &output) { min($0, 1) as UInt8 }
    case .complex64 where swaps:
      append(data, columnMajor: shape, to: &output) { ($0 as UInt64).swappingBytesOfHalves }
    case .complex128 where swaps:
      append(data, columnMajor: shape, to: &output) { ($0 as UInt128).swappingBytesOfHalves }
    default:
      guard swaps || shape.count > 1 else { return output.append(data) }
      switch header.element.dtype.byteCount {
      case 1: append(data, UInt8.self, columnMajor: shape, swaps, to: &output)
      case 2: append(data, UInt16.self, columnMajor: shape, swaps, to: &output)
      case 4: append(data, UInt32.self, columnMajor: shape, swaps, to: &output)
      case 8: append(data, UInt64.self, columnMajor: shape, swaps, to: &output)
      default: append(data, UInt128.self, columnMajor: shape, swaps, to: &output)
      }
    }
  }

  private static func append<Element: FixedWidthInteger & BitwiseCopyable>(
    _ data: RawSpan, _ type: Element.Type, columnMajor shape: [Int], _ swaps: Bool,
    to output: inout OutputRawSpan
  ) {
    if swaps {
      append(data, columnMajor: shape, to: &output) { ($0 as Element).byteSwapped }
    } else {
      append(data, columnMajor: shape, to: &output) { $0 as Element }
    }
  }
}

extension FixedWidthInteger {
  /// Both parts of a complex number with their bytes in the other order.
  fileprivate var swappingBytesOfHalves: Self {
    let swapped = byteSwapped
    return swapped &<< Self(Self.bitWidth / 2) | swapped &>> Self(Self.bitWidth / 2)
  }
}
