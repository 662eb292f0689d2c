// SPDX-License-Identifier: Apache-2.0

import Testing

/// `Sources/CABI/iiocodecs.h` says in C what the Swift files beside it say.
///
/// It is made here, of the declarations and their comments; `IIO_UPDATE=1` writes it.
@Suite struct HeaderTests {
  @Test func theHeaderIsThatOfTheSources() throws {
    let header = try Self.header()
    #expect(header.contains("int32_t iio_decode("))
    if ProcessEnvironment.isUpdating {
      SourceTree.write(header, to: "Sources/CABI/iiocodecs.h")
    } else {
      let isSame = SourceTree.text("Sources/CABI/iiocodecs.h") == header
      #expect(isSame, "iiocodecs.h should be:\n\(header)")
    }
  }

  static func header() throws -> String {
    var structures = ""
    var functions = ""
    for file in SourceTree.swiftFiles(in: "Sources/CABI") {
      var comment: [Substring] = []
      var lines = file.lines[...]
      while let line = lines.popFirst() {
        if line.hasPrefix("/// ") || line == "///" {
          comment.append(line)
        } else if line.contains("struct iio_"), line.hasSuffix("{") {
          structures += try structure(line, &lines, comment)
        } else if line.hasPrefix("@c(") {
          functions += try function(line, &lines, comment)
        }
        if !line.hasPrefix("///") { comment = [] }
      }
    }
    return """
      /* SPDX-License-Identifier: Apache-2.0
       *
       * iio's codecs and readers for C. Made of the Swift sources; do not edit.
       *
       * Every function returns 0 or one of the exit codes of the iio command; iio_strerror says what they
       * mean. All buffers are the caller's. Nothing is shared between calls: any thread may call at any time,
       * except that one image is not for two threads at once. */
      #ifndef IIOCODECS_H
      #define IIOCODECS_H

      #include <stddef.h>
      #include <stdint.h>

      #ifdef __cplusplus
      extern "C" {
      #endif

      /* An open image file. */
      typedef struct iio_image iio_image;

      \(structures)\(functions)#ifdef __cplusplus
      }
      #endif

      #endif

      """
  }

  private static func structure(
    _ line: Substring, _ lines: inout ArraySlice<Substring>, _ comment: [Substring]
  ) throws -> String {
    let name = try #require(line.split(separator: " ").first { $0.hasPrefix("iio_") })
    var text = block(comment, indent: "") + "typedef struct \(name) {\n"
    while let line = lines.popFirst(), line != "}" {
      let code = line.drop { $0 == " " }
      if code.hasPrefix("///") {
        text += block([code], indent: "  ")
      } else if code.hasPrefix("var ") {
        let parts = code.dropFirst(4).split(separator: ":", maxSplits: 1)
        text += "  " + (try declaration(parts[1].trimmed, parts[0])) + ";\n"
      }
    }
    return text + "} \(name);\n\n"
  }

  private static func function(
    _ line: Substring, _ lines: inout ArraySlice<Substring>, _ comment: [Substring]
  ) throws -> String {
    let name = line.dropFirst(3).prefix { $0 != ")" }
    var signature = ""
    while !signature.hasSuffix("{ "), let line = lines.popFirst() {
      signature += line.trimmed + " "
    }
    signature = String(signature.trimmed)
    let start = try #require(signature.firstIndex(of: "("))
    let end = try #require(signature.lastIndex(of: ")"))
    let parameters = try signature[signature.index(after: start)..<end].split(separator: ",").map {
      let parts = $0.split(separator: ":", maxSplits: 1)
      let label = parts[0].split(separator: " ").last ?? ""
      return try declaration(parts[1].trimmed, label)
    }
    let tail = signature[signature.index(after: end)...].dropLast().trimmed
    let result = tail.hasPrefix("-> ") ? try declaration(tail.dropFirst(3), "") : "void"
    let type = result.trimmed
    let list = parameters.joined(separator: ",\n    ")
    let spacer = type.hasSuffix("*") ? "" : " "
    return block(comment, indent: "") + "\(type)\(spacer)\(name)(\n    \(list));\n\n"
  }

  /// `name` declared as what the Swift type is in C.
  private static func declaration(_ type: Substring, _ name: Substring) throws -> String {
    let simple = type.hasSuffix("?") ? type.dropLast() : type
    if simple.hasPrefix("InlineArray<") {
      let parts = simple.dropFirst(12).dropLast().split(separator: ",")
      return try declaration(parts[1].trimmed, name) + "[\(parts[0])]"
    }
    for (prefix, qualifier) in [("UnsafePointer<", "const "), ("UnsafeMutablePointer<", "")] {
      guard simple.hasPrefix(prefix) else { continue }
      let pointee = try declaration(simple.dropFirst(prefix.count).dropLast(), "").trimmed
      return qualifier + pointee + (pointee.hasSuffix("*") ? "*" : " *") + name
    }
    let known = [
      "Int32": "int32_t ", "Int64": "int64_t ", "UInt": "size_t ", "UInt64": "uint64_t ",
      "Double": "double ",
      "CChar": "char ", "UnsafeRawPointer": "const void *", "UnsafeMutableRawPointer": "void *",
      "OptionsPointer": "const iio_options *", "ErrorPointer": "iio_error *",
      "InfoPointer": "iio_image_info *", "ImagePointer": "iio_image *",
    ]
    if simple.hasPrefix("iio_") { return simple + " " + name }
    return try #require(known[String(simple)], "no C type for \(type)") + name
  }

  /// `///` lines as a C comment.
  private static func block(_ comment: [Substring], indent: String) -> String {
    guard !comment.isEmpty else { return "" }
    let lines = comment.map { $0.dropFirst(3).trimmed }
    let body = lines.map { $0.isEmpty ? "\(indent) *" : "\(indent) * \($0)" }
    if lines.count == 1 { return "\(indent)/* \(lines[0]) */\n" }
    return "\(indent)/*\(body[0].dropFirst(indent.count + 2))\n"
      + body.dropFirst().joined(separator: "\n") + " */\n"
  }
}

extension StringProtocol where SubSequence == Substring {
  /// Without spaces at both ends.
  fileprivate var trimmed: Substring {
    var part = self[...]
    while part.first == " " { part = part.dropFirst() }
    while part.last == " " { part = part.dropLast() }
    return part
  }
}
