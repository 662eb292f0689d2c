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
    encode = { (source, given, limits) throws(CodecError) in
      let options = try encodeOptions(Self.checked(given, encodeParameters))
      return try Codec.encode(source, options: options)
    }
    encodeInto = { (source, given, output) throws(CodecError) in
      let options = try encodeOptions(Self.checked(given, encodeParameters))
      try Codec.encode(source, into: &output, options: options)
    }
    encodedByteCountBound = { (byteCount, given) throws(CodecError) in
      let options = try encodeOptions(Self.checked(given, encodeParameters))
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
    let checkedInto: BufferTransform = { (source, given, output) throws(CodecError) in
      try encodeInto(source, Self.checked(given, encodeParameters), &output)
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
    decode = { (source, given, limits) throws(CodecError) in
      let options = try decodeOptions(Self.checked(given, decodeParameters))
      return try Codec.decode(source, options: options, limits: limits)
    }
    decodeInto = { (source, given, _, output) throws(CodecError) in
      let options = try decodeOptions(Self.checked(given, decodeParameters))
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

  /// `given` with defaults filled in.
  ///
  /// - Throws: `invalidArgument` for unknown names, and values of another kind or out of range.
  static func checked(
    _ given: Metadata, _ known: [CodecParameter]
  ) throws(CodecError) -> Metadata {
    var complete = Metadata(minimumCapacity: known.count)
    var used = 0
    for index in known.indices {
      let value = given[known[index].name]
      if value != nil { used += 1 }
      guard let value = value ?? known[index].defaultValue else { continue }
      complete[known[index].name] = try known[index].checked(value)
    }
    guard used == given.count else {
      throw CodecError(.invalidArgument, codec: "codec", part: "parameter", "unknown name")
    }
    return complete
  }
}

/// A named parameter of a codec: its kind, range and default.
public struct CodecParameter: Sendable {
  public enum Kind: Sendable, Hashable {
    case integer(ClosedRange<Int>)
    case real(ClosedRange<Double>)
    case flag
    case choice([String])
    /// Whole numbers separated by commas, e.g. a shape.
    case integers
    case bytes
  }

  public var name: String
  public var kind: Kind
  /// `nil` when the parameter may be left out and then means nothing, or must be given.
  public var defaultValue: MetadataValue?
  public var summary: String

  public init(
    _ name: String, _ kind: Kind, default defaultValue: MetadataValue? = nil, _ summary: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.summary = summary
  }

  /// `header`: see ``StoredSize``.
  static var storedSize: CodecParameter {
    CodecParameter(
      "header", .flag, default: false, "the decoded size stands in four bytes before the data")
  }

  /// Whether `value` is of this kind and in range.
  public func accepts(_ value: MetadataValue) -> Bool { (try? checked(value)) != nil }

  /// `value`, if it is of this kind and in range.
  func checked(_ value: MetadataValue) throws(CodecError) -> MetadataValue {
    let isValid: Bool
    switch kind {
    case .integer(let range): isValid = value.intValue.map { range.contains($0) } ?? false
    case .real(let range): isValid = value.doubleValue.map { range.contains($0) } ?? false
    case .flag: isValid = value.boolValue != nil
    case .choice(let names): isValid = value.stringValue.map { names.contains($0) } ?? false
    case .integers:
      if case .int = value { return .array([value]) }
      isValid = value.arrayValue?.allSatisfy { $0.intValue != nil } ?? false
    case .bytes:
      if case .string(let text) = value { return .bytes(Bytes(Array(text.utf8))) }
      isValid = value.bytesValue != nil
    }
    guard isValid else {
      throw CodecError(
        .invalidArgument, codec: "codec", part: "parameter", "not of its kind, or out of range")
    }
    return value
  }
}
