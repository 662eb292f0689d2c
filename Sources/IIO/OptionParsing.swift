// SPDX-License-Identifier: Apache-2.0

public import Codecs

/// Options given as name/value pairs, for any format: `["quality": 85]`.
///
/// They become the typed options of the format that is chosen; names it does not know are errors.
public struct NamedOptions: FormatOptions {
  public private(set) var pairs: Metadata
  public init() { pairs = [:] }
  public init(_ pairs: Metadata) { self.pairs = pairs }
  public static var options: [OptionInfo] { [] }
  public mutating func set(_ name: String, to value: MetadataValue) { pairs[name] = value }
}

/// `given` as the options type of a format.
func typedOptions<Options: FormatOptions>(
  _ given: (any FormatOptions)?, _ type: Options.Type, format: String
) throws(IIOError) -> Options {
  guard let given else { return Options() }
  if let typed = given as? Options { return typed }
  guard let named = given as? NamedOptions else {
    throw .optionsMismatch(
      format: format, expected: "\(Options.self)", got: "\(Swift.type(of: given))")
  }
  let known = Options.options.map { $0.name }
  for (name, _) in named.pairs.fields where !known.contains(name) {
    throw .optionsMismatch(
      format: format,
      expected: known.isEmpty ? "no options" : "the options " + known.joined(separator: ", "),
      got: name)
  }
  do throws(CodecError) {
    return try Options(named.pairs)
  } catch {
    throw .codec(error, format: format)
  }
}
