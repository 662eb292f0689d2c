// SPDX-License-Identifier: Apache-2.0

/// A byte codec as a value: what the command, the C interface and Python choose from by name.
public struct RegisteredCodec: Sendable {
  /// Turns bytes into bytes under named parameters.
  public typealias Transform =
    @Sendable (_ source: RawSpan, _ parameters: Metadata, _ limits: Limits) throws(CodecError) ->
    [UInt8]

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

  public init(
    name: String, numcodecsID: String? = nil, summary: String,
    encodeParameters: [CodecParameter] = [], decodeParameters: [CodecParameter] = [],
    encode: Transform?, decode: Transform?
  ) {
    self.name = name
    self.numcodecsID = numcodecsID
    self.summary = summary
    self.encodeParameters = encodeParameters
    self.decodeParameters = decodeParameters
    self.encode = Self.checking(encodeParameters, encode)
    self.decode = Self.checking(decodeParameters, decode)
  }

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
      name: name, numcodecsID: numcodecsID, summary: summary, encodeParameters: encodeParameters,
      decodeParameters: decodeParameters,
      encode: { (source, parameters, limits) throws(CodecError) in
        try Codec.encode(source, options: try encodeOptions(parameters))
      },
      decode: { (source, parameters, limits) throws(CodecError) in
        try Codec.decode(source, options: try decodeOptions(parameters), limits: limits)
      })
  }

  /// A ``ByteDecoder``.
  public init<Codec: ByteDecoder>(
    decoder: Codec.Type, name: String, numcodecsID: String? = nil, summary: String,
    decodeParameters: [CodecParameter] = [],
    decodeOptions: @escaping @Sendable (Metadata) throws(CodecError) -> Codec.DecodeOptions
  ) {
    self.init(
      name: name, numcodecsID: numcodecsID, summary: summary, decodeParameters: decodeParameters,
      encode: nil,
      decode: { (source, parameters, limits) throws(CodecError) in
        try Codec.decode(source, options: try decodeOptions(parameters), limits: limits)
      })
  }

  /// `transform` behind a check of the parameters' names, kinds and ranges, with defaults filled in.
  private static func checking(
    _ known: [CodecParameter], _ transform: Transform?
  ) -> Transform? {
    guard let transform else { return nil }
    return { (source, given, limits) throws(CodecError) in
      for (name, _) in given.fields where !known.contains(where: { $0.name == name }) {
        throw CodecError(.invalidArgument, codec: "codec", part: "parameter", "unknown name")
      }
      var complete: Metadata = [:]
      for parameter in known {
        if let value = given[parameter.name] ?? parameter.defaultValue {
          complete[parameter.name] = try parameter.checked(value)
        }
      }
      return try transform(source, complete, limits)
    }
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
