// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// What the command says about itself, and what it does with wrong command lines.
@Suite struct CommandLineTests {
  static let commands = [
    "info", "convert", "digest", "dump", "diff", "verify", "codec", "formats", "completion",
  ]

  @Test func withoutArgumentsTheUsageGoesToStandardError() throws {
    let done = try iio()
    #expect(done.code == 2 && done.output.isEmpty && done.error.contains("usage: iio"))
  }

  @Test func helpNamesEveryCommandAndExitCode() throws {
    let done = try iio("--help")
    #expect(done.code == 0 && done.error.isEmpty)
    for name in Self.commands { #expect(done.text.contains("\n  \(name) "), "\(name)") }
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 130] {
      #expect(done.text.contains("\n  \(code) "), "\(code)")
    }
  }

  @Test(arguments: commands)
  func everyCommandHasHelp(name: String) throws {
    let done = try iio(name, "--help")
    #expect(done.code == 0 && done.text.hasPrefix("usage: iio \(name)"))
    #expect(try iio("--help", name).text == done.text)
  }

  @Test(arguments: [
    ["nothing"], ["info"], ["info", "--nothing", "x"], ["info", "-x", "x"], ["convert", "a"],
    ["convert", "a", "b", "c"], ["info", "--json=1", "x"], ["convert", "a", "b", "--index"],
    ["convert", "a", "b", "--index", "one"], ["info", "--json", "--json", "x"],
    ["convert", "a", "b", "--dtype", "int7"], ["convert", "a", "b", "--option", "x"],
    ["convert", "a", "b", "--all", "--index", "1"], ["codec"], ["codec", "info"],
    ["info", "x", "--max-pixels", "many"],
    ["info", "x", "--allow", "nothing"], ["completion", "tcsh"],
    ["diff", "a", "b", "--tolerance", "-1"], ["digest", "--strict", "--salvage", "x"],
  ])
  func wrongCommandLinesEndWith2AndSayWhy(words: [String]) throws {
    let done = try ChildProcess(ChildProcess.buildFolder + "/iio", words)
    #expect(done.code == 2 && done.output.isEmpty)
    #expect(done.error.hasPrefix("iio"))
  }

