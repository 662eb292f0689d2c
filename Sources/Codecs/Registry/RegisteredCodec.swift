// SPDX-License-Identifier: Apache-2.0

/// A byte codec as a value: what the command, the C interface and Python choose from by name.
public struct RegisteredCodec: Sendable {
  /// Turns bytes into bytes under named parameters.
  public typealias Transform =
    @Sendable (_ source: RawSpan, _ parameters: Metadata, _ limits: Limits) throws(CodecError) ->
    [UInt8]
  /// The same, appending to a buffer of the caller's.
  public typealias BufferTransform =
    @Sendable (
      _ source: RawSpan, _ parameters: Metadata, _ output: inout OutputRawSpan
    ) throws(CodecError) -> Void
  /// A ``BufferTransform`` under limits; the buffer alone limits the size of the output.
  public typealias LimitedBufferTransform =
    @Sendable (
      _ source: RawSpan, _ parameters: Metadata, _ limits: Limits, _ output: inout OutputRawSpan
    ) throws(CodecError) -> Void

  /// imagecodecs' name, e.g. `"packbits"`.
  public var name: String
  /// The id in numcodecs and Zarr files, where it has one of its own.
  public var numcodecsID: String?
  public var summary: String
  public var encodeParameters: [CodecParameter]
  public var decodeParameters: [CodecParameter]
  /// `nil` when the codec cannot encode.
  public var encode: Transform?
  /// `nil` when the codec cannot decode.
  public var decode: Transform?
  /// Throws `outputFull` when the buffer is too small. `nil` when the codec cannot encode.
  public var encodeInto: BufferTransform?
  /// Throws `outputFull` when the buffer is too small. `nil` when the codec cannot decode.
  public var decodeInto: LimitedBufferTransform?
  /// The file format that the encoded bytes are, for codecs that make files.
  public var formatName: String?
  /// An upper bound on the encoded size of so many bytes. `nil` when the codec cannot encode.
  public var encodedByteCountBound:
    (@Sendable (_ byteCount: Int, _ parameters: Metadata) throws(CodecError) -> Int)?

  /// A ``ByteCodec`` that does both.
  ///
  /// - Parameters:
  ///   - encodeOptions: makes the codec's typed options of checked parameters.
  ///   - decodeOptions: the same for decoding.
  public init<Codec: ByteCodec>(
    _ codec: Codec.Type, name: String, numcodecsID: String? = nil, summary: String,
    encodeParameters: [CodecParameter] = [], decodeParameters: [CodecParameter] = [],
    encodeOptions: @escaping @Sendable (Metadata) throws(CodecError) -> Codec.EncodeOptions,
    decodeOptions: @escaping @Sendable (Metadata) throws(CodecError) -> Codec.DecodeOptions
  ) {
    self.init(
      decoder: Codec.self, name: name, numcodecsID: numcodecsID, summary: summary,
      decodeParameters: decodeParameters, decodeOptions: decodeOptions)
    self.encodeParameters = encodeParameters
    let values = ParameterValues(encodeParameters)
    encode = { (source, given, limits) throws(CodecError) in
      let options = try encodeOptions(values.completed(with: given))
      return try Codec.encode(source, options: options)
    }
    encodeInto = { (source, given, output) throws(CodecError) in
      let options = try encodeOptions(values.completed(with: given))
      try Codec.encode(source, into: &output, options: options)
    }
    encodedByteCountBound = { (byteCount, given) throws(CodecError) in
      let options = try encodeOptions(values.completed(with: given))
      return Codec.encodedByteCountBound(for: byteCount, options: options)
    }
  }

  /// A transform without a way back that keeps the number of bytes.
  public init(
    encoder name: String, numcodecsID: String? = nil, summary: String,
    encodeParameters: [CodecParameter], encodeInto: @escaping BufferTransform
  ) {
    self.init(
      name: name, numcodecsID: numcodecsID, summary: summary, encodeParameters: encodeParameters,
      decodeParameters: [])
    let values = ParameterValues(encodeParameters)
    let checkedInto: BufferTransform = { (source, given, output) throws(CodecError) in
      try encodeInto(source, values.completed(with: given), &output)
    }
    self.encodeInto = checkedInto
    encode = { (source, given, limits) throws(CodecError) in
      try [UInt8](capacity: source.byteCount) { output throws(CodecError) in
        try checkedInto(source, given, &output)
      }
    }
    encodedByteCountBound = { (byteCount, _) throws(CodecError) in byteCount }
  }

  /// A ``ByteDecoder``.
  public init<Codec: ByteDecoder>(
    decoder: Codec.Type, name: String, numcodecsID: String? = nil, summary: String,
    decodeParameters: [CodecParameter] = [],
    decodeOptions: @escaping @Sendable (Metadata) throws(CodecError) -> Codec.DecodeOptions
  ) {
    self.init(
      name: name, numcodecsID: numcodecsID, summary: summary, encodeParameters: [],
      decodeParameters: decodeParameters)
    let values = ParameterValues(decodeParameters)
    decode = { (source, given, limits) throws(CodecError) in
      let options = try decodeOptions(values.completed(with: given))
      return try Codec.decode(source, options: options, limits: limits)
    }
    decodeInto = { (source, given, _, output) throws(CodecError) in
      let options = try decodeOptions(values.completed(with: given))
      try Codec.decode(source, into: &output, options: options)
    }
  }

  /// A name without abilities.
  init(
    name: String, numcodecsID: String?, summary: String, encodeParameters: [CodecParameter],
    decodeParameters: [CodecParameter]
  ) {
    self.name = name
    self.numcodecsID = numcodecsID
    self.summary = summary
    self.encodeParameters = encodeParameters
    self.decodeParameters = decodeParameters
  }
}
