// SPDX-License-Identifier: Apache-2.0

import IIO
import Testing

/// The README is held to what the code says.
@Suite struct ReadmeTests {
  @Test func theTableOfFormatsIsThatOfTheCommand() throws {
    let readme = try #require(SourceTree.text("README.md"))
    let rows = FormatManager.standard.formats.map { Self.row(FormatAbilities($0)) }
    let table = Self.header + rows.map { $0 + "\n" }.joined()
    if ProcessEnvironment.isUpdating {
      SourceTree.write(try Self.replacingTable(in: readme, by: table), to: "README.md")
    } else {
      let isThere = readme.contains(table + "\n")
      #expect(isThere, "the table should be:\n\(table)")
    }
  }

  @Test func everyCommandIsShown() throws {
    let readme = try #require(SourceTree.text("README.md"))
    for path in SourceTree.paths(in: "Sources/iio-cli/Commands") {
      let name = (path.split(separator: "/").last ?? "").dropLast(".swift".count).lowercased()
      let isThere = readme.contains("iio \(name)")
      #expect(isThere, "\(name)")
    }
  }

  @Test func theFilesItNamesExist() throws {
    let readme = try #require(SourceTree.text("README.md"))
    for path in [
      "Fixtures/png/photo.png", "Tests/ProjectTests/unsafe.txt", "Tests/Fuzz/LEDGER.md",
      "Tests/Fuzz/run", "Tests/Embedded/run", "Tests/Reliability/run", "Tests/Differential/run.py",
      "CONTRIBUTING.md",
    ] {
      let isNamed = readme.contains(path)
      #expect(isNamed && SourceTree.exists(path), "\(path)")
    }
  }

  static let header = """
    | format | read | write | images | dump | extensions | what |
    |---|---|---|---|---|---|---|

    """

  static func row(_ format: FormatAbilities) -> String {
    func mark(_ ability: Bool) -> String { ability ? "yes" : "–" }
    let columns = [
      format.name, mark(format.canRead), mark(format.canWrite),
      format.canWrite ? format.canWriteSeveral ? "many" : "one" : "–", mark(format.canOutline),
      format.fileExtensions.joined(separator: " "), format.summary,
    ]
    return "| " + columns.joined(separator: " | ") + " |"
  }

  private static func replacingTable(in readme: String, by table: String) throws -> String {
    let start = try #require(readme.firstRange(of: header)).lowerBound
    let end = try #require(readme[start...].firstRange(of: "\n\n")).upperBound
    return readme[..<start] + table + "\n" + readme[end...]
  }
}