  @Test func anUnknownOptionGetsAHint() throws {
    let done = try iio("info", "--max-pixel", "1", "x")
    #expect(done.error == "iio info: there is no option --max-pixel; did you mean --max-pixels?\n")
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScriptsNameCommandsAndOptions(shell: String) throws {
    let script = try iio("completion", shell)
    #expect(script.code == 0)
    for name in Self.commands { #expect(script.text.contains(name), "\(name)") }
    #expect(script.text.contains("max-pixels"))
    guard TemporaryFolder.exists("/bin/\(shell)") else { return }
    let folder = try TemporaryFolder()
    try folder.write(script.output, to: "script")
    #expect(try ChildProcess("/bin/\(shell)", ["-n", folder.file("script")]).code == 0)
  }

  @Test func theVersionIsPrinted() throws {
    #expect(try iio("--version").text.hasPrefix("iio "))
  }

  @Test func theTableOfFormatsListsEachOnce() throws {
    let lines = try iio("formats").text.split(separator: "\n")
    let names = lines.dropFirst().map { $0.split(separator: " ")[0] }
    #expect(names.count == Set(names).count)
    #expect(try iio("formats", "--json").text.hasPrefix("["))
  }

  /// Exit codes of the commands that read files, without any format.
  @Test func byteCodecsRunOnStandardStreams() throws {
    let content = Array(repeating: UInt8(7), count: 1000) + Array(0..<200)
    let packed = try iio("codec", "encode", "packbits", input: content)
    #expect(packed.code == 0 && packed.output.count < 300)
    #expect(try iio("codec", "decode", "packbits", input: packed.output).output == content)
    #expect(try iio("codec", "decode", "packbits", input: [5]).code == 5)
    let bounded = try iio("codec", "decode", "packbits", "--max-memory", "99", input: packed.output)
    #expect(bounded.code == 6)
    #expect(try iio("codec", "decode", "nothing").code == 4)
    #expect(try iio("codec", "shrink", "packbits").code == 2)
    #expect(try iio("codec", "encode", "packbits", "--param", "row=0").code == 2)
    #expect(try iio("codec", "encode", "packbits", "--param", "level=1").code == 2)
    let unknown = try iio("codec", "encode", "lz4", "--param", "speed=1")
    #expect(unknown.code == 2)
    #expect(unknown.error.contains("lz4 has no parameter 'speed' here; it has level, hc"))
    let beyond = try iio("codec", "encode", "lz4", "--param", "level=x")
    #expect(beyond.code == 2 && beyond.error.contains("lz4: level has to be level=1…65537"))
    #expect(try iio("codec", "info", "packbits").text.contains("row=1…"))
    #expect(try iio("codec", "info", "packbits").text.contains("decode: no parameters"))
    #expect(try iio("codec", "list").text == iio("formats", "--codecs").text)
  }

  @Test func checksumsArePrintedAsHexadecimalDigits() throws {
    let content = Array("123456789".utf8)
    for (name, digits) in [
      ("crc32", "cbf43926"), ("adler32", "091e01de"),
      ("md5", "25f9e794323b453885f5181f1b624d0b"),
      ("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
    ] {
      let printed = try iio("codec", "checksum", name, input: content)
      #expect(printed.code == 0 && printed.text == digits + "\n")
    }
    let unknown = try iio("codec", "checksum", "crc31", input: content)
    #expect(unknown.code == 4 && unknown.error.contains("adler32, crc32, fletcher32"))
    #expect(try iio("codec", "checksum").code == 2)
    #expect(try iio("codec", "checksum", "md5", "/there/is/none").code == 3)
  }

  @Test func missingAndForeignFilesHaveTheirOwnCodes() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("nothing known".utf8), to: "x")
    for command in ["info", "dump", "verify", "digest"] {
      #expect(try iio(command, folder.file("missing")).code == 3, "\(command)")
      #expect(try iio(command, folder.file("x")).code == 4, "\(command)")
    }
    #expect(try iio("info", folder.file("missing"), folder.file("x")).code == 8)
    #expect(try iio("convert", folder.file("missing"), "x.png").code == 3)
  }

  /// A file whose last bytes are missing: JPEG fills up, PNG does not.
  @Test(arguments: [("jpeg/baseline-420.jpg", 0, 5), ("png/photo.png", 5, 5)])
  func whatIsWrongWithAFileIsTold(name: String, standard: Int32, salvage: Int32) throws {
    let folder = try TemporaryFolder()
    let whole = try #require(Fixtures.read(name))
    try folder.write(Array(whole[..<(whole.count * 3 / 4)]), to: "cut")
    let (input, output) = (folder.file("cut"), folder.file("out.png"))
    let done = try iio("convert", input, output)
    #expect(done.code == standard && done.error.contains("\(input): "))
    #expect(TemporaryFolder.exists(output) == (standard == 0))
    let lines = try iio("digest", input)
    #expect(lines.code == standard)
    #expect(lines.text.contains(standard == 0 ? "\"warnings\": [" : "\"error\": {"))
    #expect(try iio("convert", "--strict", input, output).code == 5)
    let rest = try iio("convert", "--salvage", input, output)
    #expect(rest.code == salvage && rest.error.contains("rows were decoded"))
    #expect(TemporaryFolder.exists(output))
    #expect(try iio("digest", "--salvage", input).text.contains("\"damage\": {"))
    #expect(try iio("diff", "--salvage", input, output).code == 5)
  }

  @Test func digestGoesOnAfterErrorsAndReadsLists() throws {
    let folder = try TemporaryFolder()
    let done = try iio(
      "digest", "--files-from", "-", input: Array("\(folder.file("a"))\n\(folder.file("b"))\n".utf8)
    )
    #expect(done.code == 8)
    let lines = done.text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.contains("\"kind\": \"io\"") })
    try folder.write(Array("\(folder.file("a"))\n".utf8), to: "list")
    #expect(try iio("digest", "--files-from", folder.file("list")).code == 3)
    #expect(try iio("digest", "--files-from", folder.file("missing")).code == 3)
  }
}
