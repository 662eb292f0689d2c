// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  /// An ``AppendingImageCodec`` between the bytes of an array and those of a file.
  ///
  /// The parameters `shape` and, for several types, `dtype` say what the array is. Decoding gives
  /// its bytes alone; its shape and type are in the file.
  ///
  /// - Parameters:
  ///   - dtypes: what the codec takes, the default first.
  ///   - encodedByteCountBound: an upper bound on the size of the file of an array of so many bytes.
  public init<Codec: AppendingImageCodec & ImageFormat>(
    image codec: Codec.Type, name: String, dtypes: [DType],
    encodeParameters: [CodecParameter] = [], decodeParameters: [CodecParameter] = [],
    encodeOptions: @escaping @Sendable (Metadata) throws(CodecError) -> Codec.EncodeOptions,
    decodeOptions: @escaping @Sendable (Metadata) throws(CodecError) -> Codec.DecodeOptions,
    encodedByteCountBound: @escaping @Sendable (_ byteCount: Int) -> Int
  ) {
    var known = [CodecParameter("shape", .integers, "shape of the array")]
    if dtypes.count > 1 {
      known.append(
        CodecParameter(
          "dtype", .choice(dtypes.map { $0.name }), default: .string(dtypes[0].name),
          "type of the elements"))
    }
    known += encodeParameters
    let encodeParameters = known
    let encodeValues = ParameterValues(encodeParameters)
    let decodeValues = ParameterValues(decodeParameters)

    @Sendable func make(_ source: RawSpan, _ given: Metadata) throws(CodecError) -> [UInt8] {
      let values = try encodeValues.completed(with: given)
      let dtype = values["dtype"]?.stringValue.flatMap { DType(name: $0) } ?? dtypes[0]
      let image = try array(source, values["shape"], dtype, codec: Codec.name)
      return try Codec.encode(image, options: encodeOptions(values))
    }
    self.init(
      name: name, numcodecsID: "imagecodecs_" + name, summary: Codec.summary,
      encodeParameters: encodeParameters, decodeParameters: decodeParameters)
    formatName = Codec.formatName
    encode = { (source, given, _) throws(CodecError) in try make(source, given) }
    encodeInto = { (source, given, output) throws(CodecError) in
      let file = try make(source, given)
      try output.require(file.count, codec: Codec.name)
      output.append(file.rawSpan)
    }
    decode = { (source, given, limits) throws(CodecError) in
      let options = try decodeOptions(decodeValues.completed(with: given))
      let image = try Codec.decode(source, options: options, policy: DecodePolicy(limits: limits))
      try limits.check(image.byteCount, .outputBytes, codec: Codec.name)
      return [UInt8](copying: image.bytes)
    }
    decodeInto = { (source, given, limits, output) throws(CodecError) in
      let options = try decodeOptions(decodeValues.completed(with: given))
      let policy = DecodePolicy(limits: limits.allowing(byteCount: output.freeCapacity))
      var diagnostics = Diagnostics()
      try Codec.decode(
        source, into: &output, options: options, policy: policy, diagnostics: &diagnostics)
    }
    self.encodedByteCountBound = { (byteCount, given) throws(CodecError) in
      encodedByteCountBound(byteCount)
    }
  }
}

/// The array whose bytes `source` is.
private func array(
  _ source: RawSpan, _ shape: MetadataValue?, _ dtype: DType, codec: CodecError.Name
) throws(CodecError) -> NDArray {
  guard let lengths = shape?.arrayValue?.compactMap({ $0.intValue }) else {
    throw CodecError(.invalidArgument, codec: codec, part: "shape", "is missing")
  }
  let nonEmpty = lengths.map { max($0, 1) }
  let byteCount = try Limits.unbounded.checkedByteCount(
    shape: nonEmpty, dtype: dtype, codec: codec)
  guard lengths.allSatisfy({ $0 >= 0 }),
    source.byteCount == (lengths.contains(0) ? 0 : byteCount)
  else {
    throw CodecError(
      .invalidArgument, codec: codec, part: "shape", "does not fit the number of bytes")
  }
  return try NDArray(shape: lengths, dtype: dtype, limits: .unbounded, codec: codec) {
    (output) throws(CodecError) in
    // Any byte but 0 is true.
    guard dtype == .bool else { return output.append(source) }
    for i in 0..<source.byteCount { output.append(min(source[byteAt: i], 1)) }
  }
}
