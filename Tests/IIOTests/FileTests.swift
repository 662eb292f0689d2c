// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport
import Testing

/// Reading from and replacing real files.
@Suite struct FileTests {
  let image: NDArray
  init() throws { image = try NDArray([1, 2, 3, 4] as [UInt8], shape: [2, 2]) }

  @Test func aFileIsReplacedAndKeepsItsMode() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.toy")
    try folder.write([9, 9], to: "a.toy", mode: 0o640)
    try imwrite(Resource(path), image, manager: toyManager)
    #expect(try imread(Resource(path), manager: toyManager) == image)
    #expect(folder.mode(of: "a.toy") == 0o640)
    #expect(folder.names == ["a.toy"])
  }

  @Test func aFailedWriteLeavesTheOldFileAndNothingElse() throws {
    let folder = try TemporaryFolder()
    try folder.write([9, 9], to: "a.toy")
    let wrong = try NDArray([1] as [UInt8], shape: [1, 1])
    #expect(throws: IIOError.self) {
      try imwrite(Resource(folder.file("a.toy")), [image, wrong], manager: toyManager)
    }
    #expect(folder.read("a.toy") == [9, 9])
    #expect(folder.names == ["a.toy"])
  }

  @Test func anUnfinishedFileIsDiscarded() throws {
    let folder = try TemporaryFolder()
    do {
      var file = try imopen(Resource(folder.file("a.toy")), .write, manager: toyManager)
      try file.write(image)
    }
    #expect(folder.names == [])
  }

  @Test func aSymbolicLinkStaysALink() throws {
    let folder = try TemporaryFolder()
    try folder.write([9], to: "real.toy")
    folder.link("link.toy", to: "real.toy")
    try imwrite(Resource(folder.file("link.toy")), image, manager: toyManager)
    #expect(folder.isLink("link.toy"))
    #expect(folder.read("real.toy")?.count == 8)
  }

  @Test func inputMayBeTheOutput() throws {
    let folder = try TemporaryFolder()
    let resource = Resource(folder.file("a.toy"))
    try imwrite(resource, image, manager: toyManager)
    let read = try imread(resource, options: ["invert": true], manager: toyManager)
    try imwrite(resource, read, manager: toyManager)
    #expect(
      try imread(resource, manager: toyManager).array(as: UInt8.self) == [254, 253, 252, 251])
  }

  @Test func missingFilesAndFoldersAreSystemErrors() throws {
    let folder = try TemporaryFolder()
    for path in [folder.file("missing.toy"), folder.path, folder.file("no/where.toy")] {
      let error = #expect(throws: IIOError.self) {
        try imread(Resource(path), manager: toyManager)
      }
      guard case .system = error else {
        Issue.record("\(path): unexpected \(String(describing: error))")
        continue
      }
    }
    #expect(throws: IIOError.self) {
      try imwrite(Resource(folder.file("no/where.toy")), image, manager: toyManager)
    }
  }

  @Test func aReadOnlyFileIsNotReplaced() throws {
    let folder = try TemporaryFolder()
    try folder.write([9], to: "a.toy", mode: 0o400)
    // The superuser may write anything, so there is nothing to see then.
    guard !folder.isSuperuser else { return }
    #expect(throws: IIOError.self) {
      try imwrite(Resource(folder.file("a.toy")), image, manager: toyManager)
    }
    #expect(folder.read("a.toy") == [9])
  }

  @Test func aFullDeviceIsAnError() throws {
    guard TemporaryFolder.exists("/dev/full") else { return }
    let error = #expect(throws: IIOError.self) {
      try imwrite("/dev/full", image, plugin: "toy", manager: toyManager)
    }
    guard case .system(_, "write", _) = error else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
  }

  @Test(arguments: [100, 300_000, 2_000_000])
  func smallAndMappedFilesReadTheSame(count: Int) throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(seed: 3)
    let content = random.bytes(count)
    try folder.write(content, to: "x")
    #expect(try Resource(folder.file("x")).load().array == content)
  }

  @Test func aPipeIsReadToItsEndWithinTheLimit() throws {
    let folder = try TemporaryFolder()
    let content = (0..<200_000).map { UInt8($0 % 253) }
    folder.makePipe("p", content: content)
    #expect(try Resource(folder.file("p")).load().array == content)
    var limits = Limits.default
    limits.maxInputBytes = 1000
    let error = #expect(throws: IIOError.self) { try Resource("/dev/zero").load(limits: limits) }
    guard case .codec(let cause, _) = error else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
    #expect(cause.kind == .limitExceeded(.inputBytes))
  }
}

@Suite struct ThreadTests {
  @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 100])
  func everyJobRunsOnce(width: Int, count: Int) {
    let counters = (0..<count).map { _ in Counter() }
    Concurrency.threads(width).perform(count) { counters[$0].add() }
    #expect(counters.allSatisfy { $0.value == 1 })
  }
}
