// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  static let codec = Command(
    name: "codec", operands: "list|info|encode|decode|checksum [NAME [IN [OUT]]]",
    summary:
      "run a byte codec or checksum: deflate, lzw, crc32 …; list them, or show what one takes",
    fileCount: 1...4,
    options: [
      Option("param", value: "NAME=VALUE", repeats: true, "parameter of the codec"),
      Option("json", "list and info as JSON"),
    ]
  ) { (arguments) throws(Failure) in
    let action = arguments.files[0]
    if action == "list" {
      try expect(arguments, count: 1...1)
      CodecList(CodecRegistry.standard.codecs).print(asJSON: arguments.has("json"))
      return .ok
    }
    if action == "checksum" {
      try printChecksum(arguments)
      return .ok
    }
    try expect(arguments, count: action == "info" ? 2...2 : 2...4)
    guard let codec = CodecRegistry.standard[arguments.files[1]] else {
      throw Failure(.unsupported, "no codec is called '\(arguments.files[1])'; see iio codec list")
    }
    switch action {
    case "info": codec.printInfo(asJSON: arguments.has("json"))
    case "encode": try run(codec, codec.encode, "encode", arguments)
    case "decode": try run(codec, codec.decode, "decode", arguments)
    default:
      throw Failure(.usage, "codec can list, info, encode, decode and checksum, not '\(action)'")
    }
    return .ok
  }

  private static func expect(_ arguments: Arguments, count: ClosedRange<Int>) throws(Failure) {
    guard count.contains(arguments.files.count) else {
      throw Failure(.usage, "usage: \(codec.usage)")
    }
  }

  private static func printChecksum(_ arguments: Arguments) throws(Failure) {
    try expect(arguments, count: 2...3)
    guard let checksum = RegisteredChecksum(name: arguments.files[1]) else {
      let names = RegisteredChecksum.allCases.map { $0.name }.joined(separator: ", ")
      throw Failure(
        .unsupported, "no checksum is called '\(arguments.files[1])'; there are \(names)")
    }
    let input = arguments.files.count > 2 ? arguments.files[2] : "-"
    let limits = try arguments.policy().limits
    do throws(IIOError) {
      let source = try Resource(input).load(limits: limits)
      Terminal.output(checksum.bytes(of: source.span).hexadecimal + "\n")
    } catch {
      throw Failure(reading: input, error)
    }
  }

  private static func run(
    _ codec: RegisteredCodec, _ transform: RegisteredCodec.Transform?, _ verb: String,
    _ arguments: Arguments
  ) throws(Failure) {
    guard let transform else { throw Failure(.unsupported, "\(codec.name) cannot \(verb)") }
    let parameters = try arguments.pairs("param")
    if let complaint = codec.complaint(about: parameters, isEncoding: verb == "encode") {
      throw Failure(.usage, complaint)
    }
    let input = arguments.files.count > 2 ? arguments.files[2] : "-"
    let output = arguments.files.count > 3 ? arguments.files[3] : "-"
    var limits = try arguments.policy().limits
    if let memory = try arguments.size("max-memory") { limits.maxOutputBytes = memory }
    let result: [UInt8]
    do throws(IIOError) {
      let source = try Resource(input).load(limits: limits)
      do throws(CodecError) { result = try transform(source.span, parameters, limits) } catch {
        throw .codec(error, format: codec.name)
      }
    } catch {
      throw Failure(reading: input, error)
    }
    do throws(IIOError) { try Resource(output).replaceContent(with: result) } catch {
      throw Failure(writing: output, error)
    }
  }
}

/// The table of `iio codec list` and `iio formats --codecs`.
struct CodecList {
  let codecs: [RegisteredCodec]
  init(_ codecs: [RegisteredCodec]) { self.codecs = codecs }

  func print(asJSON: Bool) {
    if asJSON {
      Terminal.output(JSON.array(codecs.map { $0.json }).text + "\n")
    } else {
      let rows = codecs.map { codec in
        (codec.name, "\(codec.abilities.padded(to: 13))  \(codec.summary)")
      }
      Terminal.output(Help.table(rows))
    }
  }
}

extension RegisteredCodec {
  fileprivate var abilities: String {
    [encode == nil ? nil : "encode", decode == nil ? nil : "decode"].compactMap { $0 }
      .joined(separator: " ")
  }

  fileprivate func printInfo(asJSON: Bool) {
    if asJSON {
      Terminal.output(json.text + "\n")
      return
    }
    var text = "\(name): \(summary)\n"
    if let numcodecsID { text += "numcodecs: \(numcodecsID)\n" }
    for (title, isThere, parameters) in [
      ("encode", encode != nil, encodeParameters), ("decode", decode != nil, decodeParameters),
    ] where isThere {
      text += parameters.isEmpty ? "\(title): no parameters\n" : "\(title):\n"
      text += Help.table(
        parameters.map { parameter in
          let value = parameter.defaultValue.map { " (default \($0.text))" } ?? ""
          let isLong = parameter.kindText.utf8.count > 40
          return (
            "\(parameter.name)=\(isLong ? "NAME" : parameter.kindText)",
            parameter.summary + value + (isLong ? ": " + parameter.kindText : "")
          )
        })
    }
    Terminal.output(text)
  }

  fileprivate var json: JSON {
    .object([
      ("name", .string(name)), ("numcodecs", numcodecsID.map { .string($0) } ?? .null),
      ("summary", .string(summary)), ("encode", .bool(encode != nil)),
      ("decode", .bool(decode != nil)),
      ("encodeParameters", .array(encodeParameters.map { $0.json })),
      ("decodeParameters", .array(decodeParameters.map { $0.json })),
    ])
  }
}

extension CodecParameter {
  fileprivate var json: JSON {
    .object([
      ("name", .string(name)), ("kind", .string(kindText)),
      ("default", defaultValue.map { $0.json } ?? .null), ("summary", .string(summary)),
    ])
  }
}
